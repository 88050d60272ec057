// Chromium and the pages that the program writes, for the tests and the measurements of this folder.
import { execFileSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { createRequire } from "node:module";

export async function openBrowser(checkout) {
  const { chromium } = createRequire(`${checkout}/web/report/package.json`)("playwright-core");
  return chromium.launch({ executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium", args: ["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"] });
}

/** Two days of candles as CSV: a wave around 100 whose last close is the return value. */
export function writeCandles(file, shift = 0, minutes = 2880, start = 1704067200000) {
  let text = "timestamp,open,high,low,close,volume\n", last = 0;
  for (let i = 0; i < minutes; i++) {
    const wave = 100 + 4 * Math.sin((i + shift) / 180) + 1.5 * Math.sin((i + shift) / 31);
    last = Number((wave + 0.02).toFixed(2));
    text += `${start + i * 60000},${wave.toFixed(2)},${(wave + 0.3).toFixed(2)},${(wave - 0.3).toFixed(2)},${last},${10 + (i % 7)}\n`;
  }
  writeFileSync(file, text);
  return last;
}

export function runProgram(program, words, folder) {
  return execFileSync(program, words, { cwd: folder, encoding: "utf8", stdio: ["ignore", "pipe", "pipe"] });
}
