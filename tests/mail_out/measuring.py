"""What is wrong with how an e-mail looks, measured in the browser that shows it: where its text lies, and its colours."""

from playwright.async_api import Page

from services.notifier.branding import CONTRAST_MIN

FONT_MIN_PX = 12
"""Source: judgement; the smallest that phones show without being asked to zoom."""
BUTTON_MIN_PX = 44
"""Source: WCAG 2.2, success criterion 2.5.5, target size."""
_MEASURE = r"""
([contrastMin, fontMin, buttonMin]) => {
  const wrong = [], boxes = [], width = document.documentElement.clientWidth;
  const say = (what, text) => wrong.push(`${what}: ${text.trim().slice(0, 60)}`);
  const parsed = color => {
    const [r, g, b, a = 1] = color.match(/[\d.]+/g).map(Number);
    return [r, g, b, a];
  };
  const over = (top, ground) => top.slice(0, 3).map((each, i) => each * top[3] + ground[i] * (1 - top[3]));
  const ground = element => {
    if (!element) return [255, 255, 255];
    const style = getComputedStyle(element), color = parsed(style.backgroundColor);
    if (style.backgroundImage !== "none") throw new Error("a picture behind text is not measured");
    return color[3] === 1 ? color.slice(0, 3) : over(color, ground(element.parentElement));
  };
  const light = color => {
    const [r, g, b] = color.map(each => each / 255).map(
      each => each <= 0.04045 ? each / 12.92 : ((each + 0.055) / 1.055) ** 2.4);
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const contrast = (one, other) => {
    const [high, low] = [light(one), light(other)].sort((a, b) => b - a);
    return (high + 0.05) / (low + 0.05);
  };
  if (document.documentElement.scrollWidth > width) say("scrolls sideways", document.title);
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  for (let node; node = walker.nextNode();) {
    const text = node.textContent, element = node.parentElement, style = getComputedStyle(element);
    if (!text.trim() || ["STYLE", "SCRIPT"].includes(element.tagName)) continue;
    const range = document.createRange();
    range.selectNodeContents(node);
    const rects = [...range.getClientRects()].filter(each => each.width > 0.5 && each.height > 0.5);
    if (!rects.length || style.visibility !== "visible") { say("not shown", text); continue; }
    for (const rect of rects) {
      if (rect.left < 0 || rect.right > width + 0.5) say("outside the window", text);
      for (let holder = element; holder !== document.body; holder = holder.parentElement) {
        if (getComputedStyle(holder).display === "inline") continue;
        const box = holder.getBoundingClientRect();
        if (rect.left < box.left - 0.5 || rect.right > box.right + 0.5) say("sticks out sideways", text);
        if (rect.top < box.top - 4 || rect.bottom > box.bottom + 4) say("sticks out above or below", text);
      }
      for (const [other, what] of boxes) {
        const wide = Math.min(rect.right, other.right) - Math.max(rect.left, other.left);
        const high = Math.min(rect.bottom, other.bottom) - Math.max(rect.top, other.top);
        if (wide > 1 && high > 4) say(`lies on "${what.trim().slice(0, 30)}"`, text);
      }
    }
    boxes.push(...rects.map(each => [each, text]));
    if (parseFloat(style.fontSize) < fontMin) say("too small", text);
    const found = contrast(over(parsed(style.color), ground(element)), ground(element));
    if (found < contrastMin) say(`contrast ${found.toFixed(2)}`, text);
    for (const number of text.matchAll(/\b\d{4}-\d{6}\b/g)) {
      range.setStart(node, number.index);
      range.setEnd(node, number.index + number[0].length);
      if (new Set([...range.getClientRects()].map(each => Math.round(each.top))).size > 1) say("broken number", text);
    }
  }
  for (const button of document.querySelectorAll("a")) {
    const box = button.getBoundingClientRect();
    if (getComputedStyle(button).display === "inline-block" && box.height < buttonMin)
      say("hard to hit", button.textContent);
  }
  return wrong;
}
"""


async def faults(page: Page) -> list[str]:
    """What a person would complain of on this page, each with the text that it befalls; [] where all is well.

    Text that is cut, covered, broken off, outside of what it belongs in, too small or too faint; numbers of tickets on
    two lines; buttons that are hard to hit; a page that scrolls sideways.
    """
    found: list[str] = await page.evaluate(_MEASURE, [CONTRAST_MIN, FONT_MIN_PX, BUTTON_MIN_PX])
    return found
