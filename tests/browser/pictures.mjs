// Photographs pages in Chromium, on a screen of a given width, light or dark, and prints them.
//
//   node pictures.mjs CHROMIUM FOLDER JOBS
//
// JOBS is JSON: {login, shots: [{url, file, width, height, dark, top}], prints: [{url, file}]}.  Files are
// written into FOLDER.  The link `login`, good for one use, is opened first; where it led to stands for
// the address "review".
import { join } from "node:path";
import { chromium } from "playwright-core";

const [executablePath, folder, jobs] = process.argv.slice(2);
const { login, shots, prints } = JSON.parse(jobs);
const browser = await chromium.launch({ executablePath, args: ["--no-sandbox", "--disable-gpu"] });
const page = await (await browser.newContext()).newPage();
page.setDefaultTimeout(120_000);
let review = null;
const open = async (url) => {
  await page.goto(url === "review" ? review : url);
  if (url === "review") await page.waitForSelector('body[data-ready="yes"]');
};
if (login) {
  await page.goto(login);
  review = page.url();
}
for (const { url, file, width, height, dark, top } of shots) {
  await page.setViewportSize({ width, height });
  await page.emulateMedia({ colorScheme: dark ? "dark" : "light", media: "screen" });
  await open(url);
  // A page that is shorter than the picture ends it.
  const end = await page.evaluate(() => Math.ceil(document.body.getBoundingClientRect().bottom));
  await page.setViewportSize({ width, height: Math.max(200, Math.min(height, end)) });
  await page.evaluate((what) => scrollTo(0, document.querySelector(what).getBoundingClientRect().top + scrollY), top);
  await page.screenshot({ path: join(folder, file) });
}
for (const { url, file } of prints) {
  await page.emulateMedia({ colorScheme: "light", media: null });
  await open(url);
  await page.pdf({ path: join(folder, file), format: "A4", preferCSSPageSize: true, printBackground: true });
}
await browser.close();
