// How each kind of chart looks: window.chartKinds.configure(spec) makes what Chart.js draws from what the page
// says (klantwaarde/templatetags/charts.py). Colours are those of the page at that moment.
(() => {
  const root = document.documentElement;

  // Figures in the reader's format ------------------------------------------------------------------------
  const STYLES = {
    money: (spec) => ({ style: "currency", currency: spec.currency }),
    compact_money: (spec) => ({ style: "currency", currency: spec.currency, maximumFractionDigits: 0 }),
    percent: () => ({ style: "percent", minimumFractionDigits: 1, maximumFractionDigits: 1 }),
    decimal: () => ({ maximumFractionDigits: 1 }),
    days: () => ({ maximumFractionDigits: 1 }),
    ratio: () => ({ maximumFractionDigits: 2 }),
  };

  const styleOf = (spec) => STYLES[spec.unit]?.(spec) ?? { maximumFractionDigits: 0 };

  // Making one takes up to 20 ms: once for all charts, and only when it has something to write (tooltips do not at first).
  const formatters = new Map();
  const makeFormatter = (locale, style) => {
    const name = `${locale} ${JSON.stringify(style)}`;
    if (!formatters.has(name)) formatters.set(name, new Intl.NumberFormat(locale, style));
    return formatters.get(name);
  };
  const formatterOf = (locale, style) => ({ format: (value) => makeFormatter(locale, style).format(value) });

  const exactly = (spec) => formatterOf(spec.locale, styleOf(spec));
  const briefly = (spec) => {
    const style = styleOf(spec);
    if (style.style === "percent") return wholePercent(spec);
    return formatterOf(spec.locale, {
      ...style, notation: "compact", minimumFractionDigits: 0, maximumFractionDigits: 1,
    });
  };
  const wholePercent = (spec) => formatterOf(spec.locale, { style: "percent" });

  // Colours -----------------------------------------------------------------------------------------------
  const palette = () => {
    const style = getComputedStyle(root);
    const token = (name) => style.getPropertyValue(name).trim();
    return {
      series: [1, 2, 3, 4, 5, 6].map((n) => token(`--chart-${n}`)), comparison: token("--line-strong"),
      text: token("--text"), muted: token("--muted"), grid: token("--chart-grid"), surface: token("--surface"),
      good: token("--good"), bad: token("--bad"),
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
  // A value with nothing on either side has no line to be seen by.
  const isAlone = (values, at) => values[at] !== null && (values[at - 1] ?? values[at + 1] ?? null) === null;

  const lineSeries = (spec, colours) =>
    spec.series.map((series, place) => {
      const incomplete = new Set(series.incomplete);
      return {
        label: series.label, data: series.values,
        borderColor: colourOf(series, place, colours),
        backgroundColor: transparent(colourOf(series, place, colours), 0.1),
        fill: spec.series.length === 1, borderWidth: 2, tension: 0.2,
        pointRadius: ({ dataIndex }) => (isAlone(series.values, dataIndex) ? 2.5 : 0),
        pointHoverRadius: 4, pointHitRadius: 12,
        segment: { borderDash: (segment) => (incomplete.has(segment.p1DataIndex) ? [4, 4] : undefined) },
      };
    });

  const barSeries = (spec, colours) => {
    const close = spec.kind === "histogram";
    return spec.series.map((series, place) => {
      const incomplete = new Set(series.incomplete);
      const colour = colourOf(series, place, colours);
      if (series.line) {
        return {
          type: "line", label: series.label, data: series.values, borderColor: colour, backgroundColor: colour, borderWidth: 2,
          pointRadius: 2.5, pointHoverRadius: 4, pointHitRadius: 12, order: -1,
          segment: { borderDash: (segment) => (incomplete.has(segment.p1DataIndex) ? [4, 4] : undefined) },
        };
      }
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

  const FEW = 30; // a value over fewer is named with its n
  const tooltip = (spec) => {
    const exact = exactly(spec);
    const percent = wholePercent(spec);
    return {
      displayColors: spec.series.length > 1,
      callbacks: {
        ...(spec.kind === "lorenz" && { title: (items) => `${percent.format(items[0].parsed.x)} ${spec.axis}` }),
        label: (item) => {
          const n = spec.series[item.datasetIndex]?.n?.[item.dataIndex];
          const few = n === undefined || n >= FEW ? "" : ` (n = ${n})`;
          return `${item.dataset.label}: ${exact.format(item.parsed.y)}${few}`;
        },
      },
    };
  };

  const configureBubbles = (spec) => {
    const colours = palette();
    const [brief, exact] = [briefly(spec), exactly(spec)];
    const whole = formatterOf(spec.locale, { maximumFractionDigits: 0 });
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

  const NARROW = 480; // pixels
  const breakLines = (text, longest = 15) =>
    text.split(" ").reduce((lines, word) => {
      const last = lines.at(-1);
      if (last && last.length + word.length < longest) lines[lines.length - 1] = `${last} ${word}`;
      else lines.push(word);
      return lines;
    }, []);

  // Bars that start where the one above them ended, from top to bottom, so that names and amounts have room.
  const configureWaterfall = (spec) => {
    const colours = palette();
    const [brief, exact] = [briefly(spec), exactly(spec)];
    const totals = new Set(spec.totals);
    const [{ label, values }] = spec.series;
    let level = 0;
    const bars = values.map((value, at) => {
      const start = totals.has(at) ? 0 : level;
      level = start + value;
      return [start, level];
    });
    const signed = (at) => `${!totals.has(at) && values[at] > 0 ? "+" : ""}${exact.format(values[at])}`;
    return {
      type: "bar",
      data: {
        labels: spec.labels,
        datasets: [{
          label, data: bars, borderSkipped: false, borderRadius: 2, categoryPercentage: 0.8, barPercentage: 0.8, minBarLength: 2,
          backgroundColor: values.map((value, at) =>
            totals.has(at) ? colours.series[0] : value < 0 ? colours.bad : colours.good),
        }],
      },
      options: {
        animation: false, maintainAspectRatio: false, locale: spec.locale, indexAxis: "y",
        interaction: { mode: "index", intersect: false, axis: "y" },
        plugins: {
          legend: { display: false },
          tooltip: {
            displayColors: false,
            callbacks: { title: ([item]) => spec.labels[item.dataIndex], label: (item) => signed(item.dataIndex) },
          },
        },
        scales: {
          x: {
            grid: { color: colours.grid }, border: { display: false },
            ticks: { color: colours.muted, maxTicksLimit: 6, maxRotation: 0, callback: (value) => brief.format(value) },
          },
          y: {
            grid: { display: false }, border: { color: colours.grid },
            ticks: {
              color: colours.text, autoSkip: false,
              callback(at) {
                const name = spec.labels[at];
                return [...(this.chart.width < NARROW ? breakLines(name) : [name]), signed(at)];
              },
            },
          },
        },
      },
    };
  };

  const configure = (spec) => {
    if (spec.kind === "bubble") return configureBubbles(spec);
    if (spec.kind === "waterfall") return configureWaterfall(spec);
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
            labels: {
              color: colours.text, boxHeight: 2, boxWidth: 18, sort: (one, other) => one.datasetIndex - other.datasetIndex,
            },
          },
          tooltip: tooltip(spec),
        },
        scales: { x: horizontal(spec, colours), y: vertical(spec, colours) },
      },
    };
  };

  // What takes long and can be done before: the formatters of what stands in the chart.
  const prepare = (spec) => {
    briefly(spec).format(0);
    if (spec.kind === "waterfall") exactly(spec).format(0);
  };

  window.chartKinds = { configure, palette, prepare };
})();
