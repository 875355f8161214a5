// Setting a target: days of one's own are asked only for a period that is none of those listed.
for (const form of document.querySelectorAll("[data-target-form]")) {
  const period = form.elements.namedItem("period");
  const days = form.querySelector("[data-own-days]");
  const show = () => {
    days.hidden = period.value !== "days";
  };
  period.addEventListener("change", show);
  show();
}
