// How the results of trades are spread, and what closed them.
import uPlot from "uplot";
import { digitsOf, live, valueAxis } from "./chart";
import { el, mood, scroll, section } from "./dom";
import type { ReportDocument, Scope, Trade } from "./document";
import { tradesOfScope } from "./document";
import { count, counted, fixed, percent, signed, signedPercent, words } from "./format";
import { FONT, theme } from "./theme";

const FEWEST = 12;  // bins, so that the bar of a single trade is no wider than others

/** Bins of a round width with zero on an edge; outliers are gathered in the outermost bins. */
export function bins(values: number[]): { width: number; first: number; counts: number[] } {
  const sorted = [...values].sort((a, b) => a - b);
  const at = (share: number) => sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))];
  const reach = Math.max(Math.abs(at(0.01)), Math.abs(at(0.99)), 0.1);
  const rough = (2 * reach) / 36, power = 10 ** Math.floor(Math.log10(rough));
  const width = power * [1, 2, 2.5, 5, 10].find((step) => step * power >= rough)!;
  const lowest = Math.floor(Math.max(at(0), -reach) / width), highest = Math.floor(Math.min(at(1), reach) / width);
  const beside = Math.max(0, Math.ceil((FEWEST - (highest - lowest + 1)) / 2));
  const counts = new Array(highest - lowest + 1 + 2 * beside).fill(0);
  for (const value of values) counts[Math.min(Math.max(Math.floor(value / width), lowest), highest) - lowest + beside]++;
  return { width, first: (lowest - beside) * width, counts };
}

function histogram(trades: Trade[]): HTMLElement {
  const place = el("div", { class: "chart", role: "img" });
  const { width: step, first, counts } = bins(trades.map((trade) => trade.percent));
  const digits = digitsOf(step);
  const legend = el("p", { class: "legend" });
  const middles = counts.map((_, i) => first + (i + 0.5) * step);
  const mean = trades.reduce((sum, trade) => sum + trade.percent, 0) / trades.length;
  place.setAttribute("aria-label", `Distribution of ${counted(trades.length, "result")}, mean ${signedPercent(mean)}`);
  const rest = () => legend.replaceChildren(el("span", null, "Line: the average trade, ", el("b", { class: mood(mean) }, signedPercent(mean))));
  rest();
  requestAnimationFrame(() => live(place, 240, (width) => new uPlot({
    width, height: 240, padding: [10, 12, 0, 0], legend: { show: false },
    cursor: { drag: { x: false, y: false, setScale: false }, y: false, points: { show: false } },
    scales: { x: { time: false, range: () => [first - step / 2, first + (counts.length + 0.5) * step] }, y: { range: (_, __, high) => [0, Math.max(1, high * 1.08)] } },
    axes: [
      valueAxis((value, tickDigits) => signed(value, tickDigits) + " %", { side: 2, size: 28, space: 60, grid: { show: false } }),
      valueAxis((value) => fixed(value, 0), { side: 3, incrs: [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10000] }),
    ],
    series: [
      {},
      bars(() => theme().bad), bars(() => theme().good),
    ],
    hooks: {
      setCursor: [(u) => {
        const i = u.cursor.idx;
        if (i === null || i === undefined || (u.cursor.left ?? -1) < 0) return rest();
        legend.replaceChildren(el("span", null, `${signed(first + i * step, digits)} to ${signed(first + (i + 1) * step, digits)} %: `), el("b", null, counted(counts[i], "trade")));
      }],
      draw: [(u) => {
        const x = u.valToPos(mean, "x", true);
        u.ctx.save();
        u.ctx.strokeStyle = theme().ink;
        u.ctx.lineWidth = devicePixelRatio;
        u.ctx.setLineDash([4 * devicePixelRatio, 3 * devicePixelRatio]);
        u.ctx.font = FONT;
        u.ctx.beginPath();
        u.ctx.moveTo(x, u.bbox.top);
        u.ctx.lineTo(x, u.bbox.top + u.bbox.height);
        u.ctx.stroke();
        u.ctx.restore();
      }],
    },
  }, [middles, counts.map((n, i) => (middles[i] < 0 ? n : null)), counts.map((n, i) => (middles[i] >= 0 ? n : null))] as uPlot.AlignedData, place)));
  return el("div", null, legend, place);
}

const bars = (color: () => string): uPlot.Series =>
  ({ fill: color, stroke: color, width: 0, paths: uPlot.paths.bars!({ size: [1, Infinity], gap: 1, radius: 0.08 }), points: { show: false } });

function groups(trades: Trade[], key: (trade: Trade) => string, label: string): HTMLElement {
  const rows = new Map<string, Trade[]>();
  for (const trade of trades) rows.set(key(trade), [...(rows.get(key(trade)) ?? []), trade]);
  const sorted = [...rows].sort((a, b) => b[1].length - a[1].length);
  return scroll(el("table", { class: "plain" },
    el("thead", null, el("tr", null, ...[label, "Trades", "Won", "Average", "Sum"].map((text) => el("th", { scope: "col" }, text)))),
    el("tbody", null, ...sorted.map(([name, list]) => {
      const money = list.reduce((sum, trade) => sum + trade.money, 0);
      const mean = list.reduce((sum, trade) => sum + trade.percent, 0) / list.length;
      return el("tr", null, el("th", { scope: "row" }, words(name)), el("td", null, count(list.length)),
        el("td", null, percent((100 * list.filter((trade) => trade.percent > 0).length) / list.length, 0)),
        el("td", { class: mood(mean) }, signedPercent(mean)), el("td", { class: mood(money) }, signed(money, 2)));
    }))));
}

export function spreadSection(document: ReportDocument, scope: Scope): HTMLElement {
  const trades = tradesOfScope(document, scope);
  if (trades.length === 0) return section("spread", "Distribution of trades", "", el("p", { class: "none" }, "No trades."));
  const both = new Set(trades.map((trade) => trade.long)).size > 1;
  return section("spread", "Distribution of trades", "Results after costs, percent of the stake. The outermost bars hold everything beyond.",
    histogram(trades), groups(trades, (trade) => trade.reason, "Closed by"),
    both ? groups(trades, (trade) => (trade.long ? "long" : "short"), "Side") : null);
}
