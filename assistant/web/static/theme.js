/* Runs before anything is painted: sets the chosen colours, and keeps clicks until the page's script listens. */
(() => {
  const chosen = localStorage.getItem("theme");
  if (chosen === "light" || chosen === "dark") document.documentElement.dataset.theme = chosen;

  const kept = [];
  const keep = (event) => {
    const button = event.target.closest("button");
    if (!button || button.form?.method === "post") return;
    event.preventDefault();
    kept.push(button);
  };
  addEventListener("click", keep, true);
  addEventListener("DOMContentLoaded", () => {
    removeEventListener("click", keep, true);
    for (const button of kept) button.click();
  });
})();
