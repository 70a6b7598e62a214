// How long the page of a review takes in Chromium: until it is painted, until it can be written, until
// a turn is shown as chosen, and as given to somebody else (each until that is painted).  Between two
// clicks it waits a moment, as a person does.  Prints milliseconds as JSON.
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
const [chosen, given] = await page.evaluate(async () => {
  const frame = () => new Promise((go) => { requestAnimationFrame(() => setTimeout(go)); });  // until it is painted
  const moment = () => new Promise((go) => { setTimeout(go, 250); });
  const rows = [...document.querySelectorAll(".said-all > li")], choosing = [], giving = [];
  for (let k = 0; k < 20; k += 1) {
    const row = rows[Math.floor((k + 0.5) * rows.length / 20)], was = row.querySelector("b").textContent;
    await moment();
    let began = performance.now();
    row.querySelector(".words").click();
    await frame();
    choosing.push(performance.now() - began);
    await moment();
    const button = [...row.querySelectorAll(".turn-tools button")].find((b) => b.textContent.startsWith("5 ") || b.textContent.startsWith("6 "));
    began = performance.now();
    button.click();
    while (row.querySelector("b").textContent === was) await frame();
    await frame();
    giving.push(performance.now() - began);
  }
  return [choosing, giving].map((took) => took.sort((a, b) => a - b));
});
await browser.close();
console.log(JSON.stringify({
  "first paint": painted, "can be written": ready,
  "a turn chosen, median": chosen[10], "a turn chosen, slowest of 20": chosen[19],
  "a turn given, median": given[10], "a turn given, slowest of 20": given[19],
}));
