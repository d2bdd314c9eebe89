/* The conversation: asking, stopping, asking again, copying, keeping. */

import { ask, get, post, say } from "./server.js";
import { choose, conversations, current, keep, newId } from "./kept.js";
import { onChoice } from "./history.js";
import { openFrom, openPlace, showShelf } from "./evidence.js";
import "./card.js";
import "./colours.js";
import { offerFeedback } from "./feedback.js";
import "./menus.js";

const at = (id) => document.getElementById(id);
const question = at("question");
const status = at("status");
const turnsBox = at("turns");
const scroller = at("conversation");
const wide = matchMedia("(min-width: 801px)");
const REMEMBERED = 6;
const POLL = 500;

let turns = [];
let conversation = newId();
let generation = 0;
let stopAsking = null;
let editedFrom = null;
const ticked = new Map();

/* Asking */

function submit(text, documents = [...ticked.keys()]) {
  text = text.trim();
  if (!text || stopAsking) return;
  if (editedFrom !== null) dropFrom(editedFrom);
  leaveEditing();
  question.value = "";
  grow();
  const turn = { asked: text, documents, node: turnNode(text) };
  turns.push(turn);
  turnsBox.append(turn.node);
  at("opening").hidden = true;
  at("followups").hidden = true;
  turn.node.scrollIntoView({ block: "start" });
  run(turn);
}

function run(turn) {
  const box = turn.node.querySelector(".reply");
  box.replaceChildren(note(say("searching"), "searching"));
  status.textContent = say("searching");
  busy(true);
  const history = turns
    .slice(0, turns.indexOf(turn))
    .filter((earlier) => earlier.answer)
    .slice(-REMEMBERED)
    .flatMap(({ answer }) => [
      { role: "user", content: answer.standalone_question },
      { role: "assistant", content: answer.text },
    ]);
  stopAsking = ask(turn.asked, history, turn.documents, {
    onAnswer: (frame) => fillIn(turn, frame),
    onFailure: (message) => fail(turn, message),
    onEnd: () => finish(turn),
  });
}

function fillIn(turn, frame) {
  Object.assign(turn, frame);
  turn.node.querySelector(".reply").innerHTML = frame.html;
}

function finish(turn) {
  busy(false);
  if (!turn.answer) {
    fail(turn, say("lost"));
    return;
  }
  status.textContent = "";
  announce(turn);
  offerFeedback(turn);
  saveTurns();
  suggest(turn);
  const marker = turn.node.querySelector(".marker");
  if (marker && wide.matches) openFrom(marker, { focus: false });
  turn.node.scrollIntoView({ block: "start" });
}

function fail(turn, message) {
  busy(false);
  status.textContent = message;
  turn.node.querySelector(".reply").replaceChildren(note(message, "failed"), again());
}

function stop() {
  stopAsking?.();
  busy(false);
  status.textContent = say("stopped");
  const turn = turns.at(-1);
  if (turn.answer) saveTurns();
  else turn.node.querySelector(".reply").replaceChildren(note(say("stopped"), "failed"), again());
  question.focus();
}

function busy(is) {
  if (!is) stopAsking = null;
  at("ask").hidden = is;
  at("stop").hidden = !is;
}

function announce(turn) {
  const spoken = turn.node.querySelector(".prose").textContent;
  at("announcer").textContent = `${say(`verdict_${turn.answer.verdict}`)}. ${spoken}`;
}

/* The turns on the page */

function turnNode(text) {
  const node = document.createElement("article");
  node.className = "turn";
  const asked = document.createElement("h2");
  asked.dir = "auto";
  asked.textContent = text;
  const reply = document.createElement("div");
  reply.className = "reply";
  node.append(asked, reply);
  return node;
}

function note(text, kind) {
  const paragraph = document.createElement("p");
  paragraph.className = `note ${kind}`;
  paragraph.textContent = text;
  return paragraph;
}

function again() {
  const actions = document.createElement("div");
  actions.className = "actions";
  for (const name of ["retry", "edit"]) {
    const button = document.createElement("button");
    button.type = "button";
    button.className = "quiet";
    button.dataset.action = name;
    button.textContent = say(name);
    actions.append(button);
  }
  return actions;
}

function dropFrom(place) {
  for (const turn of turns.splice(place)) turn.node.remove();
  saveTurns();
}

function saveTurns() {
  keep(conversation, turns);
  showKept();
}

function showKept() {
  choose(conversation);
  refillHistory();
  const any = turns.some((turn) => turn.answer);
  at("new").hidden = at("keep").hidden = !any;
}

function edit(place, text) {
  editedFrom = place;
  at("editing").hidden = false;
  question.value = text;
  grow();
  question.focus();
}

function leaveEditing() {
  editedFrom = null;
  at("editing").hidden = true;
}

const actions = {
  retry: (turn, place) => {
    dropFrom(place);
    submit(turn.asked, turn.documents);
    question.focus();
  },
  edit: (turn, place) => edit(place, turn.asked),
  correct: (turn, place) => edit(place, turn.answer.standalone_question),
  copy_text: (turn) => copy(turn.footnotes),
  copy_markdown: (turn) => copy(turn.markdown),
  link: (turn) => copy(linkTo(turn)),
  why: (turn, _, button) => why(turn, button),
};

/* A permanent link: it asks the same question of the same documents, and tells if these have changed since. */
function linkTo({ answer, documents }) {
  const query = new URLSearchParams({ ask: answer.standalone_question, generation });
  for (const name of documents) query.append("in", name);
  return `${location.origin}${location.pathname}?${query}`;
}

async function copy(text) {
  try {
    await navigator.clipboard.writeText(text);
    status.textContent = say("copied");
  } catch (error) {
    if (!(error instanceof DOMException || error instanceof TypeError)) throw error;
    status.textContent = say("not_copied");
  }
}

async function why(turn, button) {
  const box = turn.node.querySelector(".why");
  box.hidden = !box.hidden;
  button.setAttribute("aria-expanded", String(!box.hidden));
  if (box.hidden || box.childElementCount) return;
  const quoted = turn.answer.citations.map((citation) => citation.chunk_id);
  const response = await get("why", {
    question: turn.answer.standalone_question,
    quoted,
    documents: turn.documents,
  });
  box.innerHTML = await response.text();
}

turnsBox.addEventListener("click", (event) => {
  const button = event.target.closest("button");
  if (!button) return;
  if (button.dataset.document) {
    openFrom(button);
    return;
  }
  const place = turns.findIndex((turn) => turn.node.contains(button));
  actions[button.dataset.action]?.(turns[place], place, button);
});

/* Suggestions */

function chips(box, texts) {
  box.hidden = texts.length === 0;
  box.querySelector("ul").replaceChildren(
    ...texts.map((text) => {
      const item = document.createElement("li");
      const button = document.createElement("button");
      button.type = "button";
      button.dir = "auto";
      button.textContent = text;
      button.addEventListener("click", () => {
        question.focus();
        submit(text);
      });
      item.append(button);
      return item;
    }),
  );
}

async function suggest(turn) {
  const documents = turn.answer.citations.map((citation) => citation.document);
  const asked = turns.map((other) => other.asked);
  const response = await post("followups", { documents, asked });
  const texts = await response.json();
  if (turns.at(-1) === turn && !stopAsking) chips(at("followups"), texts);
}

/* The documents to ask in */

document.addEventListener("shelf", ({ detail: shelf }) => {
  for (const box of shelf.querySelectorAll("[data-tick]")) {
    box.checked = ticked.has(box.dataset.tick);
    box.addEventListener("change", () => {
      if (box.checked) ticked.set(box.dataset.tick, box.dataset.title);
      else ticked.delete(box.dataset.tick);
      showScope();
    });
  }
});

function showScope() {
  const [title] = ticked.values();
  const scope = at("scope");
  scope.hidden = ticked.size === 0;
  scope.querySelector("span").textContent =
    ticked.size === 1 ? say("only_in_one", { title }) : say("only_in", { count: ticked.size });
}

at("scope").querySelector("button").addEventListener("click", () => {
  ticked.clear();
  showScope();
  for (const box of document.querySelectorAll("[data-tick]")) box.checked = false;
  question.focus();
});

/* Keeping and leaving */

async function save(form) {
  at("keep").open = false;
  if (form === "print") {
    print();
    return;
  }
  const answers = turns.filter((turn) => turn.answer).map((turn) => turn.answer);
  const response = await post("export", { answers }, { form });
  const kind = form === "html" ? "text/html" : "text/markdown";
  const address = URL.createObjectURL(new Blob([await response.text()], { type: kind }));
  const link = document.createElement("a");
  link.href = address;
  link.download = form === "html" ? "conversation.html" : "conversation.md";
  link.click();
  URL.revokeObjectURL(address);
}

at("keep").addEventListener("click", (event) => event.target.dataset.form && save(event.target.dataset.form));

/* Puts another conversation on the page, or an empty one. */
function change(to) {
  stopAsking?.();
  busy(false);
  leaveEditing();
  for (const turn of turns) turn.node.remove();
  turns = [];
  status.textContent = "";
  at("followups").hidden = true;
  if (to) {
    restore(recall(to)).catch(tell);
  } else {
    conversation = newId();
    at("opening").hidden = false;
    saveTurns();
  }
  showShelf();
  question.focus();
}

at("new").addEventListener("click", () => change(null));
const refillHistory = onChoice((chosen) => {
  if (chosen) change(chosen);
  else if (!conversations().some((one) => one.id === conversation)) change(null);
});

/* The question's field */

function grow() {
  question.style.height = "auto";
  question.style.height = `${question.scrollHeight + 2}px`;
}

question.addEventListener("input", grow);
question.addEventListener("keydown", (event) => {
  if (event.key === "Enter" && !event.shiftKey && !event.isComposing) {
    event.preventDefault();
    submit(question.value);
  } else if (event.key === "Escape" && editedFrom !== null) {
    question.value = "";
    leaveEditing();
  }
});
at("composer").addEventListener("submit", (event) => {
  event.preventDefault();
  submit(question.value);
});
at("stop").addEventListener("click", stop);
at("editing").querySelector("button").addEventListener("click", () => {
  question.value = "";
  leaveEditing();
  question.focus();
});

/* Beginning */

async function untilReady() {
  for (;;) {
    const state = await (await get("state")).json();
    if (state.error) throw new Error(state.error);
    generation = state.generation;
    if (state.ready) return;
    if (!stopAsking) status.textContent = opening(state);
    await new Promise((resolve) => setTimeout(resolve, POLL));
  }
}

function opening({ stage, done, total }) {
  const known = ["reading", "embedding"].includes(stage) && total > 0;
  return known ? `${say(`stage_${stage}`, { done, total })}${say("stop_mark")}${say("loading")}` : say("loading");
}

/* Puts the kept questions on the page at once; their answers follow when the server can show them. */
function recall(kept) {
  conversation = kept.id;
  turns = kept.turns.map(({ answer, documents }) => ({
    asked: answer.question,
    documents: documents ?? [],
    answer,
    node: turnNode(answer.question),
  }));
  turnsBox.append(...turns.map((turn) => turn.node));
  at("opening").hidden = turns.length > 0;
  showKept();
  return [...turns];
}

async function restore(recalled) {
  if (!recalled.length) return;
  const response = await post("render", { answers: recalled.map((turn) => turn.answer) });
  const frames = await response.json();
  recalled.forEach((turn, place) => {
    fillIn(turn, frames[place]);
    offerFeedback(turn);
  });
  if (turns.at(-1) === recalled.at(-1)) scroller.scrollTop = scroller.scrollHeight;
}

/* What the address asks for: a question, or a place in a document. */
async function follow(link) {
  if (link.has("ask")) {
    const since = Number(link.get("generation"));
    if (since && since !== generation) at("notice").textContent = say("link_older");
    submit(link.get("ask"), link.getAll("in"));
  } else if (link.has("read")) {
    await openPlace({ document: link.get("read"), start: link.get("start") ?? 0, end: link.get("end") ?? 0 });
  }
}

async function begin() {
  const link = new URLSearchParams(location.search);
  if (location.search) history.replaceState(null, "", location.pathname);
  question.focus();
  const kept = link.has("ask") || link.has("read") ? null : current();
  const recalled = kept ? recall(kept) : [];
  try {
    await untilReady();
    if (status.textContent) status.textContent = stopAsking ? "" : say("ready");
    await Promise.all([restore(recalled), showShelf()]);
    await follow(link);
    chips(at("examples"), await (await get("examples")).json());
  } catch (error) {
    tell(error);
  }
}

function tell(error) {
  status.textContent = error instanceof TypeError ? say("lost") : error.message;
}

begin();
if (navigator.serviceWorker) navigator.serviceWorker.register("worker.js");
