// How long the page of a review takes in Chromium: until it is painted, until it can be written, and
// until a turn that is given to somebody else is shown so.  Prints milliseconds as JSON.
//
//   node review_speed.mjs CHROMIUM LINK
import { chromium } from "playwright-core";

const [executablePath, link] = process.argv.slice(2);
const browser = await chromium.launch({ executablePath, args: ["--no-sandbox", "--disable-gpu"] });
const page = await browser.newPage({ viewport: { width: 1280, height: 800 } });
page.setDefaultTimeout(180_000);
await page.goto(link);
await page.waitForSelector('body[data-ready="yes"]');
await page.reload();
await page.waitForSelector('body[data-ready="yes"]');
const painted = await page.evaluate(() => performance.getEntriesByName("first-contentful-paint")[0].startTime);
const ready = await page.evaluate(() => performance.now());
const clicks = await page.evaluate(async () => {
  const took = [];
  const rows = [...document.querySelectorAll(".said-all > li")];
  for (let k = 0; k < 20; k += 1) {
    const row = rows[Math.floor((k + 0.5) * rows.length / 20)];
    row.querySelector(".words").click();
    const was = row.querySelector("b").textContent;
    const button = [...row.querySelectorAll(".turn-tools button")].find((b) => b.textContent.startsWith("5 ") || b.textContent.startsWith("6 "));
    const began = performance.now();
    button.click();
    while (row.querySelector("b").textContent === was) await new Promise((go) => { requestAnimationFrame(go); });
    took.push(performance.now() - began);
  }
  return took.sort((a, b) => a - b);
});
const chosen = await page.evaluate(async () => {
  const took = [];
  const rows = [...document.querySelectorAll(".said-all > li")];
  for (let k = 0; k < 20; k += 1) {
    const row = rows[Math.floor((k + 0.3) * rows.length / 20)];
    const began = performance.now();
    row.querySelector(".words").click();
    await new Promise((go) => { requestAnimationFrame(go); });
    took.push(performance.now() - began);
  }
  return took.sort((a, b) => a - b);
});
await browser.close();
console.log(JSON.stringify({
  "first paint": painted, "can be written": ready,
  "a turn chosen, median": chosen[10], "a turn chosen, slowest of 20": chosen[19],
  "a turn given, median": clicks[10], "a turn given, slowest of 20": clicks[19],
}));
