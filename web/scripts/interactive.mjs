// How long it takes until the console can be used, beside a blank page: node scripts/interactive.mjs --wye BINARY
//   [--rounds 15] [--page FILE]: writes the table into FILE, between its two marks.
//
// Usable is a page when its heading and its first control stand on it, and the main thread is idle for the first time
// after that was drawn: whoever clicks then is answered at once. It is counted from the beginning of the navigation.
import { spawn } from "node:child_process";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { cpus } from "node:os";
import { createInterface } from "node:readline";
import { parseArgs } from "node:util";
import { chromium } from "@playwright/test";

const MARKS = ["<!-- interactive: written by make bench-page -->", "<!-- interactive: end -->"];
const BLANK =
  '<!doctype html><html lang="en"><title>Blank</title><h1>Blank</h1><a href="#">A link</a></html>';

const { values: options } = parseArgs({
  options: { wye: { type: "string" }, rounds: { type: "string", default: "15" }, page: { type: "string" } },
});
if (!options.wye) throw new Error("say which gateway: --wye BINARY");
const ROUNDS = Number(options.rounds);
/** How long a page may take, in milliseconds. */
const PATIENCE = 60_000;

/** The demo without clients of its own, on a port that is free; its address and the password of its users. */
async function demo() {
  const child = spawn(options.wye, ["demo", "--quiet", "--listen", "127.0.0.1:0"], {
    stdio: ["ignore", "pipe", "pipe"],
  });
  const found = {};
  await new Promise((done, fail) => {
    child.once("error", fail);
    child.once("exit", () => fail(new Error(`${options.wye} ended without saying where its console is`)));
    for (const stream of [child.stdout, child.stderr]) {
      createInterface(stream).on("line", (line) => {
        found.url ??= /console\s+(http:\S+)/.exec(line)?.[1];
        found.password ??= /the password of both is (\S+)/.exec(line)?.[1];
        if (found.url && found.password) done();
      });
    }
  });
  return { ...found, child };
}

/** What a browser of somebody who has signed in holds. */
async function signIn({ url, password }) {
  const response = await fetch(`${url}api/v1/session`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ name: "admin", password }),
  });
  if (!response.ok) throw new Error(`signing in: ${response.status} ${await response.text()}`);
  return response.headers.getSetCookie().map((line) => {
    const [, name = "", value = ""] = /^([^=]+)=([^;]*)/.exec(line) ?? [];
    return { name, value, url };
  });
}

/** Runs in the page from its beginning; looks after each change whether what is waited for stands there. */
function watch({ marks, whole }) {
  const seen = (selector) => document.querySelector(selector)?.getClientRects().length > 0;
  const told = { ready: null, usable: null, whole: null, longest: 0 };
  window.told = new Promise((resolve) => {
    const look = () => {
      if (told.ready === null && marks.every(seen)) {
        told.ready = performance.now();
        requestAnimationFrame(() =>
          requestIdleCallback(() => {
            told.usable = performance.now();
            look();
          }),
        );
      }
      if (told.ready !== null && told.whole === null && !document.querySelector(whole))
        told.whole = performance.now();
      if (told.usable !== null && told.whole !== null) resolve(told);
    };
    new MutationObserver(look).observe(document, { childList: true, subtree: true });
  });
  new PerformanceObserver((list) => {
    for (const { duration } of list.getEntries()) told.longest = Math.max(told.longest, duration);
  }).observe({ type: "longtask", buffered: true });
}

/** One cold visit: a browser context that has seen nothing yet. */
async function visit(browser, { address, marks, cookies = [] }) {
  const context = await browser.newContext({ viewport: { width: 1280, height: 800 }, locale: "en-US" });
  await context.addCookies(cookies);
  const page = await context.newPage();
  // Grey bars, each of its own width, stand where text will be.
  await page.addInitScript(watch, { marks, whole: "main .animate-pulse[style]" });
  await page.goto(address, { waitUntil: "commit" });
  const late = new Promise((_, fail) => {
    setTimeout(fail, PATIENCE, new Error(`${address}: not all stood there after ${PATIENCE} ms`)).unref();
  });
  const told = await Promise.race([page.evaluate(() => window.told), late]);
  const sent = await page.evaluate(() =>
    [...performance.getEntriesByType("navigation"), ...performance.getEntriesByType("resource")].map(
      ({ name, transferSize }) => ({ api: name.includes("/api/v1/"), bytes: transferSize }),
    ),
  );
  await context.close();
  const sum = (list) => list.reduce((total, { bytes }) => total + bytes, 0);
  const files = sent.filter(({ api }) => !api);
  return { ...told, files: files.length, bytes: sum(files), apiBytes: sum(sent) - sum(files) };
}

/** A quantile of numbers, between two of them where it falls there. */
function quantile(numbers, share) {
  const sorted = [...numbers].sort((a, b) => a - b);
  const at = (sorted.length - 1) * share;
  const [low, high] = [sorted[Math.floor(at)], sorted[Math.ceil(at)]];
  return low + (high - low) * (at - Math.floor(at));
}

const median = (visits, name) =>
  quantile(
    visits.map((one) => one[name]),
    0.5,
  );

function table(pages, browser) {
  const ms = (value) => value.toFixed(0);
  const blank = median(pages[0].visits, "usable");
  const rows = pages.map(({ name, visits }) => {
    const usable = visits.map((one) => one.usable);
    const kb = (field) => (median(visits, field) / 1000).toFixed(1);
    return `| ${[
      name,
      `${ms(quantile(usable, 0.5))} (${ms(quantile(usable, 0.25))}–${ms(quantile(usable, 0.75))})`,
      `${(quantile(usable, 0.5) / blank).toFixed(1)} ×`,
      ms(median(visits, "ready")),
      ms(median(visits, "whole")),
      ms(median(visits, "longest")),
      median(visits, "files").toFixed(0),
      kb("bytes"),
      kb("apiBytes"),
    ].join(" | ")} |`;
  });
  return `
| page | usable, ms (quartiles) | × blank | heading and control, ms | all figures, ms | longest task, ms | files | KB | KB of the API |
|---|--:|--:|--:|--:|--:|--:|--:|--:|
${rows.join("\n")}

Median of ${ROUNDS} rounds that alternate between the pages; each visit in a fresh browser context, nothing cached. Chromium
${browser.version()}, headless, 1280 × 800, on ${cpus().length} cores that it shares with the gateway (\`wye demo --quiet\`, loopback). *Longest task*: 0 is
none above 50 ms. KB are as they came, compressed, with headers; those of the API up to when all figures stood there.
`;
}

function replaced(text, words) {
  const [start, end] = MARKS.map((mark) => text.indexOf(mark));
  if (start < 0 || end < start) throw new Error(`${options.page} has no marks ${MARKS.join(" … ")}`);
  return `${text.slice(0, start + MARKS[0].length)}\n${words}\n${text.slice(end)}`;
}

const gateway = await demo();
const blank = createServer((_, answer) => answer.writeHead(200, { "content-type": "text/html" }).end(BLANK));
await new Promise((done) => blank.listen(0, "127.0.0.1", done));
const debian = "/usr/bin/chromium";
const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM || (existsSync(debian) ? debian : undefined),
  args: ["--no-sandbox"],
});
try {
  const cookies = await signIn(gateway);
  const pages = [
    { name: "blank", address: `http://127.0.0.1:${blank.address().port}/`, marks: ["h1", "a"] },
    { name: "sign-in", address: `${gateway.url}login`, marks: ["h1", "button[type=submit]"] },
    { name: "overview, signed in", address: gateway.url, marks: ["main h1", "nav a"], cookies },
  ].map((page) => ({ ...page, visits: [] }));
  // The first round is of a browser that has just started, and does not count.
  for (let round = -1; round < ROUNDS; round++) {
    for (let step = 0; step < pages.length; step++) {
      const page = pages[(round + 1 + step) % pages.length];
      const seen = await visit(browser, page);
      if (round >= 0) page.visits.push(seen);
    }
  }
  const words = table(pages, browser);
  console.log(words);
  if (options.page) writeFileSync(options.page, replaced(readFileSync(options.page, "utf8"), words));
} finally {
  await browser.close();
  blank.close();
  gateway.child.kill("SIGTERM");
}
