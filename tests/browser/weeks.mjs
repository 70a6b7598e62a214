// Plays moments of several sessions from a group's page, and prints what came of it as JSON.
//
//   node weeks.mjs CHROMIUM FILE
import { resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { chromium } from "playwright-core";

const [executablePath, file] = process.argv.slice(2);
const browser = await chromium.launch({ executablePath, args: ["--no-sandbox", "--disable-gpu"] });
const page = await browser.newPage({ viewport: { width: 1280, height: 800 } });
const errors = [];
page.on("pageerror", (error) => errors.push(error.message));
page.on("console", (message) => { if (/Content Security Policy/.test(message.text())) errors.push(message.text()); });
await page.goto(pathToFileURL(resolve(file)).href);
const state = () => page.evaluate(() => {
  const sound = document.querySelector("#sound");
  return [sound.getAttribute("src"), sound.currentTime];
});
const playing = () => page.waitForFunction(() => { const sound = document.querySelector("#sound"); return !sound.paused && sound.readyState > 2; });
const heard = { steps: [] };

const links = page.locator(".highlights .play");
heard.wanted = await links.evaluateAll((all) => all.map((link) => link.getAttribute("href")));
// By the keyboard alone: the first moment, then another session's.
for (const k of [0, 1]) {
  await links.nth(k).focus();
  await page.keyboard.press("Enter");
  await playing();
  heard.steps.push([...(await state()), await page.textContent("[data-caption]")]);
}
await page.click('[data-do="play"]');
heard.paused = await page.evaluate(() => document.querySelector("#sound").paused);
heard.ledger = await page.locator("#ledger-table a.hear").evaluateAll((all) => all.map((link) => link.getAttribute("aria-label")));
// A session whose sound was taken away.
await page.evaluate(() => { document.querySelector(".highlights .play").setAttribute("href", "away/sound.m4a#t=3.0"); });
await links.nth(0).click();
await page.waitForFunction(() => document.querySelector("[data-caption]").textContent.includes("away/sound.m4a"));
heard.gone = await page.textContent("[data-caption]");
await browser.close();
console.log(JSON.stringify({ ...heard, errors }));
