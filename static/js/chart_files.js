// The figures of a chart as a file, from what charts.js draws (klantwaarde/templatetags/charts.py). The layouts are
// those of the server's own files (metrics/pages/table_export.py). It needs no Chart.js.
(() => {
  const LAYOUTS = {
    excel: { delimiter: ";", mark: ",", start: "\uFEFF", day: (iso) => iso.split("-").reverse().join("-") },
    csv: { delimiter: ",", mark: ".", start: "", day: (iso) => iso },
  };
  const PLACES = 4; // as money is kept; a float may trail more than it knows
  const FORMULA = /^[=+\-@\t\r]/; // what a spreadsheet would work out instead of show
  const ISO_DAY = /^\d{4}-\d{2}-\d{2}$/;

  const writeCell = (value, layout) => {
    if (value === null || value === undefined) return "";
    if (typeof value === "number") return String(Number(value.toFixed(PLACES))).replace(".", layout.mark);
    if (ISO_DAY.test(value)) return layout.day(value);
    const text = FORMULA.test(value) ? `'${value}` : String(value);
    return /["\r\n]/.test(text) || text.includes(layout.delimiter) ? `"${text.replaceAll('"', '""')}"` : text;
  };

  const listDots = (spec) => [
    [spec.header, spec.axis, spec.vertical, spec.size],
    ...spec.series.flatMap((series) => series.dots.map((dot) => [series.label, ...dot])),
  ];

  const listRows = (spec) => {
    const unfinished = new Set(spec.unfinished);
    const heads = spec.series.flatMap(({ label, n }) => (n.length ? [label, `${label}: n`] : [label]));
    const cells = (at) => spec.series.flatMap(({ values, n }) => (n.length ? [values[at], n[at]] : [values[at]]));
    return [
      [spec.header, ...heads, ...(unfinished.size ? [spec.incomplete] : [])],
      ...spec.keys.map((key, at) => [key, ...cells(at), ...(unfinished.size ? [String(unfinished.has(at))] : [])]),
    ];
  };

  const writeFile = (spec, layout) => {
    const rows = spec.kind === "bubble" ? listDots(spec) : listRows(spec);
    const lines = rows.map((row) => row.map((cell) => writeCell(cell, layout)).join(layout.delimiter));
    return `${layout.start}${lines.join("\r\n")}\r\n`;
  };

  const save = (blob, name) => {
    const link = document.createElement("a");
    link.href = URL.createObjectURL(blob);
    link.download = name;
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 60_000); // a slow disk may still be reading it
  };

  document.addEventListener("click", (event) => {
    const button = event.target.closest("[data-save-figures]");
    if (!button) return;
    const figure = button.closest("figure");
    const spec = JSON.parse(document.getElementById(figure.dataset.chart).textContent);
    const text = writeFile(spec, LAYOUTS[button.dataset.saveFigures]);
    save(new Blob([text], { type: "text/csv;charset=utf-8" }), figure.dataset.picture.replace(/\.png$/, ".csv"));
    button.closest("details.menu").open = false;
  });

  window.chartFiles = { save };
})();
