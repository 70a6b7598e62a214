// What is asked of every page by whoever uses no mouse, or wants nothing to move.

// Presses Tab through the page: every stop has a ring one can see, and comes after the one before.
export const walk = async (page) => {
  const wrong = [];
  await page.evaluate(() => { document.activeElement?.blur(); window.last = null; scrollTo(0, 0); });
  for (let k = 0; k < 40; k += 1) {
    await page.keyboard.press("Tab");
    const found = await page.evaluate(() => {
      const at = document.activeElement, before = window.last;
      if (!at || at === document.body) return "end";
      window.last = at;
      const name = at.outerHTML.slice(0, 80), style = getComputedStyle(at), box = at.getBoundingClientRect();
      if (at.tabIndex > 0) return `has an order of its own: ${name}`;
      if (before && !(before.compareDocumentPosition(at) & Node.DOCUMENT_POSITION_FOLLOWING)) return `comes before the stop before: ${name}`;
      if (style.outlineStyle === "none" || !box.width) return `no ring to be seen: ${name}`;
      return "";
    });
    if (found === "end") break;
    if (found) wrong.push(found);
  }
  return wrong;
};
// What moves, for somebody who asked that nothing does.
export const moving = () => [...document.querySelectorAll("*")].filter((e) => {
  const style = getComputedStyle(e);
  return style.animationName !== "none" || parseFloat(style.transitionDuration) > 0 || style.scrollBehavior === "smooth";
}).map((e) => e.tagName);
