/* Thumbs under an answer: good at a press; not good with a reason; a comment with either. */

import { post, say } from "./server.js";

const REASONS = ["wrong", "incomplete", "citation", "refuse"];
const SHAPES = {
  good: "M5 7.2 7.6 1.6c1 0 1.7.8 1.7 1.8v2.5h3.4c.8 0 1.4.7 1.3 1.5l-.8 5.3c-.1.7-.6 1.1-1.3 1.1H5zM1.6 7.2h2v6.6h-2z",
  bad: "M11 8.8 8.4 14.4c-1 0-1.7-.8-1.7-1.8v-2.5H3.3c-.8 0-1.4-.7-1.3-1.5l.8-5.3c.1-.7.6-1.1 1.3-1.1H11zM14.4 8.8h-2V2.2h2z",
};
let number = 0;

/* Puts the question whether the answer was right under a turn. */
export function offerFeedback(turn) {
  const id = `feedback-${++number}`;
  const key = crypto.getRandomValues(new Uint32Array(4)).join("");
  const box = make("div", { className: "feedback" });
  const label = make("p", { id, textContent: say("feedback_ask") });
  const thumbs = make("div", { className: "thumbs", role: "group" });
  thumbs.setAttribute("aria-labelledby", id);
  const good = thumb("good");
  const bad = thumb("bad");
  const form = make("form", { hidden: true });
  const status = make("p", { className: "note", role: "status" });
  thumbs.append(good, bad);
  box.append(label, thumbs, status, form);

  const keep = async (rating, comment) => {
    try {
      const said = await post("feedback", { key, rating, comment, answer: turn.answer, generation: turn.generation ?? null });
      status.textContent = await said.text();
      return true;
    } catch (error) {
      status.textContent = error instanceof TypeError ? say("lost") : error.message;
      return false;
    }
  };
  good.addEventListener("click", () => {
    press(good, bad);
    fill(form, id, []);
    keep("good", "");
  });
  bad.addEventListener("click", () => {
    press(bad, good);
    status.textContent = "";
    fill(form, id, REASONS);
    form.querySelector("input").focus();
  });
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const rating = good.getAttribute("aria-pressed") === "true" ? "good" : new FormData(form).get("rating");
    if (!rating) {
      status.textContent = say("feedback_choose");
      form.querySelector("input").focus();
      return;
    }
    if (!(await keep(rating, form.querySelector("textarea").value))) return;
    form.hidden = true;
    (rating === "good" ? good : bad).focus();
  });
  turn.node.querySelector(".feedback")?.remove();
  turn.node.append(box);
}

function fill(form, id, reasons) {
  const parts = [];
  if (reasons.length) {
    const set = make("fieldset");
    set.append(make("legend", { textContent: say("feedback_reason") }));
    for (const reason of reasons) {
      const label = make("label");
      label.append(make("input", { type: "radio", name: "rating", value: reason }), say(`reason_${reason}`));
      set.append(label);
    }
    parts.push(set);
  }
  const label = make("label", { htmlFor: `${id}-comment`, textContent: say("feedback_comment") });
  const comment = make("textarea", { id: `${id}-comment`, rows: 2, maxLength: 2000, dir: "auto" });
  const note = make("p", { className: "note", textContent: say("feedback_note") });
  parts.push(label, comment, note, make("button", { type: "submit", textContent: say("feedback_send") }));
  form.replaceChildren(...parts);
  form.hidden = false;
}

function thumb(name) {
  const button = make("button", { type: "button", className: "quiet thumb" });
  button.setAttribute("aria-pressed", "false");
  const shape = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  shape.setAttribute("viewBox", "0 0 16 16");
  shape.setAttribute("class", "shape");
  shape.setAttribute("aria-hidden", "true");
  const path = document.createElementNS("http://www.w3.org/2000/svg", "path");
  path.setAttribute("d", SHAPES[name]);
  shape.append(path);
  button.append(shape, say(`feedback_${name}`));
  return button;
}

function press(one, other) {
  one.setAttribute("aria-pressed", "true");
  other.setAttribute("aria-pressed", "false");
}

function make(name, properties = {}) {
  return Object.assign(document.createElement(name), properties);
}
