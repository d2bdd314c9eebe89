/* The quote of a marker, shown while it is pointed at or focused. */

const card = document.getElementById("card");
const [quote, place] = card.querySelectorAll("p");
const GAP = 8;
let shownFor = null;
let leaving = 0;

function show(marker) {
  clearTimeout(leaving);
  if (shownFor === marker) return;
  hide();
  shownFor = marker;
  quote.textContent = marker.dataset.quote;
  place.textContent = marker.dataset.place;
  marker.setAttribute("aria-describedby", "card");
  card.hidden = false;
  put();
}

/* Puts the card under its marker, or over it where there is no room; a marker scrolled out of sight loses it. */
function put() {
  const at = shownFor.getBoundingClientRect();
  const frame = shownFor.closest(".scroll").getBoundingClientRect();
  if (at.bottom < frame.top || at.top > frame.bottom) {
    hide();
    return;
  }
  const { offsetWidth: width, offsetHeight: height } = card;
  const left = Math.min(Math.max(GAP, at.left + at.width / 2 - width / 2), innerWidth - width - GAP);
  const below = at.bottom + GAP + height < innerHeight;
  card.style.left = `${Math.max(GAP, left)}px`;
  card.style.top = `${below ? at.bottom + GAP : Math.max(GAP, at.top - height - GAP)}px`;
}

export function hide() {
  clearTimeout(leaving);
  shownFor?.removeAttribute("aria-describedby");
  shownFor = null;
  card.hidden = true;
}

const leave = () => {
  clearTimeout(leaving);
  leaving = setTimeout(hide, 200);
};
const markerOf = (event) => event.target.closest?.(".marker");

document.addEventListener("pointerover", (event) => {
  if (event.pointerType === "touch") return;
  const marker = markerOf(event);
  if (marker) show(marker);
  else if (card.contains(event.target)) clearTimeout(leaving);
  else if (shownFor && shownFor !== document.activeElement) leave();
});
document.addEventListener("focusin", (event) => {
  const marker = markerOf(event);
  if (marker?.matches(":focus-visible")) show(marker);
});
document.addEventListener("focusout", (event) => markerOf(event) && leave());
document.addEventListener("scroll", () => shownFor && put(), { capture: true, passive: true });
/* Escape first takes the card away, and only then means anything else. */
document.addEventListener(
  "keydown",
  (event) => {
    if (event.key !== "Escape" || card.hidden) return;
    hide();
    event.stopImmediatePropagation();
  },
  { capture: true },
);
