// Opens reports in Chromium: screenshots at three widths, axe-core in light and dark, horizontal overflow
// (of terms too), the way of the keyboard, what moves, and html-validate on the files.  Prints one JSON object.
//
//   node check.mjs CHROMIUM OUT FILE...
import { createRequire } from "node:module";
import { readFileSync } from "node:fs";
import { basename, join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { chromium } from "playwright-core";
import { HtmlValidate } from "html-validate";
import { moving, walk } from "./keyboard.mjs";

const [executablePath, out, ...files] = process.argv.slice(2);
const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const rules = {
  extends: ["html-validate:standard"],
  rules: {
    // Style of the source, not validity of the page.
    "no-trailing-whitespace": "off",
    "long-title": "off",
    "no-inline-style": "off",
    "prefer-native-element": "off",
    "attribute-boolean-style": "off",
    "void-style": "off",
    // Scrollable tables take the focus, so that a keyboard can scroll them.
    "prefer-tbody": "off",
  },
};
const validator = new HtmlValidate(rules);
const browser = await chromium.launch({ executablePath, args: ["--no-sandbox", "--disable-gpu"] });
// Words (with a letter in them) that a reader sees before scrolling, the titles of folded parts apart.
const firstScreen = () => {
  const seen = [], walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const node = walker.currentNode, range = document.createRange();
    range.selectNodeContents(node);
    const box = range.getBoundingClientRect(), bar = document.querySelector("#player")?.offsetHeight ?? 0;
    const hidden = node.parentElement.closest("script, .sr, thead, .skip, [hidden], .deeper, footer");
    if (!hidden && box.width && box.top < innerHeight - bar) seen.push(...node.data.trim().split(/\s+/));
  }
  return seen.filter((word) => /\p{L}/u.test(word)).length;
};
const report = {};
for (const file of files) {
  const name = basename(file, ".html");
  const found = { axe: [], html: [], requests: [], keyboard: [], moving: [], overflow: {}, scripts: 0, words: 0, first: "", skipped: "" };
  const checked = await validator.validateString(readFileSync(file, "utf8"));
  for (const message of checked.results.flatMap((r) => r.messages)) {
    found.html.push(`${message.line}:${message.column} ${message.ruleId}: ${message.message}`);
  }
  for (const [label, width, height] of [["1280", 1280, 900], ["390", 390, 844], ["dark", 1280, 900]]) {
    // axe runs as the tester's script; the page's own policy would forbid it.
    const context = await browser.newContext({ viewport: { width, height }, bypassCSP: true, colorScheme: label === "dark" ? "dark" : "light", reducedMotion: "reduce" });
    const page = await context.newPage();
    page.on("request", (r) => { if (r.url() !== pathToFileURL(resolve(file)).href && !r.url().endsWith("/sound.m4a")) found.requests.push(r.url()); });
    await page.goto(pathToFileURL(resolve(file)).href);
    await page.screenshot({ path: join(out, `${name}-${label}.png`), fullPage: true });
    found.overflow[label] = await page.evaluate(
      () => Math.max(...[document.documentElement, ...document.querySelectorAll(".brief dt, .whole .scroll")].map(
        (box) => box.scrollWidth - box.clientWidth)));
    found.scripts += await page.evaluate(() => document.scripts.length + (window.executed ?? 0) * 100);
    if (label === "1280") {
      await page.setViewportSize({ width: 1280, height: 800 });
      found.words = await page.evaluate(firstScreen);
      found.keyboard = await walk(page);
      found.moving = await page.evaluate(moving);
    }
    await page.evaluate(() => document.querySelectorAll("details").forEach((d) => { d.open = true; }));
    // As tall as the page, so that what the player lies over for the moment is not called too small.
    const tall = await page.evaluate(() => document.documentElement.scrollHeight);
    await page.setViewportSize({ width, height: Math.min(tall, 16000) });
    await page.evaluate(axe);
    const result = await page.evaluate(() => axe.run(document, {
      runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"] }));
    for (const violation of result.violations) {
      found.axe.push(`${label} ${violation.id} x${violation.nodes.length}: ${violation.nodes[0].html.slice(0, 160)}`);
    }
    if (label === "1280") {
      // The first stop of the keyboard is the link that skips to the summary.
      await page.evaluate(() => document.activeElement?.blur());
      await page.keyboard.press("Tab");
      found.first = await page.evaluate(() => document.activeElement?.className ?? "");
      await page.keyboard.press("Enter");
      found.skipped = await page.evaluate(() => location.hash);
    }
    if (label === "1280" && file === files[0]) {
      await page.emulateMedia({ media: "print" });
      await page.setViewportSize({ width: 794, height: 1123 });
      await page.screenshot({ path: join(out, `${name}-print.png`), fullPage: true });
      for (const paper of ["A4", "Letter"]) {
        await page.pdf({ path: join(out, `${name}-print-${paper.toLowerCase()}.pdf`), format: paper, preferCSSPageSize: false });
      }
    }
    await context.close();
  }
  report[name] = found;
}
await browser.close();
console.log(JSON.stringify(report, null, 1));
