// Reviews a session in Chromium as a person would: listens, corrects, undoes, saves, reloads.
// Prints what came of it, and how long a click took, as one JSON object.
//
//   node review.mjs CHROMIUM LINK
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { chromium } from "playwright-core";
import { moving, walk } from "./keyboard.mjs";

const [executablePath, link] = process.argv.slice(2);
const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const browser = await chromium.launch({ executablePath, args: ["--no-sandbox", "--disable-gpu"] });
const context = await browser.newContext({ viewport: { width: 1280, height: 800 }, bypassCSP: true });
const page = await context.newPage();
page.setDefaultTimeout(180_000);
const errors = [], elsewhere = [];
page.on("pageerror", (error) => errors.push(error.message));
page.on("request", (r) => { if (!r.url().startsWith(new URL(link).origin)) elsewhere.push(r.url()); });
const ready = () => page.waitForSelector('body[data-ready="yes"]');
const said = (k) => page.textContent(`.said-all li[data-turn="${k}"]`);
const speaker = (k) => page.textContent(`.said-all li[data-turn="${k}"] b`);
const told = () => page.textContent("#review .state");
const pending = () => page.textContent("#review [data-pending]");
const found = {};

await page.goto(link);
await ready();
found.address = page.url().includes("token");

// Listen to the first voice, then by keys.
await page.click(".voices tbody button >> nth=0");
await page.waitForFunction(() => !document.querySelector("#sound").paused);
found.heard = await page.evaluate(() => document.querySelector("#sound").currentTime);
await page.evaluate(() => document.activeElement.blur());
await page.keyboard.press("k");
found.paused = await page.evaluate(() => document.querySelector("#sound").paused);

// Give the second turn to the third person by a digit, and name a voice.
found.was = [await speaker(1), await said(1)];
await page.click('.said-all li[data-turn="1"] .words');
const began = Date.now();
await page.keyboard.press("3");
await page.waitForSelector('.said-all li[data-turn="1"].differs');
found.click = Date.now() - began;
found.given = await speaker(1);
found.kept = await told();
await page.keyboard.press("u");
await page.waitForSelector('.said-all li[data-turn="1"]:not(.differs)');
found.undone = await speaker(1);
await page.keyboard.press("Shift+U");
await page.waitForSelector('.said-all li[data-turn="1"].differs');
found.again = await speaker(1);

// Choose a person by the keyboard: going through the list decides nothing, and the place is kept.
await page.focus(".voices tbody tr:nth-child(3) select");
await page.keyboard.press("ArrowDown");
found.walked = await pending();
await page.keyboard.press("Enter");
await page.waitForFunction(() => document.querySelector("#review [data-pending]").textContent.endsWith("2"));
found.focus = await page.evaluate(() => document.activeElement.getAttribute("aria-label"));
await page.evaluate(() => document.activeElement.blur());
await page.keyboard.press("u");
await page.waitForFunction(() => document.querySelector("#review [data-pending]").textContent.endsWith("1"));

// Mend words by the keyboard.
await page.keyboard.press("ArrowUp");
await page.keyboard.press("e");
await page.fill(".turn-tools textarea", "how was your week with the orange jam, Ruth?");
await page.keyboard.press("Enter");
await page.waitForSelector('.said-all li[data-turn="0"].differs');
found.mended = await said(0);

// Far down the page the bar is still there, and what was kept can be read.
await page.evaluate(() => window.scrollTo(0, document.documentElement.scrollHeight));
found.bar = await page.evaluate(() => {
  const { top, left } = document.querySelector(".bar-review").getBoundingClientRect();
  return top === 0 && Boolean(document.elementFromPoint(left + 5, 15)?.closest(".bar-review"));
});

// Reject the proposed moment with a note, and mark one that was missed.
await page.evaluate(() => { document.querySelector("#moments details").open = true; });
await page.fill(".judge textarea >> nth=0", "a joke <b>");
await page.click('.judge button:has-text("Keep the note") >> nth=0');
await page.waitForFunction(() => document.querySelector("#review [data-pending]").textContent.endsWith("3"));
await page.click('.judge button:has-text("No") >> nth=0');
await page.waitForSelector('.judge button[aria-pressed="true"]:has-text("No")');
await page.click('.said-all li[data-turn="3"] .words');
await page.keyboard.press("m");
await page.selectOption('.turn-tools select', "repair");
await page.keyboard.press("Tab");
await page.fill(".turn-tools textarea", "she asks again");
await page.keyboard.press("Enter");
await page.waitForSelector(".marked-now li");
found.pending = await pending();
await page.setViewportSize({ width: 390, height: 800 });
found.narrow = await page.evaluate(() => document.documentElement.scrollWidth <= 390 && [...document.querySelectorAll(".voices select")].every((e) => e.getBoundingClientRect().right <= 390));
await page.setViewportSize({ width: 1280, height: 800 });
found.told = await page.evaluate(() => [...document.querySelectorAll(".decisions li")].map((e) => e.textContent).join(" "));
found.boxes = await page.evaluate(() => [...document.querySelectorAll(".moment .box")].filter((e) => e.checkVisibility()).length);

await page.evaluate(() => document.querySelectorAll("details").forEach((d) => { d.open = true; }));
await page.evaluate(() => window.scrollTo(0, 0));
const tall = await page.evaluate(() => document.documentElement.scrollHeight);
await page.setViewportSize({ width: 1280, height: Math.min(tall, 16000) });
await page.evaluate(axe);
found.keyboard = await walk(page);
found.axe = [];
for (const colorScheme of ["light", "dark"]) {
  await page.emulateMedia({ colorScheme, reducedMotion: "reduce" });
  const seen = await page.evaluate(() => axe.run(document, { runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"] }));
  found.axe.push(...(await page.evaluate(moving)));
  found.axe.push(...seen.violations.map((v) => `${colorScheme} ${v.id} x${v.nodes.length}: ${v.nodes[0].html.slice(0, 160)}`));
}
await page.setViewportSize({ width: 1280, height: 800 });

// Save; the page comes anew.  Then a reload by hand: nothing is lost, and the link is used up.
await page.evaluate(() => { document.body.dataset.ready = "old"; document.activeElement.blur(); });
await page.keyboard.press("s");
await ready();
found.saved = await told();
found.after = [await speaker(1), await said(0), await pending()];
await page.reload();
await ready();
found.reloaded = [await speaker(1), await pending()];
found.decisions = await page.evaluate(() => document.querySelectorAll(".decisions li").length);
// The mended words have the therapist say her own name: the next warning, by its key, is that turn.
await page.evaluate(() => document.activeElement.blur());
await page.keyboard.press("w");
await page.waitForFunction(() => !document.querySelector("#sound").paused);
found.look = await page.evaluate(() => [document.activeElement.closest(".look > li")?.textContent, document.querySelector(".said-all > li.chosen")?.dataset.turn]);
await page.keyboard.press("k");
const other = await (await browser.newContext()).newPage();
found.second = (await other.goto(link)).status();
// A page of another site: neither reads nor writes.
await other.goto("about:blank");
found.cross = await other.evaluate(async (base) => {
  const tried = [];
  for (const [what, given] of [["state", {}], ["undo", { method: "POST", body: "{}", headers: { "content-type": "text/plain" }, credentials: "include" }]]) {
    tried.push(await fetch(base + what, given).then((r) => r.status, () => "blocked"));
  }
  return tried;
}, page.url());
await browser.close();
console.log(JSON.stringify({ ...found, errors, elsewhere }));
