// Results by month: sums of the trades that closed in it, in percent of the starting capital.
import { el, scroll, section } from "./dom";
import type { ReportDocument, Scope } from "./document";
import { tradesOfScope } from "./document";
import { counted, fixed, monthName, signed } from "./format";
import { heatStyle } from "./theme";

interface Sum { money: number; trades: number }

export function monthSums(document: ReportDocument, scope: Scope): Map<number, Sum> {
  const sums = new Map<number, Sum>();
  const key = (ms: number) => new Date(ms).getUTCFullYear() * 12 + new Date(ms).getUTCMonth();
  const runs = scope.runs.map((index) => document.runs[index]);
  const last = key(Math.max(...runs.map((run) => run.to)));
  for (let month = key(Math.min(...runs.map((run) => run.from))); month <= last; month++) sums.set(month, { money: 0, trades: 0 });
  for (const trade of tradesOfScope(document, scope)) {
    // What closes with the run's last minute closes at the end of that minute, not in the month that begins then.
    const month = key(Math.min(trade.closedAt, trade.run.to));
    const sum = sums.get(month) ?? { money: 0, trades: 0 };
    sum.money += trade.money;
    sum.trades += 1;
    sums.set(month, sum);
  }
  return sums;
}

export function monthSection(document: ReportDocument, scope: Scope): HTMLElement {
  const sums = monthSums(document, scope);
  const years = [...new Set([...sums.keys()].map((month) => Math.floor(month / 12)))].sort();
  const most = Math.max(...[...sums.values()].map((sum) => Math.abs(sum.money)), 1e-9);
  const share = (money: number) => (100 * money) / scope.money.capital;
  const cell = (sum: Sum | undefined, scale: number) => {
    if (!sum) return el("td", { class: "none" });
    if (sum.trades === 0) return el("td", { class: "none", title: "no trades" }, "\u2013");
    return el("td", { style: heatStyle(sum.money / scale), title: `${fixed(sum.money, 2)} in ${counted(sum.trades, "trade")}` }, signed(share(sum.money), 2));
  };
  const total = (year: number): Sum => {
    const all = [...sums].filter(([month]) => Math.floor(month / 12) === year).map(([, sum]) => sum);
    return { money: all.reduce((a, sum) => a + sum.money, 0), trades: all.reduce((a, sum) => a + sum.trades, 0) };
  };
  const months = [...Array(12).keys()].filter((month) => years.length > 1 || sums.has(years[0] * 12 + month));
  return section("months", "Months", "Percent of the starting capital, by the month in which trades closed.",
    scroll(el("table", { class: "heat" },
      el("thead", null, el("tr", null, el("th", { scope: "col" }, "Month"), ...years.map((year) => el("th", { scope: "col" }, String(year))))),
      el("tbody", null, ...months.map((month) => el("tr", null, el("th", { scope: "row" }, monthName(month)), ...years.map((year) => cell(sums.get(year * 12 + month), most))))),
      el("tfoot", null, el("tr", null, el("th", { scope: "row" }, "Sum"), ...years.map((year) => cell(total(year), most * 3)))))));
}
