// Lighthouse on pages of a site: node audit_lighthouse.mjs < request.json
// The request: {address, cookies, paths, chromium, cdn, library, least, runs, minutes}. Prints a line of JSON for
// each page: {path, runs, missed, control} or {path, failed}; a page that fails does not end the audit.
// A page is visited as for the first time, without anything of it kept. What is below `least` is measured `runs`
// times and counts for its median, beside `control`: a page with nothing on it, at the same moment.
// What the pages take from the CDN is answered with the file of the npm package.
import { readFileSync } from "node:fs";
import lighthouse, { desktopConfig } from "lighthouse";
import puppeteer from "puppeteer-core";

const CATEGORIES = ["accessibility", "best-practices", "performance"];
const FIGURES = {
    tbt: "total-blocking-time", lcp: "largest-contentful-paint", cls: "cumulative-layout-shift", fcp: "first-contentful-paint",
};
const LOST = 3; // a trace of Chromium can lack its beginning: such a run is made again, this often
const PATIENCE = 120_000; // milliseconds for one run
const CONTROL = "/control-of-the-audit/";
const NOTHING = "<!doctype html><html lang='en'><head><meta charset='utf-8'><title>Control</title>"
    + "<meta name='viewport' content='width=device-width'></head><body><main><h1>Control</h1></main></body></html>";

const request = JSON.parse(readFileSync(0, "utf8"));
const library = readFileSync(request.library);
const deadline = Date.now() + 60_000 * request.minutes;
let browser;

async function openBrowser() {
    await browser?.close().catch(() => {}); // it may be gone already
    browser = await puppeteer.launch({
        executablePath: request.chromium,
        args: ["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"],
    });
    await browser.setCookie(...request.cookies);
}

async function openPage() {
    const page = await browser.newPage();
    const session = await page.createCDPSession();
    const answer = (requestId, type, body, more = []) =>
        session.send("Fetch.fulfillRequest", {
            requestId, responseCode: 200, body: Buffer.from(body).toString("base64"),
            responseHeaders: [{ name: "Content-Type", value: type }, ...more],
        }).catch(() => {}); // the page was closed meanwhile
    session.on("Fetch.requestPaused", ({ requestId, request: { url } }) => {
        if (url.endsWith(CONTROL)) return answer(requestId, "text/html", NOTHING);
        return answer(requestId, "application/javascript", library, [
            { name: "Access-Control-Allow-Origin", value: "*" },
            { name: "Cache-Control", value: "public, max-age=31536000, immutable" },
        ]);
    });
    await session.send("Fetch.enable", { patterns: [`${request.cdn}/*`, `*${CONTROL}`].map((urlPattern) => ({ urlPattern })) });
    return page;
}

async function visit(path, categories) {
    const page = await openPage();
    const { lhr } = await lighthouse(
        request.address + path, { onlyCategories: categories, logLevel: "silent" }, desktopConfig, page,
    );
    await page.close();
    if (lhr.runtimeError) throw new Error(lhr.runtimeError.message);
    return lhr;
}

async function visitInTime(path, categories) {
    let timer;
    const late = new Promise((_, reject) => {
        timer = setTimeout(() => reject(new Error(`nothing after ${PATIENCE / 1000} seconds`)), PATIENCE);
    });
    try {
        return await Promise.race([visit(path, categories), late]);
    } finally {
        clearTimeout(timer);
    }
}

// Returns what one run found; throws when it was lost again and again.
async function measure(path, categories = CATEGORIES) {
    for (let lost = 1; ; lost += 1) {
        try {
            const lhr = await visitInTime(path, categories);
            const scores = Object.fromEntries(categories.map((name) => [name, Math.round(lhr.categories[name].score * 100)]));
            const figures = Object.entries(FIGURES).map(([name, audit]) => [name, lhr.audits[audit]?.numericValue ?? null]);
            const missed = Object.fromEntries(categories.map((name) => [name, listMissed(lhr, name)]));
            return { scores, missed, ...Object.fromEntries(figures) };
        } catch (error) {
            await openBrowser();
            if (lost === LOST) throw error;
        }
    }
}

const listMissed = (lhr, name) =>
    lhr.categories[name].auditRefs
        .map(({ id, weight }) => ({ ...lhr.audits[id], weight }))
        .filter(({ score, weight }) => score !== null && score < 0.9 && weight > 0)
        .map(({ id, displayValue }) => `${id} ${displayValue ?? ""}`.trim());

const performance = ({ scores }) => scores.performance;
const isLow = ({ scores }) => CATEGORIES.some((name) => scores[name] < request.least[name]);

async function judge(path) {
    const runs = [await measure(path)];
    if (!isLow(runs[0])) return { path, found: runs[0], runs: [performance(runs[0])], control: null };
    const control = await measure(CONTROL, ["performance"]);
    while (runs.length < request.runs) runs.push(await measure(path));
    const found = [...runs].sort((one, other) => performance(one) - performance(other))[Math.floor(runs.length / 2)];
    return { path, found, runs: runs.map(performance), control };
}

await openBrowser();
for (const path of request.paths) {
    let result;
    try {
        result = Date.now() > deadline ? { path, failed: `not reached within ${request.minutes} minutes` } : await judge(path);
    } catch (error) {
        result = { path, failed: error.message };
    }
    console.log(JSON.stringify(result));
}
await browser.close();
