// Draws every [data-chart] figure with Chart.js: from the CDN (whose bytes the browser checks against the tag's
// integrity), else, after an error or too long a silence, from our own copy. One promise serves all charts.
// html[data-charts] becomes "drawn" or "failed"; when it fails the tables under the charts are opened.
(() => {
  const PATIENCE = 1500; // milliseconds of silence from the CDN
  const root = document.documentElement;
  const localCopy = document.currentScript.dataset.local;
  const drawn = new Map(); // figure → Chart

  const library = new Promise((resolve, reject) => {
    let fallen = false;
    const fallBack = () => {
      if (fallen) return;
      fallen = true;
      const script = document.createElement("script");
      script.src = localCopy;
      script.onload = () => resolve(window.Chart);
      script.onerror = () => reject(new Error(`no Chart.js from the CDN, nor at ${localCopy}`));
      document.head.append(script);
    };
    const silence = setTimeout(fallBack, PATIENCE);
    const fromCdn = (event) => event.target instanceof HTMLScriptElement && "chartCdn" in event.target.dataset;

    // load and error do not bubble, but they can be captured on the way down.
    document.addEventListener("load", (event) => {
      if (!fromCdn(event) || fallen) return;
      clearTimeout(silence);
      resolve(window.Chart);
    }, true);
    document.addEventListener("error", (event) => {
      if (!fromCdn(event)) return;
      clearTimeout(silence);
      fallBack();
    }, true);
  });

  // Figures in the reader's format ------------------------------------------------------------------------
  const STYLES = {
    money: (spec) => ({ style: "currency", currency: spec.currency }),
    compact_money: (spec) => ({ style: "currency", currency: spec.currency, maximumFractionDigits: 0 }),
    percent: () => ({ style: "percent", minimumFractionDigits: 1, maximumFractionDigits: 1 }),
    decimal: () => ({ maximumFractionDigits: 1 }),
    ratio: () => ({ maximumFractionDigits: 2 }),
  };

  const styleOf = (spec) => STYLES[spec.unit]?.(spec) ?? { maximumFractionDigits: 0 };
  const exactly = (spec) => new Intl.NumberFormat(spec.locale, styleOf(spec));
  const briefly = (spec) => {
    const style = styleOf(spec);
    if (style.style === "percent") return new Intl.NumberFormat(spec.locale, { style: "percent" });
    return new Intl.NumberFormat(spec.locale, {
      ...style, notation: "compact", minimumFractionDigits: 0, maximumFractionDigits: 1,
    });
  };
  const wholePercent = (spec) => new Intl.NumberFormat(spec.locale, { style: "percent" });

  // Colours -----------------------------------------------------------------------------------------------
  const palette = () => {
    const style = getComputedStyle(root);
    const token = (name) => style.getPropertyValue(name).trim();
    return {
      series: [1, 2, 3, 4, 5, 6].map((n) => token(`--chart-${n}`)), comparison: token("--line-strong"),
      text: token("--text"), muted: token("--muted"), grid: token("--chart-grid"), surface: token("--surface"),
    };
  };

  const transparent = (colour, share) => `color-mix(in srgb, ${colour} ${share * 100}%, transparent)`;

  const hatched = (colour, surface) => {
    const tile = document.createElement("canvas");
    tile.width = tile.height = 8;
    const pen = tile.getContext("2d");
    pen.fillStyle = surface;
    pen.fillRect(0, 0, 8, 8);
    pen.strokeStyle = colour;
    pen.lineWidth = 2;
    for (const shift of [-8, 0, 8]) {
      pen.moveTo(shift, 8);
      pen.lineTo(shift + 8, 0);
    }
    pen.stroke();
    return pen.createPattern(tile, "repeat");
  };

  const colourOf = (series, place, colours) => (series.comparison ? colours.comparison : colours.series[place % 6]);

  // Kinds of chart ----------------------------------------------------------------------------------------
  const lineSeries = (spec, colours) =>
    spec.series.map((series, place) => {
      const incomplete = new Set(series.incomplete);
      return {
        label: series.label, data: series.values,
        borderColor: colourOf(series, place, colours),
        backgroundColor: transparent(colourOf(series, place, colours), 0.1),
        fill: spec.series.length === 1, borderWidth: 2, tension: 0.2, pointRadius: 0,
        pointHoverRadius: 4, pointHitRadius: 12,
        segment: { borderDash: (segment) => (incomplete.has(segment.p1DataIndex) ? [4, 4] : undefined) },
      };
    });

  const barSeries = (spec, colours) => {
    const close = spec.kind === "histogram";
    return spec.series.map((series, place) => {
      const incomplete = new Set(series.incomplete);
      const colour = colourOf(series, place, colours);
      const unfinished = hatched(colour, colours.surface);
      return {
        label: series.label, data: series.values,
        backgroundColor: series.values.map((_, at) => (incomplete.has(at) ? unfinished : colour)),
        borderColor: colour,
        borderWidth: series.values.map((_, at) => (incomplete.has(at) ? 1 : 0)),
        borderRadius: close ? 0 : 2, categoryPercentage: close ? 0.98 : 0.75, barPercentage: close ? 1 : 0.9,
      };
    });
  };

  const lorenzSeries = (spec, colours) => [
    ...spec.series.map((series, place) => ({
      label: series.label, data: series.values.map((y, at) => ({ x: spec.labels[at], y })),
      borderColor: colours.series[place % 6], backgroundColor: transparent(colours.series[place % 6], 0.1),
      fill: place === 0, borderWidth: 2, pointRadius: 0, pointHoverRadius: 4, pointHitRadius: 12,
    })),
    {
      label: spec.reference, data: [{ x: 0, y: 0 }, { x: 1, y: 1 }],
      borderColor: colours.muted, borderDash: [4, 4], borderWidth: 1, pointRadius: 0, pointHitRadius: 0,
    },
  ];

  // What customers bring in differs a thousandfold: axes are logarithmic, and what is less than one stands at one.
  const LEAST = 1;
  const gather = (spec, place) => [
    ...spec.series.flatMap((series) => series.dots.map((dot) => dot[place])), ...spec.lines.slice(place, place + 1),
  ].map((value) => Math.max(value, LEAST));
  const lowest = (values) => {
    const least = Math.min(...values);
    const power = 10 ** Math.floor(Math.log10(least));
    return Math.max(LEAST, [5, 2, 1].map((step) => step * power).find((start) => start <= least));
  };

  // Dots as large as the number of customers they are of, and a dashed line where each direction is cut in two.
  const bubbleSeries = (spec, colours) => {
    const counts = spec.series.flatMap((series) => series.dots.map((dot) => dot[2]));
    const most = Math.max(1, ...counts);
    const ends = (place) => [lowest(gather(spec, place)), 1.5 * Math.max(...gather(spec, place))];
    const [across, up] = spec.lines;
    const cuts = spec.lines.length && counts.length
      ? [ends(1).map((y) => ({ x: Math.max(across, LEAST), y })), ends(0).map((x) => ({ x, y: Math.max(up, LEAST) }))] : [];
    return [
      ...spec.series.map((series, place) => ({
        label: series.label,
        data: series.dots.map(([x, y, count]) => ({
          x: Math.max(x, LEAST), y: Math.max(y, LEAST), r: 3 + 15 * Math.sqrt(count / most), count, exact: [x, y],
        })),
        backgroundColor: transparent(colours.series[place % 6], 0.55),
        borderColor: colours.series[place % 6], borderWidth: 1, clip: false,
      })),
      ...cuts.map((data) => ({
        type: "line", label: "", data, borderColor: colours.muted, borderDash: [4, 4], borderWidth: 1,
        pointRadius: 0, pointHitRadius: 0,
      })),
    ];
  };

  const SERIES = { line: lineSeries, bar: barSeries, histogram: barSeries, lorenz: lorenzSeries };

  const horizontal = (spec, colours) => {
    const percent = wholePercent(spec);
    return {
      ...(spec.kind === "lorenz" && { type: "linear", min: 0, max: 1 }),
      grid: { display: false },
      border: { color: colours.grid },
      title: { display: spec.axis !== "", text: spec.axis, color: colours.muted },
      ticks: {
        color: colours.muted, maxRotation: 0, autoSkipPadding: 16,
        ...(spec.kind === "lorenz" && { callback: (share) => percent.format(share) }),
      },
    };
  };

  const vertical = (spec, colours) => {
    const brief = briefly(spec);
    return {
      beginAtZero: true,
      grid: { color: colours.grid },
      border: { display: false },
      ticks: { color: colours.muted, maxTicksLimit: 6, callback: (value) => brief.format(value) },
    };
  };

  const tooltip = (spec) => {
    const exact = exactly(spec);
    const percent = wholePercent(spec);
    return {
      displayColors: spec.series.length > 1,
      callbacks: {
        ...(spec.kind === "lorenz" && { title: (items) => `${percent.format(items[0].parsed.x)} ${spec.axis}` }),
        label: (item) => `${item.dataset.label}: ${exact.format(item.parsed.y)}`,
      },
    };
  };

  const configureBubbles = (spec) => {
    const colours = palette();
    const [brief, exact] = [briefly(spec), exactly(spec)];
    const whole = new Intl.NumberFormat(spec.locale, { maximumFractionDigits: 0 });
    const scale = (text, place) => ({
      type: "logarithmic", min: lowest(gather(spec, place)), max: 1.5 * Math.max(...gather(spec, place)),
      title: { display: true, text, color: colours.muted },
      grid: { color: colours.grid },
      border: { color: colours.grid },
      ticks: {
        color: colours.muted, maxRotation: 0, autoSkipPadding: 16,
        callback: (value) => {
          if (value === LEAST) return `≤ ${brief.format(value)}`;
          const mantissa = Number((value / 10 ** Math.floor(Math.log10(value))).toPrecision(9));
          return [1, 2, 5].includes(mantissa) ? brief.format(value) : "";
        },
      },
    });
    return {
      type: "bubble",
      data: { datasets: bubbleSeries(spec, colours) },
      options: {
        animation: false, maintainAspectRatio: false, locale: spec.locale,
        plugins: {
          legend: {
            position: "bottom",
            labels: { color: colours.text, boxHeight: 10, boxWidth: 10, usePointStyle: true, pointStyle: "circle", filter: (item) => item.text !== "" },
          },
          tooltip: {
            displayColors: false,
            callbacks: {
              label: ({ dataset, raw }) => [
                `${dataset.label}: ${whole.format(raw.count)} ${spec.size}`,
                `${spec.axis}: ${exact.format(raw.exact[0])}`, `${spec.vertical}: ${exact.format(raw.exact[1])}`,
              ],
            },
          },
        },
        scales: { x: scale(spec.axis, 0), y: scale(spec.vertical, 1) },
      },
    };
  };

  const configure = (spec) => {
    if (spec.kind === "bubble") return configureBubbles(spec);
    const colours = palette();
    return {
      type: spec.kind === "bar" || spec.kind === "histogram" ? "bar" : "line",
      data: { labels: spec.kind === "lorenz" ? undefined : spec.labels, datasets: SERIES[spec.kind](spec, colours) },
      options: {
        animation: false, maintainAspectRatio: false, locale: spec.locale,
        interaction: { mode: spec.kind === "lorenz" ? "nearest" : "index", intersect: false, axis: "x" },
        plugins: {
          legend: {
            display: spec.series.length > 1 || spec.kind === "lorenz", position: "bottom",
            labels: { color: colours.text, boxHeight: 2, boxWidth: 18 },
          },
          tooltip: tooltip(spec),
        },
        scales: { x: horizontal(spec, colours), y: vertical(spec, colours) },
      },
    };
  };

  // Drawing -----------------------------------------------------------------------------------------------
  const drawOne = (Chart, figure) => {
    drawn.get(figure)?.destroy();
    const spec = JSON.parse(document.getElementById(figure.dataset.chart).textContent);
    drawn.set(figure, new Chart(figure.querySelector("canvas"), configure(spec)));
  };

  const drawAll = (Chart) => {
    Chart.defaults.font.family = getComputedStyle(document.body).fontFamily;
    for (const figure of drawn.keys()) {
      if (!figure.isConnected) {
        drawn.get(figure).destroy();
        drawn.delete(figure);
      }
    }
    for (const figure of document.querySelectorAll("figure[data-chart]")) drawOne(Chart, figure);
  };

  const parsed = new Promise((resolve) => {
    if (document.readyState === "loading") document.addEventListener("DOMContentLoaded", resolve);
    else resolve();
  });

  const giveUp = (error) => {
    root.dataset.charts = "failed";
    for (const fold of document.querySelectorAll("figure[data-chart] details")) fold.open = true;
    throw error; // into the console, for who looks for the cause
  };

  const whenPrinting = (Chart) => {
    // Ink is dark and paper light, whatever the theme on the screen.
    let theme;
    window.addEventListener("beforeprint", () => {
      theme = root.dataset.theme;
      root.dataset.theme = "light";
      drawAll(Chart);
    });
    window.addEventListener("afterprint", () => {
      if (theme) root.dataset.theme = theme;
      else delete root.dataset.theme;
      drawAll(Chart);
    });
  };

  Promise.all([library, parsed])
    .then(([Chart]) => {
      const redraw = () => drawAll(Chart);
      redraw();
      document.addEventListener("themechange", redraw);
      document.addEventListener("htmx:afterSettle", redraw);
      whenPrinting(Chart);
      root.dataset.charts = "drawn";
    })
    .catch(giveUp);
})();
