/* The switch of colours: as the system has them, light, dark. */

import { say } from "./server.js";

const themes = ["system", "light", "dark"];
const theme = () => localStorage.getItem("theme") ?? "system";
const button = document.getElementById("theme");

function showTheme() {
  const chosen = theme();
  button.textContent = say(`theme_${chosen}`);
  if (chosen === "system") delete document.documentElement.dataset.theme;
  else document.documentElement.dataset.theme = chosen;
}

button.addEventListener("click", () => {
  localStorage.setItem("theme", themes[(themes.indexOf(theme()) + 1) % themes.length]);
  showTheme();
});
showTheme();
