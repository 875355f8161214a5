// Lets files be dropped on a .dropzone and lists what was chosen. Without JavaScript its ordinary file input does
// the same work.
(() => {
  const describeSize = (zone, file) =>
    new Intl.NumberFormat(zone.dataset.locale, {
      style: "unit",
      unit: file.size < 1e6 ? "kilobyte" : "megabyte",
      maximumFractionDigits: 1,
    }).format(file.size / (file.size < 1e6 ? 1e3 : 1e6));

  const describe = (zone, files) => {
    const items = [...files].map((file) => {
      const item = document.createElement("li");
      const [name, size] = [document.createElement("span"), document.createElement("span")];
      name.textContent = file.name;
      size.textContent = describeSize(zone, file);
      size.className = "muted";
      item.append(name, size);
      return item;
    });
    zone.querySelector(".dropzone-chosen").replaceChildren(...items);
  };

  const enhance = (zone) => {
    if ("ready" in zone.dataset) return;
    zone.dataset.ready = "";
    const input = zone.querySelector("input[type=file]");
    let depth = 0; // dragenter and dragleave also fire for children

    const leave = () => {
      depth = 0;
      delete zone.dataset.over;
    };
    zone.addEventListener("dragenter", (event) => {
      event.preventDefault();
      depth += 1;
      zone.dataset.over = "";
    });
    zone.addEventListener("dragleave", () => {
      depth -= 1;
      if (depth <= 0) leave();
    });
    zone.addEventListener("dragover", (event) => event.preventDefault());
    zone.addEventListener("drop", (event) => {
      event.preventDefault();
      leave();
      if (event.dataTransfer.files.length === 0) return;
      input.files = event.dataTransfer.files;
      input.dispatchEvent(new Event("change", { bubbles: true }));
    });
    input.addEventListener("change", () => describe(zone, input.files));
    if (input.files.length > 0) describe(zone, input.files); // chosen before this script had come
  };

  const enhanceAll = () => {
    for (const zone of document.querySelectorAll(".dropzone")) enhance(zone);
  };
  document.addEventListener("DOMContentLoaded", enhanceAll);
  document.addEventListener("htmx:afterSettle", enhanceAll); // a form that came back with an error
})();
