/* The pane beside the chat: the list of documents, or one of them at a place. */

import { get, say } from "./server.js";
import { hide as hideCard } from "./card.js";

const at = (id) => document.getElementById(id);
const pane = at("evidence");
const scroller = at("reading");
const content = scroller.querySelector(".column");
const narrow = matchMedia("(max-width: 800px)");
const asPage = at("as-page");
const asText = at("as-text");

let opener = null;
let places = [];
let current = null;
let latest = 0;

const isShelf = () => current === null;
const sameSpan = (one, other) => one.marker === other.marker && one.document === other.document;

export async function showShelf({ focus = false, from = null } = {}) {
  opener = from;
  current = null;
  places = [];
  await fill("shelf", {});
  at("steps").hidden = at("forms").hidden = at("back").hidden = true;
  pane.setAttribute("aria-label", say("documents"));
  scroller.setAttribute("aria-label", say("documents"));
  document.dispatchEvent(new CustomEvent("shelf", { detail: content }));
  if (focus) unfold(scroller);
}

/* Opens a place that a link names. */
export async function openPlace(place) {
  opener = null;
  places = [];
  await show(place, true);
}

/* Opens what a button stands for; its neighbours in the same answer become the previous and next. */
export async function openFrom(button, { focus = true } = {}) {
  opener = button;
  const turn = button.closest(".turn");
  const markers = button.dataset.marker ? [...(turn?.querySelectorAll(".sources [data-marker]") ?? [])] : [];
  places = markers.map((marker) => quoted(marker));
  await show(quoted(button), focus);
}

/* The place that a button stands for, with the words that must stand there. */
function quoted(button) {
  const { marker } = button.dataset;
  const shown = marker && button.closest(".turn")?.querySelector(`.prose [data-marker="${marker}"]`);
  return { ...button.dataset, quote: shown?.dataset.quote };
}

async function show(place, focus) {
  hideCard();
  current = place;
  const { document: name, start, end, quote } = place;
  const response = await fill("evidence", { document: name, start, end, quote });
  if (!response) {
    if (focus) unfold(scroller);
    return;
  }
  place.start = response.headers.get("X-Start");
  place.end = response.headers.get("X-End");
  pane.setAttribute("aria-label", say("evidence"));
  scroller.setAttribute("aria-label", say("evidence"));
  at("back").hidden = false;
  const page = Number(response.headers.get("X-Page")) || 1;
  place.pages = Number(response.headers.get("X-Pages")) || 0;
  place.page = page;
  at("forms").hidden = !place.pages;
  press(asText);
  steps(place);
  mark(place);
  if (focus) unfold(at("evidence-title"));
  const highlighted = content.querySelector("mark");
  if (highlighted) centre(highlighted);
  else scroller.scrollTop = 0;
}

async function fill(path, parameters) {
  const turn = ++latest;
  try {
    const response = await get(path, parameters);
    const html = await response.text();
    if (turn !== latest) return null;
    content.innerHTML = html;
    return response;
  } catch (error) {
    if (turn !== latest) return null;
    const note = document.createElement("p");
    note.className = "note";
    note.textContent = error instanceof TypeError ? say("lost") : error.message;
    content.replaceChildren(note);
    return null;
  }
}

function centre(element) {
  const box = element.getBoundingClientRect();
  const frame = scroller.getBoundingClientRect();
  scroller.scrollTop += box.top - frame.top - Math.max(24, (frame.height - box.height) / 3);
}

function steps(place) {
  const number = places.findIndex((other) => sameSpan(other, place));
  at("steps").hidden = places.length < 2 || number < 0;
  at("position").textContent = say("position", { number: number + 1, count: places.length });
  at("previous").disabled = number <= 0;
  at("next").disabled = number >= places.length - 1;
}

function step(by) {
  const number = places.findIndex((other) => sameSpan(other, current)) + by;
  if (!places[number]) return;
  const turn = opener?.closest(".turn");
  opener = turn?.querySelector(`.prose [data-marker="${places[number].marker}"]`) ?? opener;
  show(places[number], false);
}

function mark(place) {
  for (const other of document.querySelectorAll("[data-current]")) delete other.dataset.current;
  if (!place.marker) return;
  for (const marker of opener?.closest(".turn")?.querySelectorAll(`[data-marker="${place.marker}"]`) ?? []) marker.dataset.current = "";
}

function press(button) {
  for (const other of [asText, asPage]) other.setAttribute("aria-pressed", String(other === button));
}

function showPicture(number) {
  const { document: name, start, end, pages } = current;
  const title = at("evidence-title")?.textContent ?? name;
  const picture = document.createElement("img");
  const boxed = Number(number) === Number(current.page) && Number(end) > 0;
  picture.alt = say("page_picture", { number, title }) + (boxed ? `, ${say("page_boxed")}` : "");
  const span = Number(end) ? { start, end } : {};
  picture.src = `web/page?${new URLSearchParams({ document: name, number, ...span })}`;
  if (boxed) picture.addEventListener("load", () => centreBox(picture), { once: true });
  const sheet = document.createElement("div");
  sheet.className = "sheet";
  const turnPage = (key, to) => {
    const button = document.createElement("button");
    button.type = "button";
    button.textContent = say(key);
    button.disabled = to < 1 || to > pages;
    button.addEventListener("click", () => {
      showPicture(to);
      content.querySelector(`.sheet button[data-key="${key}"]:not(:disabled)`)?.focus();
    });
    button.dataset.key = key;
    return button;
  };
  const bar = document.createElement("p");
  const where = document.createElement("span");
  where.textContent = `${number} / ${pages}`;
  bar.append(turnPage("previous_page", number - 1), where, turnPage("next_page", number + 1));
  sheet.append(bar, picture);
  content.querySelector(".sheet")?.remove();
  content.querySelector(".document").hidden = true;
  content.querySelector(".reading-head").after(sheet);
  scroller.scrollTop = 0;
  press(asPage);
}

/* Scrolls to the box on a page's picture, whose place the server tells with it. */
async function centreBox(picture) {
  const response = await fetch(picture.src);
  const top = Number(response.headers.get("X-Top"));
  if (!picture.isConnected || !Number(response.headers.get("X-Boxes"))) return;
  const box = picture.getBoundingClientRect();
  const frame = scroller.getBoundingClientRect();
  scroller.scrollTop += box.top + top * box.height - frame.top - frame.height / 3;
}

function unfold(focus) {
  if (narrow.matches) {
    document.body.classList.add("reading-open");
    pane.setAttribute("role", "dialog");
    pane.setAttribute("aria-modal", "true");
    for (const other of [document.querySelector(".bar"), document.querySelector(".chat")]) other.inert = true;
  }
  focus?.focus({ preventScroll: true });
}

function fold() {
  document.body.classList.remove("reading-open");
  pane.removeAttribute("role");
  pane.removeAttribute("aria-modal");
  for (const other of [document.querySelector(".bar"), document.querySelector(".chat")]) other.inert = false;
}

export function back() {
  fold();
  const target = opener?.isConnected ? opener : at("question");
  target.focus();
  target.scrollIntoView({ block: "nearest" });
}

at("back").addEventListener("click", back);
at("close").addEventListener("click", back);
at("previous").addEventListener("click", () => step(-1));
at("next").addEventListener("click", () => step(1));
asPage.addEventListener("click", () => showPicture(Number(current.page) || 1));
asText.addEventListener("click", () => show(current, false));
at("open-shelf").addEventListener("click", (event) => showShelf({ focus: true, from: event.currentTarget }));
pane.addEventListener("keydown", (event) => event.key === "Escape" && back());
content.addEventListener("click", (event) => {
  const button = event.target.closest("button[data-document]");
  if (!button || !isShelf()) return;
  opener = at("open-shelf");
  places = [];
  show({ ...button.dataset }, true);
});
narrow.addEventListener("change", (change) => !change.matches && fold());
