// What the starting capital became, trade by trade, and how deep it stood below its highest level.
import uPlot from "uplot";
import { live, timeAxis, utc, valueAxis } from "./chart";
import { el, section } from "./dom";
import type { ReportDocument, Scope } from "./document";
import { tradesOfScope } from "./document";
import { fixed, moment, percent, signedPercent } from "./format";
import { marketOf } from "./candles";
import { theme } from "./theme";

interface Curve { label: string; time: number[]; value: number[] }

/** Capital after each close; the frame's ends are on it, too. */
export function equityCurve(document: ReportDocument, scope: Scope): Curve {
  const runs = scope.runs.map((index) => document.runs[index]);
  const from = Math.min(...runs.map((run) => run.from)) / 1000;
  const to = Math.max(...runs.map((run) => run.to)) / 1000;
  const time = [from], value = [scope.money.capital];
  let capital = scope.money.capital;
  for (const trade of tradesOfScope(document, scope)) {
    capital += trade.money;
    const at = trade.closedAt / 1000;
    if (at === time[time.length - 1] && time.length > 1) value[value.length - 1] = capital;
    else {
      time.push(at);
      value.push(capital);
    }
  }
  if (to > time[time.length - 1]) {
    time.push(to);
    value.push(capital);
  }
  return { label: scope.label, time, value };
}

export function drawdown(values: number[]): number[] {
  let peak = -Infinity;
  return values.map((value) => {
    peak = Math.max(peak, value);
    return peak > 0 ? ((value - peak) / peak) * 100 : 0;
  });
}

/** The value of `curve` at each of `times`: that of its newest point. */
function sampled(curve: Curve, times: number[]): (number | null)[] {
  let at = -1;
  return times.map((time) => {
    while (at + 1 < curve.time.length && curve.time[at + 1] <= time) at++;
    return at < 0 ? null : curve.value[at];
  });
}

/** From the first open on, as the figure of buying and holding is counted; then the close of each hour. */
async function holdCurve(document: ReportDocument, scope: Scope): Promise<Curve | null> {
  const run = document.runs[scope.runs[0]];
  if (scope.runs.length !== 1 || run.series === null) return null;
  const market = await marketOf(document.series[run.series]);
  const { minutes } = market, hours = market.level(60);
  const begin = minutes.time.findIndex((at) => at >= run.from / 1000);
  if (begin < 0) return null;
  const first = minutes.open[begin];
  const time = [minutes.time[begin]], value = [first];
  const end = run.to / 1000 + 60;
  for (let i = 0; i < hours.time.length; i++) {
    const closed = Math.min(hours.time[i] + 3600, end);
    if (closed <= time[time.length - 1]) continue;
    time.push(closed);
    value.push(hours.close[i]);
  }
  return { label: "Buy and hold", time, value: value.map((price) => (scope.money.capital * price) / first) };
}

const MOST_OTHERS = 12;

export function equitySection(document: ReportDocument, scope: Scope): HTMLElement {
  const main = equityCurve(document, scope);
  const others = document.kind === "walker"
    ? document.scopes.filter((other) => other !== scope).slice(0, MOST_OTHERS).map((other) => equityCurve(document, other))
    : [];
  const upper = el("div", { class: "chart", role: "img" });
  const lower = el("div", { class: "chart", role: "img" });
  const legend = el("p", { class: "legend", "aria-live": "off" });
  const compare = el("input", { type: "checkbox" });
  const canHold = scope.runs.length === 1 && document.runs[scope.runs[0]].series !== null && scope.money.buy_and_hold !== null;
  upper.setAttribute("aria-label", `Capital over time: from ${fixed(scope.money.capital, 2)} to ${fixed(scope.money.final_capital, 2)}, ${signedPercent(scope.money.result_percent)}`);
  lower.setAttribute("aria-label", `Drawdown over time, at most ${percent(scope.money.drawdown_percent)}`);

  const draw = (hold: Curve | null) => {
    upper.replaceChildren();
    lower.replaceChildren();
    const curves = [main, ...others, ...(hold ? [hold] : [])];
    const times = [...new Set(curves.flatMap((curve) => curve.time))].sort((a, b) => a - b);
    const values = curves.map((curve) => sampled(curve, times));
    const falls = drawdown(values[0].map((value) => value ?? scope.money.capital));
    const key = "equity";
    const cursor: uPlot.Cursor = { sync: { key }, drag: { x: true, y: false, setScale: true }, points: { size: 7 }, y: false };
    const stepped = uPlot.paths.stepped!({ align: 1 });
    const say = (u: uPlot) => {
      const index = u.cursor.idx ?? times.length - 1;
      const value = values[0][index];
      legend.replaceChildren(
        el("span", null, moment(times[index] * 1000)), el("b", null, fixed(value, 2)),
        el("span", { class: falls[index] < 0 ? "bad" : "" }, `${fixed(falls[index], 2)} % below the top`),
        hold ? el("span", { class: "hold" }, `held: ${fixed(values[values.length - 1][index], 2)}`) : "");
    };
    const up = () => (scope.money.result >= 0 ? theme().good : theme().bad);
    live(upper, 280, (width) => new uPlot({
      width, height: 280, tzDate: utc, padding: [10, 0, 0, 20], legend: { show: false }, cursor,
      scales: { x: { time: true } },
      axes: [timeAxis(), valueAxis(fixed)],
      hooks: { setCursor: [say] },
      series: [
        {},
        { stroke: up, width: 2, paths: stepped, points: { show: false }, fill: (u) => glow(u, scope.money.result >= 0) },
        ...others.map((): uPlot.Series => ({ stroke: () => theme().muted, width: 1, alpha: 0.55, paths: stepped, points: { show: false } })),
        ...(hold ? [{ stroke: () => theme().accent, width: 1.5, points: { show: false } } as uPlot.Series] : []),
      ],
    }, [times, ...values] as uPlot.AlignedData, upper));
    live(lower, 130, (width) => new uPlot({
      width, height: 130, tzDate: utc, padding: [6, 0, 0, 20], legend: { show: false }, cursor,
      scales: { x: { time: true }, y: { range: (_, low) => [Math.min(low, -0.01) * 1.08, 0] } },
      axes: [timeAxis(), valueAxis((value, digits) => fixed(value, digits) + " %")],
      hooks: { setCursor: [say] },
      series: [{}, { stroke: () => theme().bad, fill: () => theme().badSoft, width: 1.2, paths: stepped, points: { show: false } }],
    }, [times, falls] as uPlot.AlignedData, lower));
    legend.replaceChildren(el("span", null, "Drag to zoom in, double-click to see everything again."));
  };

  compare.addEventListener("change", async () => draw(compare.checked ? await holdCurve(document, scope) : null));
  // Drawn once it has a width.
  requestAnimationFrame(() => draw(null));
  const hint = others.length > 0 ? "Grey: the other strategies." : "Results are added up as trades close; stakes do not grow with the capital.";
  return section("equity", "Capital and drawdown", hint,
    el("div", { class: "bar" }, legend, canHold ? el("label", { class: "check" }, compare, "Compare with buying and holding") : null),
    upper, el("h3", null, "Drawdown"), lower);
}

function glow(u: uPlot, good: boolean): CanvasGradient | string {
  const { top, height } = u.bbox;
  if (!Number.isFinite(top) || !Number.isFinite(height) || height <= 0) return "transparent";
  const fill = u.ctx.createLinearGradient(0, top, 0, top + height);
  fill.addColorStop(0, good ? theme().goodSoft : theme().badSoft);
  fill.addColorStop(1, "transparent");
  return fill;
}
