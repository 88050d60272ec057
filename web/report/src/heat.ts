// Coloured tables: symbols of a portfolio, strategies of a comparison.
import { el, scroll, section, select } from "./dom";
import type { RankingRow, ReportDocument, Scope, Stats } from "./document";
import { fixed, percent, signedPercent, words } from "./format";
import { heatStyle } from "./theme";

export interface Figure {
  key: string;
  label: string;
  text: (value: number) => string;
  neutral: number;
  full: number;  // distance from neutral at which the colour is at its strongest; 0: no colour
}

const FIGURES: Figure[] = [
  { key: "total_pnl", label: "Sum of results", text: (v) => signedPercent(v), neutral: 0, full: 20 },
  { key: "sharpe_ratio", label: "Sharpe", text: (v) => fixed(v, 3), neutral: 0, full: 0.5 },
  { key: "win_rate", label: "Win rate", text: (v) => percent(v, 1), neutral: 50, full: 40 },
  { key: "profit_factor", label: "Profit factor", text: (v) => fixed(v, 2), neutral: 1, full: 1 },
  { key: "expectancy", label: "Expectancy", text: (v) => signedPercent(v), neutral: 0, full: 0.5 },
  { key: "avg_win", label: "Average win", text: (v) => signedPercent(v), neutral: 0, full: 5 },
  { key: "avg_loss", label: "Average loss", text: (v) => signedPercent(v), neutral: 0, full: 5 },
  { key: "max_drawdown", label: "Deepest fall, compounded", text: (v) => percent(v), neutral: 0, full: -25 },
  { key: "recovery_factor", label: "Recovery", text: (v) => fixed(v, 2), neutral: 0, full: 3 },
  { key: "total_signals", label: "Trades", text: (v) => fixed(v, 0), neutral: 0, full: 0 },
];

const FURTHER: Figure[] = [
  { key: "avg_pnl", label: "Average trade", text: (v) => signedPercent(v, 3), neutral: 0, full: 0.5 },
  { key: "annualized_sharpe_ratio", label: "Sharpe a year", text: (v) => fixed(v, 2), neutral: 0, full: 2 },
];

export const figureOf = (key: string): Figure =>
  [...FIGURES, ...FURTHER].find((figure) => figure.key === key) ?? { key, label: words(key), text: (v) => fixed(v, 3), neutral: 0, full: 1 };

function cell(figure: Figure, stats: Stats): HTMLElement {
  const value = stats[figure.key] ?? (figure.key === "total_signals" ? stats["total_trades"] : null);
  if (typeof value !== "number") return el("td", { class: "none" }, "n/a");
  const share = figure.full === 0 ? null : (value - figure.neutral) / figure.full;
  return el("td", { style: heatStyle(share) }, figure.text(value));
}

function table(first: string, figures: Figure[], rows: { name: string | HTMLElement; stats: Stats; chosen?: boolean }[]): HTMLElement {
  return scroll(el("table", { class: "heat" },
    el("thead", null, el("tr", null, el("th", { scope: "col" }, first), ...figures.map((figure) => el("th", { scope: "col" }, figure.label)))),
    el("tbody", null, ...rows.map((row) => el("tr", { class: row.chosen ? "chosen" : "" }, el("th", { scope: "row" }, row.name), ...figures.map((figure) => cell(figure, row.stats)))))));
}

export function symbolSection(scope: Scope): HTMLElement | null {
  if (scope.heat.length < 2) return null;
  return section("heat", "Symbols", "The best Sharpe ratio on top; the stronger the colour, the further from neutral. Sum of results: percentages of the stakes, added up. Deepest fall, compounded: as if all of the money were in every trade, falls inside trades included; the capital's own is Max drawdown above.",
    table("Symbol", FIGURES, scope.heat.map((stats) => ({ name: String(stats.symbol), stats }))));
}

export function rankingSection(document: ReportDocument, scope: Scope, open: (scope: number) => void): HTMLElement | null {
  const ranking = document.ranking;
  if (!ranking) return null;
  const metric = figureOf(document.metric ?? "sharpe_ratio");
  const figures = [metric, ...FIGURES.filter((figure) => figure.key !== metric.key && ["total_pnl", "sharpe_ratio", "win_rate", "expectancy", "recovery_factor", "total_signals"].includes(figure.key))];
  const name = (row: RankingRow, place: number) => {
    const button = el("button", { type: "button", class: "link", "aria-pressed": String(document.scopes[row.scope] === scope) }, row.strategy_name);
    button.addEventListener("click", () => open(row.scope));
    return el("span", null, el("span", { class: "place" }, `${place + 1}. `), button);
  };
  return section("ranking", "Ranking", `By ${words(metric.key)}. Choose a strategy to see it below.`,
    table("Strategy", figures, ranking.map((row, place) => ({ name: name(row, place), stats: { ...row.stats, [metric.key]: row.metric_value }, chosen: document.scopes[row.scope] === scope }))),
    matrix(document));
}

// Strategies by symbols, where there are several of both.
function matrix(document: ReportDocument): HTMLElement | null {
  const symbols = [...new Set(document.runs.map((run) => run.symbol))];
  if (symbols.length < 2) return null;
  const place = scroll();
  const draw = (key: string) => {
    const figure = figureOf(key);
    place.replaceChildren(el("table", { class: "heat" },
      el("thead", null, el("tr", null, el("th", { scope: "col" }, "Strategy"), ...symbols.map((symbol) => el("th", { scope: "col" }, symbol)))),
      el("tbody", null, ...document.ranking!.map((row) => el("tr", null, el("th", { scope: "row" }, row.strategy_name),
        ...symbols.map((symbol) => {
          const run = document.runs.find((one) => one.symbol === symbol && one.strategy_name === row.strategy_name);
          return run ? cell(figure, run.stats) : el("td", { class: "none" });
        }))))));
  };
  const keys = ["total_pnl", "sharpe_ratio", "win_rate", "expectancy"];
  draw(keys[0]);
  return el("div", null, el("div", { class: "bar" }, el("h3", null, "Strategies by symbols"), select("Figure", keys.map((key): [string, string] => [key, figureOf(key).label]), draw)), place);
}
