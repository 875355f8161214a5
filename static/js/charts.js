// Draws [data-chart] figures with Chart.js: from the CDN (whose bytes the browser checks against the tag's
// integrity), else, after an error or too long a silence, from our own copy. One promise serves all charts.
// A figure is drawn when it comes near to what is in sight, and gets data-drawn; for paper all of them are.
// html[data-charts] becomes "drawn" (what was in sight at first is there) or "failed": then the tables open.
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

  // Drawing -----------------------------------------------------------------------------------------------
  const readSpec = (figure) => JSON.parse(document.getElementById(figure.dataset.chart).textContent);

  const drawOne = (Chart, figure) => {
    drawn.get(figure)?.destroy();
    drawn.set(figure, new Chart(figure.querySelector("canvas"), window.chartKinds.configure(readSpec(figure))));
    figure.dataset.drawn = "";
  };

  const figures = () => [...document.querySelectorAll("figure[data-chart]")];

  const drawAll = (Chart) => {
    for (const figure of figures()) drawOne(Chart, figure);
  };

  const drawAgain = (Chart) => {
    for (const figure of drawn.keys()) drawOne(Chart, figure);
  };

  // Words before pictures: a page out of sight paints nothing, and would wait for ever.
  const painted = () =>
    new Promise((resolve) => {
      if (document.hidden) resolve();
      else requestAnimationFrame(() => setTimeout(resolve));
    });

  // In steps that are tasks of their own, so that the page answers its reader in between.
  const nextTask = () => new Promise((resolve) => setTimeout(resolve));
  const near = []; // figures that are to be drawn, in turn
  let drawing = false;

  const drawInTurn = async (Chart) => {
    if (drawing) return;
    drawing = true;
    while (near.length) {
      const figure = near.shift();
      await nextTask();
      if (!figure.isConnected || drawn.has(figure)) continue;
      window.chartKinds.prepare(readSpec(figure));
      await nextTask();
      if (!drawn.has(figure)) drawOne(Chart, figure);
    }
    drawing = false;
    root.dataset.charts = "drawn";
  };

  const NEAR = "200px 0px"; // beyond what is in sight: there before its reader is
  const watch = (Chart) => {
    const observer = new IntersectionObserver((entries) => {
      for (const { isIntersecting, target } of entries) {
        if (!isIntersecting) continue;
        observer.unobserve(target);
        near.push(target);
      }
      drawInTurn(Chart).catch(giveUp);
    }, { rootMargin: NEAR });
    for (const figure of figures()) observer.observe(figure);
    return observer;
  };

  // Charts that htmx brought; those that it took away are let go.
  const watchNew = (observer) => {
    for (const [figure, chart] of drawn) {
      if (!figure.isConnected) {
        chart.destroy();
        drawn.delete(figure);
      }
    }
    for (const figure of figures()) if (!drawn.has(figure)) observer.observe(figure);
  };

  const parsed = new Promise((resolve) => {
    if (document.readyState === "loading") document.addEventListener("DOMContentLoaded", resolve);
    else resolve();
  });

  const giveUp = (error) => {
    root.dataset.charts = "failed";
    for (const fold of document.querySelectorAll("figure[data-chart] details.fold")) fold.open = true;
    throw error; // into the console, for who looks for the cause
  };

  // Pictures ----------------------------------------------------------------------------------------------
  // A chart with its title as a PNG: always as large and as sharp, whatever the screen.
  const [WIDTH, HEIGHT, MARGIN, SHARPNESS] = [960, 540, 28, 2];

  const wrapText = (pen, text, width) => {
    const lines = [""];
    for (const word of text.split(/\s+/)) {
      const longer = `${lines.at(-1)} ${word}`.trim();
      if (pen.measureText(longer).width <= width) lines[lines.length - 1] = longer;
      else lines.push(word);
    }
    return lines;
  };

  // Returns how far down it has written.
  const writeText = (pen, text, top, { size, weight = 400, colour }) => {
    pen.font = `${weight} ${size}px ${getComputedStyle(document.body).fontFamily}`;
    pen.fillStyle = colour;
    pen.textBaseline = "top";
    for (const line of text ? wrapText(pen, text, WIDTH - 2 * MARGIN) : []) {
      pen.fillText(line, MARGIN, top);
      top += 1.35 * size;
    }
    return top;
  };

  const drawPicture = (Chart, figure) => {
    const colours = window.chartKinds.palette();
    const paper = document.createElement("canvas");
    [paper.width, paper.height] = [WIDTH * SHARPNESS, HEIGHT * SHARPNESS];
    const pen = paper.getContext("2d");
    pen.scale(SHARPNESS, SHARPNESS);
    pen.fillStyle = colours.surface;
    pen.fillRect(0, 0, WIDTH, HEIGHT);
    let top = writeText(pen, figure.querySelector("h2").innerText, MARGIN, { size: 20, weight: 650, colour: colours.text });
    top = writeText(pen, figure.querySelector(".purpose")?.innerText, top + 2, { size: 13, colour: colours.muted });
    writeText(pen, figure.dataset.about, HEIGHT - MARGIN - 6, { size: 12, colour: colours.muted });

    const canvas = document.createElement("canvas");
    [canvas.width, canvas.height] = [WIDTH - 2 * MARGIN, HEIGHT - top - 2 * MARGIN - 12];
    const { options, ...kind } = window.chartKinds.configure(readSpec(figure));
    const chart = new Chart(canvas, { ...kind, options: { ...options, responsive: false, devicePixelRatio: SHARPNESS } });
    pen.drawImage(canvas, MARGIN, top + 12, WIDTH - 2 * MARGIN, HEIGHT - top - 2 * MARGIN - 12);
    chart.destroy();
    return paper;
  };

  const savePicture = (Chart, figure) => {
    drawPicture(Chart, figure).toBlob((blob) => window.chartFiles.save(blob, figure.dataset.picture), "image/png");
  };

  const whenPrinting = (Chart) => {
    // Ink is dark and paper light, whatever the theme on the screen.
    let theme;
    window.addEventListener("beforeprint", () => {
      theme = root.dataset.theme;
      root.dataset.theme = "light";
      root.dataset.printing = ""; // the style sheet makes charts as wide as the paper
      drawAll(Chart);
    });
    window.addEventListener("afterprint", () => {
      if (theme) root.dataset.theme = theme;
      else delete root.dataset.theme;
      delete root.dataset.printing;
      drawAgain(Chart);
    });
  };

  Promise.all([library, parsed])
    .then(async ([Chart]) => {
      Chart.defaults.font.family = getComputedStyle(document.body).fontFamily;
      document.addEventListener("themechange", () => drawAgain(Chart));
      document.addEventListener("click", (event) => {
        const button = event.target.closest("[data-save-chart]");
        if (button) savePicture(Chart, button.closest("figure"));
      });
      whenPrinting(Chart);
      await painted();
      const observer = watch(Chart);
      document.addEventListener("htmx:afterSettle", () => watchNew(observer));
    })
    .catch(giveUp);
})();
