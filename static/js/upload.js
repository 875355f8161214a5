// Shows how far an upload is, and refuses a file that is too large before it travels. htmx sends the form of one
// file; several are sent one after another, each with its own progress, and the page of their batch follows.
(() => {
  const form = () => document.getElementById("upload-form");
  const input = () => form().querySelector("input[type=file]");
  const locale = () => form().querySelector(".dropzone").dataset.locale;

  const showPercentage = (share) => new Intl.NumberFormat(locale(), { style: "percent" }).format(share);

  document.addEventListener("htmx:xhr:progress", (event) => {
    if (!form() || !form().contains(event.target) || !event.detail.lengthComputable) return;
    const box = form().querySelector(".upload-progress");
    const { loaded, total } = event.detail;
    const text = box.querySelector("[data-checking]");
    box.hidden = false;
    box.querySelector("progress").value = loaded / total;
    text.textContent = loaded < total ? showPercentage(loaded / total) : text.dataset.checking;
    if (loaded === total) box.querySelector("progress").removeAttribute("value");
  });

  document.addEventListener("change", (event) => {
    if (!event.target.matches?.("#upload-form input[type=file]")) return;
    const tooLarge = [...event.target.files].filter((file) => file.size > Number(event.target.dataset.maxBytes));
    const names = event.target.files.length > 1 ? `${tooLarge.map((file) => file.name).join(", ")}: ` : "";
    event.target.setCustomValidity(tooLarge.length > 0 ? names + event.target.dataset.tooLarge : "");
    if (tooLarge.length > 0) event.target.reportValidity();
  });

  // Sends one file; `show` hears how far it is. Resolves to a sentence about what went wrong, or "".
  const send = (file, address, token, show) =>
    new Promise((resolve) => {
      const request = new XMLHttpRequest();
      const body = new FormData();
      body.append("file", file);
      request.open("POST", address);
      request.setRequestHeader("X-CSRFToken", token);
      request.responseType = "json";
      request.upload.addEventListener("progress", (event) => show(event.loaded / event.total));
      request.addEventListener("load", () =>
        resolve(request.status === 200 ? "" : (request.response?.error ?? form().dataset.failed)),
      );
      request.addEventListener("error", () => resolve(form().dataset.failed));
      request.send(body);
    });

  // Some files did not arrive: what is said of them stays in sight until the reader goes on with the others.
  const offerToGoOn = (page) => {
    const link = document.createElement("a");
    link.href = page;
    link.textContent = form().dataset.goOn;
    const item = document.createElement("li");
    item.append(link);
    form().querySelector(".dropzone-chosen").append(item);
  };

  const sendAll = async () => {
    const token = form().querySelector("[name=csrfmiddlewaretoken]").value;
    const button = form().querySelector("button");
    button.disabled = true;
    const started = await fetch(form().dataset.batch, { method: "POST", headers: { "X-CSRFToken": token } }).catch(
      () => null,
    );
    if (!started?.ok) {
      form().querySelector(".dropzone-chosen").textContent = form().dataset.failed;
      button.disabled = false;
      return;
    }
    const batch = await started.json();
    const items = form().querySelectorAll(".dropzone-chosen li");
    let refused = 0;
    for (const [index, file] of [...input().files].entries()) {
      const [name, state] = items[index].children;
      const bar = document.createElement("progress");
      bar.setAttribute("aria-label", name.textContent);
      bar.max = 1;
      items[index].append(bar);
      const problem = await send(file, batch.files, token, (share) => {
        state.textContent = showPercentage(share);
        if (share < 1) bar.value = share;
        else bar.removeAttribute("value"); // sent, and being looked at
      });
      bar.remove();
      state.textContent = problem ? "" : form().dataset.sent;
      if (problem) {
        const said = document.createElement("span");
        said.className = "bad small";
        said.textContent = problem;
        items[index].append(said);
        refused += 1;
      }
    }
    if (refused === 0) {
      window.location.assign(batch.page);
      return;
    }
    button.disabled = false;
    if (refused < items.length) offerToGoOn(batch.page);
  };

  document.addEventListener("htmx:beforeRequest", (event) => {
    if (event.detail.elt !== form() || input().files.length < 2) return;
    event.preventDefault();
    sendAll();
  });
})();
