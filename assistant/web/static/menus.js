/* Menus that open from the bar: Escape, or a press elsewhere, closes them. */

const menus = [...document.querySelectorAll("details.menu")];

for (const menu of menus) {
  menu.addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || !menu.open) return;
    menu.open = false;
    menu.querySelector("summary").focus();
  });
}

document.addEventListener("click", (event) => {
  for (const menu of menus) if (!menu.contains(event.target) && event.target.isConnected) menu.open = false;
});
