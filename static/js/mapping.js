// The mapping of columns: drag a column onto a field (the lists beside it do the same by keyboard), and keep
// what was open, open, and the focus where it was, when the page is drawn anew. htmx sends the form, also what
// was chosen before it listened.
(() => {
  const form = () => document.getElementById("reading-form");
  const select = (index) => document.getElementById(`id_target_${index}`);
  let dragged = null;
  let open = new Map();

  // What is being made is sent by its own button, not at every change.
  document.addEventListener(
    "change",
    (event) => {
      if (event.target.closest?.("[data-draft]")) event.stopPropagation();
    },
    true,
  );

  const prepare = () => {
    for (const handle of document.querySelectorAll("[data-drag]")) handle.draggable = true;
  };

  const mark = (slot) => {
    for (const other of document.querySelectorAll(".slot.is-over")) other.classList.remove("is-over");
    slot?.classList.add("is-over");
  };

  const become = (index, target) => {
    const chosen = select(index);
    if (!chosen || chosen.value === target) return;
    for (const other of form().querySelectorAll("select[name^=target_]")) {
      if (target !== "" && other !== chosen && other.value === target) other.value = "";
    }
    chosen.value = target;
    chosen.dispatchEvent(new Event("change", { bubbles: true }));
  };

  const end = () => {
    dragged = null;
    mark(null);
    form()?.classList.remove("is-dragging");
  };

  document.addEventListener("dragstart", (event) => {
    const handle = event.target.closest?.("[data-drag]");
    if (!handle) return;
    dragged = handle.dataset.drag;
    event.dataTransfer.effectAllowed = "move";
    event.dataTransfer.setData("text/plain", handle.textContent.trim());
    form().classList.add("is-dragging");
  });

  document.addEventListener("dragover", (event) => {
    const slot = event.target.closest?.(".slot");
    if (dragged === null || !slot) return mark(null);
    event.preventDefault();
    event.dataTransfer.dropEffect = "move";
    mark(slot);
  });

  document.addEventListener("drop", (event) => {
    const slot = event.target.closest?.(".slot");
    if (dragged === null || !slot) return;
    event.preventDefault();
    const index = dragged;
    end();
    become(index, slot.dataset.slot);
  });

  document.addEventListener("dragend", end);

  // Text is left alone: who is still typing says so by leaving the field.
  const isChosenAnew = (control) => {
    if (control.type === "radio" || control.type === "checkbox") return control.checked !== control.defaultChecked;
    if (control.type !== "select-one") return false;
    const drawn = [...control.options].findIndex((option) => option.defaultSelected);
    return control.selectedIndex !== Math.max(drawn, 0);
  };

  document.addEventListener("htmx:load", (event) => {
    if (event.target !== document.body || !form()) return;
    const controls = [...form().elements].filter((control) => !control.closest("[data-draft]"));
    controls.find(isChosenAnew)?.dispatchEvent(new Event("change", { bubbles: true }));
  });

  document.addEventListener("htmx:beforeSwap", () => {
    open = new Map([...document.querySelectorAll("#reading details[id]")].map((fold) => [fold.id, fold.open]));
  });

  document.addEventListener("htmx:afterSwap", () => {
    for (const [id, was] of open) {
      const fold = document.getElementById(id);
      if (fold) fold.open = was || fold.hasAttribute("data-stay-open");
    }
    prepare();
  });

  document.addEventListener("htmx:afterSettle", () => {
    const reading = document.getElementById("reading");
    if (reading && document.activeElement === document.body) reading.focus({ preventScroll: true });
  });

  prepare();
})();
