// Runs before the page is painted, so that it never flashes: the theme the reader chose, else the system's.
(() => {
  const root = document.documentElement;
  const systemDark = window.matchMedia("(prefers-color-scheme: dark)");

  const chosen = () => {
    try {
      return localStorage.getItem("theme");
    } catch {
      return null; // storage may be forbidden: then the system decides
    }
  };

  const isDark = () => (root.dataset.theme ? root.dataset.theme === "dark" : systemDark.matches);

  const announce = () => {
    for (const button of document.querySelectorAll("[data-theme-toggle]")) {
      button.setAttribute("aria-pressed", String(isDark()));
    }
    document.dispatchEvent(new CustomEvent("themechange"));
  };

  const toggle = () => {
    const theme = isDark() ? "light" : "dark";
    root.dataset.theme = theme;
    try {
      localStorage.setItem("theme", theme);
    } catch {
      // not remembered, but shown
    }
    announce();
  };

  root.dataset.js = "";
  const theme = chosen();
  if (theme === "light" || theme === "dark") root.dataset.theme = theme;

  systemDark.addEventListener("change", announce);
  document.addEventListener("DOMContentLoaded", announce);
  document.addEventListener("click", (event) => {
    if (event.target.closest("[data-theme-toggle]")) toggle();
  });
})();
