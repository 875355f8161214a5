// A menu is a <details class="menu">: this closes it on Escape, on a click elsewhere, and when the focus leaves it.
(() => {
  const closeExcept = (kept) => {
    for (const menu of document.querySelectorAll("details.menu[open]")) {
      if (!menu.contains(kept)) menu.open = false;
    }
  };

  document.addEventListener("click", (event) => closeExcept(event.target));
  document.addEventListener("focusin", (event) => closeExcept(event.target));
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    const menu = document.activeElement?.closest("details.menu[open]");
    closeExcept(null);
    menu?.querySelector("summary").focus();
  });
})();
