// Shows how far an upload is, and refuses a file that is too large before it travels. htmx sends the form.
(() => {
  const form = () => document.getElementById("upload-form");

  document.addEventListener("htmx:xhr:progress", (event) => {
    if (!form() || !form().contains(event.target) || !event.detail.lengthComputable) return;
    const box = form().querySelector(".upload-progress");
    const { loaded, total } = event.detail;
    const text = box.querySelector("[data-checking]");
    box.hidden = false;
    box.querySelector("progress").value = loaded / total;
    text.textContent =
      loaded < total
        ? new Intl.NumberFormat(form().querySelector(".dropzone").dataset.locale, {
            style: "percent",
          }).format(loaded / total)
        : text.dataset.checking;
    if (loaded === total) box.querySelector("progress").removeAttribute("value");
  });

  document.addEventListener("change", (event) => {
    const input = event.target;
    if (!input.matches?.("#upload-form input[type=file]")) return;
    const file = input.files[0];
    const tooLarge = file !== undefined && file.size > Number(input.dataset.maxBytes);
    input.setCustomValidity(tooLarge ? input.dataset.tooLarge : "");
    if (tooLarge) input.reportValidity();
  });
})();
