// A menu is a <details class="menu">: this closes it on Escape and on a click elsewhere.
(() => {
  const closeExcept = (kept) => {
    for (const menu of document.querySelectorAll("details.menu[open]")) {
      if (menu !== kept) menu.open = false;
    }
  };

  document.addEventListener("click", (event) => closeExcept(event.target.closest("details.menu")));
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    const menu = document.activeElement?.closest("details.menu[open]");
    closeExcept(null);
    menu?.querySelector("summary").focus();
  });
})();
