// The chooser of a period: a month chosen is a month shown. Without JavaScript its button does the same.
for (const form of document.querySelectorAll("form[data-period]")) {
  form.querySelector("[data-period-submit]").hidden = true;
  form.addEventListener("change", () => form.requestSubmit());
}
