// What was chosen before htmx listened (a slow line, or a browser that fills in a page again) is said once it does.
(() => {
  const isOtherThanDrawn = (control) => {
    if (control.type === "radio" || control.type === "checkbox") return control.checked !== control.defaultChecked;
    if (control.type !== "select-one") return "defaultValue" in control && control.value !== control.defaultValue;
    const drawn = [...control.options].findIndex((option) => option.defaultSelected);
    return control.selectedIndex !== Math.max(drawn, 0);
  };

  document.addEventListener("htmx:load", (event) => {
    if (event.target !== document.body) return;
    for (const form of document.querySelectorAll("form[hx-trigger*=change]")) {
      const controls = [...form.elements].filter((control) => control.name && !control.closest("[data-draft]"));
      controls.find(isOtherThanDrawn)?.dispatchEvent(new Event("change", { bubbles: true }));
    }
  });
})();
