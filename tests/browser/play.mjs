// Plays a session's page in Chromium as a reader would, and prints what came of it as JSON.
//
//   node play.mjs CHROMIUM FILE
import { resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { chromium } from "playwright-core";

const [executablePath, file] = process.argv.slice(2);
const browser = await chromium.launch({ executablePath, args: ["--no-sandbox", "--disable-gpu"] });
const page = await browser.newPage({ viewport: { width: 1280, height: 800 } });
const errors = [];
page.on("pageerror", (error) => errors.push(error.message));
await page.goto(pathToFileURL(resolve(file)).href);
const at = () => page.evaluate(() => document.querySelector("#sound").currentTime);
const heard = {};

await page.click(".play >> nth=0");
await page.waitForFunction(() => !document.querySelector("#sound").paused);
heard.moment = await at();
heard.wanted = await page.getAttribute(".play >> nth=0", "href");
heard.caption = await page.textContent("[data-caption]");
heard.button = await page.getAttribute('[data-do="play"]', "aria-label");
await page.click('[data-do="play"]');
heard.paused = await page.evaluate(() => document.querySelector("#sound").paused);

const lane = await page.locator(".hour").first().boundingBox();
await page.mouse.click(lane.x + lane.width / 2, lane.y + lane.height / 2);
await page.waitForFunction(() => !document.querySelector("#sound").paused);
heard.half = await at();
await page.click('[data-do="play"]');

await page.focus('#player input[type="range"]');
const before = await at();
await page.keyboard.press("ArrowRight");
await page.waitForFunction((was) => document.querySelector("#sound").currentTime > was, before);
heard.step = (await at()) - before;

await page.click("#transcript summary");
await page.fill('input[type="search"]', "evenings");
heard.shown = await page.evaluate(() => [...document.querySelectorAll(".said-all > li:not([hidden])")].map((line) => line.textContent));
heard.told = await page.textContent(".told");
await page.focus('.said-all li:not([hidden]) a');
const first = await page.evaluate(() => document.activeElement.getAttribute("href"));
await page.keyboard.press("ArrowDown");
heard.moved = first !== (await page.evaluate(() => document.activeElement.getAttribute("href")));
heard.stops = await page.evaluate(() => document.querySelectorAll('.said-all a[tabindex="0"]').length);

await page.click('a[href="#moment-1"] >> nth=0');
heard.opened = await page.evaluate(() => document.querySelector("#moment-1").closest("details").open);
await browser.close();
console.log(JSON.stringify({ ...heard, errors }));
