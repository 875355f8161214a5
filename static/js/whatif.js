// Levers: slider and number say the same. The number is what is sent; htmx asks for the result as it changes.
for (const form of document.querySelectorAll("[data-whatif]")) {
  form.addEventListener("input", (event) => {
    const moved = event.target;
    if (moved.dataset.slider) {
      const number = document.getElementById(moved.dataset.slider);
      number.value = Number(moved.value) === 0 ? "" : moved.value;
    } else if (moved.type === "number") {
      form.querySelector(`[data-slider="${moved.id}"]`).value = moved.value || 0;
    }
  });
  // What the levers stand at now differs per group: that is another page.
  form.querySelector("[data-whatif-scope]")?.addEventListener("change", (event) => {
    event.stopPropagation();
    form.submit();
  });
}
