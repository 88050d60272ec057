// How a page with a year of candles behaves: its size, the time until the charts stand, frames a second while the
// price chart is dragged. Prints, judges nothing. Usage: node measure.mjs PAGE.html CHECKOUT
import { statSync } from "node:fs";
import { openBrowser } from "./browser.mjs";

const [file, checkout] = process.argv.slice(2);
const browser = await openBrowser(checkout);
const page = await browser.newPage({ viewport: { width: 1280, height: 900 } });
const began = Date.now();
await page.goto("file://" + encodeURI(file));
await page.waitForSelector("html[data-ready]");
await page.evaluate(() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done))));
const ready = Date.now() - began;
const paint = await page.evaluate(() => performance.getEntriesByName("first-contentful-paint")[0]?.startTime);
console.log(`file ${(statSync(file).size / 1e6).toFixed(2)} MB, first paint ${Math.round(paint)} ms, charts drawn ${ready} ms`);

for (const period of ["All", "1M", "1W", "1D"]) {
  await page.click(`#price button:text-is("${period}")`);
  const box = await page.locator("#price .price .u-over").boundingBox();
  await page.mouse.move(box.x + box.width / 2, box.y + box.height / 2);
  await page.mouse.down();
  await page.evaluate(() => {
    window.frames_ = [];
    const tick = (at) => { window.frames_.push(at); window.ticking = requestAnimationFrame(tick); };
    requestAnimationFrame(tick);
  });
  for (let i = 0; i < 120; i++) await page.mouse.move(box.x + box.width / 2 + 300 * Math.sin(i / 12), box.y + box.height / 2);
  await page.mouse.up();
  const spent = await page.evaluate(() => {
    cancelAnimationFrame(window.ticking);
    return window.frames_.slice(1).map((at, i) => at - window.frames_[i]);
  });
  const sorted = [...spent].sort((a, b) => a - b);
  const name = await page.textContent("#price .legend b");
  console.log(`dragging ${period} (${name}): ${(1000 * spent.length / spent.reduce((a, b) => a + b, 0)).toFixed(0)} frames/s, ` +
    `median ${sorted[sorted.length >> 1].toFixed(1)} ms, longest ${sorted[sorted.length - 1].toFixed(1)} ms`);
}
await browser.close();
