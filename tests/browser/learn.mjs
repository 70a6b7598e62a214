// Learns from a session in Chromium as a trainee would: nothing is shown before it is asked for.
//
//   node learn.mjs CHROMIUM LINK
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { chromium } from "playwright-core";
import { moving, walk } from "./keyboard.mjs";

const [executablePath, link] = process.argv.slice(2);
const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const browser = await chromium.launch({ executablePath, args: ["--no-sandbox", "--disable-gpu"] });
const page = await (await browser.newContext({ viewport: { width: 1280, height: 800 }, bypassCSP: true })).newPage();
page.setDefaultTimeout(180_000);
const errors = [];
page.on("pageerror", (error) => errors.push(error.message));
await page.goto(link);
await page.waitForSelector('body[data-ready="yes"]');
const found = { hidden: await page.evaluate(() => !document.querySelector(".highlights, .over .mark, .moment")) };
found.hint = await page.evaluate(() => [...document.querySelectorAll(".brief > .why, #moments")].every((e) => getComputedStyle(e).display === "none"));
await page.click('.said-all li[data-turn="1"] .words');
await page.selectOption('[name="kind"]', "confrontation");
await page.fill("#review textarea", "her tone");
await page.evaluate(() => document.activeElement.blur());
await page.keyboard.press("m");
await page.waitForSelector(".marks li");
found.before = await page.evaluate(() => document.querySelector(".shown").hidden);
await page.click('[data-key="reveal"]');
await page.waitForSelector(".beside tbody tr");
found.agree = await page.textContent(".agree");
found.lines = await page.evaluate(() => [...document.querySelectorAll(".beside tbody tr")].map((row) => row.textContent));
await page.evaluate(axe);
found.keyboard = await walk(page);
found.axe = [];
for (const colorScheme of ["light", "dark"]) {
  await page.emulateMedia({ colorScheme, reducedMotion: "reduce" });
  const seen = await page.evaluate(() => axe.run(document.querySelector("#review"), { runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"] }));
  found.axe.push(...(await page.evaluate(moving)));
  found.axe.push(...seen.violations.map((v) => `${colorScheme} ${v.id} x${v.nodes.length}: ${v.nodes[0].html.slice(0, 160)}`));
}
await page.reload();
await page.waitForSelector(".beside tbody tr");
await browser.close();
console.log(JSON.stringify({ ...found, errors }));
