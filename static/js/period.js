// The chooser of period and scope: what is chosen is shown at once, and stands in the URL as links write it.
// Without JavaScript its button does the same; with it period.css hides that, before anything is painted.
for (const form of document.querySelectorAll("form[data-period]")) {
  form.addEventListener("change", () => form.requestSubmit());
  form.addEventListener("formdata", ({ formData }) => {
    const scope = new URLSearchParams(formData.get("scope") ?? "");
    formData.delete("scope");
    for (const [name, value] of scope) formData.set(name, value);
  });
}
