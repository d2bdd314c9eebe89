/* The list of kept conversations: open one, delete one, delete all. */

import { conversations, forget, forgetAll } from "./kept.js";
import { language, say } from "./server.js";

const menu = document.getElementById("history");
const list = menu.querySelector("ul");
const moment = new Intl.DateTimeFormat(language, { dateStyle: "medium", timeStyle: "short" });

/* Calls back with a conversation to open, or with null when the one on the page may be gone. */
export function onChoice(callback) {
  const refill = () => {
    const all = conversations();
    list.replaceChildren(...all.map((one) => item(one, callback, refill)));
    menu.hidden = all.length === 0;
    if (menu.hidden) menu.open = false;
  };
  menu.addEventListener("toggle", () => menu.open && refill());
  menu.querySelector("#forget-all").addEventListener("click", () => {
    if (!confirm(say("forget_all_sure"))) return;
    forgetAll();
    refill();
    callback(null);
  });
  refill();
  return refill;
}

function item(conversation, callback, refill) {
  const title = conversation.turns[0].answer.question;
  const opener = document.createElement("button");
  opener.type = "button";
  const name = document.createElement("bdi");
  name.textContent = title;
  const time = document.createElement("time");
  time.dateTime = conversation.at;
  time.textContent = moment.format(new Date(conversation.at));
  opener.append(name, time);
  opener.addEventListener("click", () => {
    menu.open = false;
    callback(conversation);
  });
  const remover = document.createElement("button");
  remover.type = "button";
  remover.className = "quiet";
  remover.textContent = say("delete");
  remover.setAttribute("aria-label", say("forget", { title }));
  remover.addEventListener("click", () => {
    if (!confirm(say("forget_sure"))) return;
    forget(conversation.id);
    refill();
    callback(null);
    menu.querySelector("button, summary")?.focus();
  });
  const entry = document.createElement("li");
  entry.append(opener, remover);
  return entry;
}
