// The head of the page: what was run, how far to trust it, and the figures that people ask for first.
import { el, mood } from "./dom";
import type { ReportDocument, Scope, Stats, Trade } from "./document";
import { tradesOfScope } from "./document";
import { count, counted, date, duration, fixed, percent, signed, signedPercent } from "./format";

/** A statistic of one run or of a portfolio. */
function num(stats: Stats, name: string): number | null {
  const value = stats[name] ?? stats["portfolio_" + name];
  return typeof value === "number" ? value : null;
}

interface Card { label: string; value: string; more?: string; mood?: string; why: string }

function profitFactor(trades: Trade[]): number | null {
  let won = 0, lost = 0;
  for (const trade of trades) trade.money > 0 ? (won += trade.money) : (lost -= trade.money);
  return lost > 0 ? won / lost : null;
}

export function cards(document: ReportDocument, scope: Scope): Card[] {
  const { money, stats } = scope;
  const trades = tradesOfScope(document, scope);
  const wins = trades.filter((t) => t.percent > 0).length, losses = trades.filter((t) => t.percent < 0).length;
  const rate = wins + losses > 0 ? (100 * wins) / (wins + losses) : null;
  const mean = trades.length > 0 ? trades.reduce((sum, t) => sum + t.percent, 0) / trades.length : null;
  const sorted = trades.map((t) => t.percent).sort((a, b) => a - b);
  const factor = profitFactor(trades);
  const { mean_low: low = null, mean_high: high = null } = scope.verdict ?? {};
  const range = low !== null && high !== null ? `${signed(low, 2)} to ${signed(high, 2)}\u202f%` : null;
  const sharpe = num(stats, "sharpe_ratio");
  const list: Card[] = [
    { label: "Trades", value: count(trades.length), more: `${count(wins)} won, ${count(losses)} lost`, why: "Positions that were opened and closed." },
    { label: "Win rate", value: percent(rate, 1), why: "Share of the trades with a result that ended above zero, after fees and slippage." },
    { label: "Average trade", value: signedPercent(mean), more: range ?? "", mood: mood(mean), why: "Mean result of a trade in percent of its stake, after costs; below it the range in which the true mean lies with 95 % confidence. A range on both sides of zero may be luck." },
    { label: "Profit factor", value: fixed(factor, 2), mood: factor === null ? "" : mood(factor - 1), why: "Money won divided by money lost. Above 1 the strategy earns." },
    { label: "Max drawdown", value: percent(money.drawdown_percent), more: fixed(money.drawdown, 2), mood: money.drawdown > 0 ? "bad" : "", why: "The deepest fall of the capital from its highest level, counted as trades close." },
    { label: "Sharpe ratio", value: fixed(sharpe, 3), more: num(stats, "annualized_sharpe_ratio") === null ? "per trade" : `${fixed(num(stats, "annualized_sharpe_ratio"), 2)} a year`, mood: mood(sharpe), why: "Average result divided by how much results scatter, per trade." },
    { label: "Best trade", value: signedPercent(sorted[sorted.length - 1]), more: sorted.length > 0 ? `worst ${signedPercent(sorted[0])}` : "", why: "The largest result of a trade, percent of its stake; below it the smallest." },
    { label: "Average time open", value: duration(trades.length > 0 ? trades.reduce((sum, t) => sum + t.closedAt - t.openedAt, 0) / trades.length / 60000 : NaN), why: "From the entry to the close." },
    { label: "In the market", value: percent(money.exposure, 1), why: "Share of the time with at least one open position." },
    { label: "Fees paid", value: fixed(money.fees, 2), why: "Inside the results already." },
  ];
  if (money.buy_and_hold !== null) {
    list.push({ label: "Buy and hold", value: signedPercent(money.buy_and_hold), mood: mood(money.buy_and_hold), why: "What the price itself did from the first candle to the last, without costs." });
  }
  const cancelled = scope.runs.reduce((sum, index) => sum + document.runs[index].cancelled, 0);
  if (cancelled > 0) list.push({ label: "Orders not filled", value: count(cancelled), why: "Limit orders that were cancelled before they became a position." });
  return list;
}

/** Without a scope: of a search in which no point was the best. */
export function head(document: ReportDocument, scope: Scope | undefined, picker: HTMLElement | null): HTMLElement {
  const runs = scope?.runs.map((index) => document.runs[index]) ?? [];
  const { search } = document;
  const symbols = search?.symbols ?? [...new Set(runs.map((run) => run.symbol))];
  const exchanges = search ? [search.exchange_name] : [...new Set(runs.map((run) => run.exchange_name))];
  const from = search?.from ?? Math.min(...runs.map((run) => run.from)), to = search?.to ?? Math.max(...runs.map((run) => run.to));
  const kind = { run: "Back-test", session: "Trading session", walker: "Comparison of strategies", sweep: "Parameter sweep" }[document.kind];
  return el("header", { class: "head" },
    el("p", { class: "kind" }, kind),
    el("div", { class: "titles" }, el("h1", null, document.title), picker),
    el("p", { class: "facts" },
      el("span", null, symbols.length > 4 ? `${symbols.length} symbols` : symbols.join(", ")),
      el("span", null, date(from) === date(to) ? date(from) : `${date(from)} to ${date(to)}`), el("span", null, `exchange ${exchanges.join(", ")}`)));
}

export function verdict(scope: Scope): HTMLElement | null {
  const found = scope.verdict;
  if (!found) return null;
  const tone = { "worth paper trading": "good", "likely luck": "bad" }[found.word] ?? "";
  const sentence = (text: string) => text.charAt(0).toUpperCase() + text.slice(1) + (/[.!?]$/.test(text) ? "" : ".");
  return el("aside", { class: "notice verdict " + tone, "aria-label": "Verdict" }, el("h2", null, "Verdict: ", found.word),
    el("ul", null, ...[...new Set([...found.reasons, ...found.warnings])].map((text) => el("li", null, sentence(text)))));
}

/** What the program had to say about the runs, and what was mended in the candles. */
export function notices(document: ReportDocument, scope: Scope): HTMLElement | null {
  const lines = [...document.remarks, ...scope.warnings];
  for (const index of scope.runs) {
    const run = document.runs[index];
    lines.push(...run.turned_away.map((text) => `${run.symbol}: ${text}.`));
    for (const [symbol, gaps] of [[run.symbol, run.gaps] as const, ...Object.entries(run.other_gaps)]) {
      const missing = gaps.reduce((sum, [, candles]) => sum + candles, 0);
      const line = `${symbol}: ${counted(missing, "missing minute")} ${missing === 1 ? "was" : "were"} filled with flat candles (${counted(gaps.length, "gap")}).`;
      if (missing > 0 && !lines.includes(line)) lines.push(line);
    }
    if (run.warmup_ticks > 0) lines.push(`${run.symbol}: ${counted(run.warmup_ticks, "time")} there was too little history to decide (warm-up).`);
  }
  if (lines.length === 0) return null;
  const shown = lines.slice(0, 3), rest = lines.slice(3);
  return el("aside", { class: "notice" }, el("h2", null, "Worth knowing"), el("ul", null, ...shown.map((line) => el("li", null, line))),
    rest.length > 0 ? el("details", null, el("summary", null, `${rest.length} more`), el("ul", null, ...rest.map((line) => el("li", null, line)))) : null);
}

export function figures(document: ReportDocument, scope: Scope): HTMLElement {
  const { money } = scope;
  return el("section", { id: "figures", "aria-label": "Figures" },
    el("div", { class: "hero " + mood(money.result) },
      el("span", { class: "label" }, "Result of the capital"),
      el("strong", null, signedPercent(money.result_percent)),
      el("span", null, el("b", null, signed(money.result, 2)), " on ", fixed(money.capital, 0)), el("span", { class: "more" }, "now ", fixed(money.final_capital, 2))),
    el("dl", null, ...cards(document, scope).map((card) =>
      el("div", { title: card.why }, el("dt", null, card.label), el("dd", { class: card.mood ?? "" }, card.value), card.more ? el("dd", { class: "more" }, card.more) : null))));
}

/** The same figures with what they mean. */
export function glossary(document: ReportDocument, scope: Scope): HTMLElement {
  return el("details", { id: "glossary" }, el("summary", null, "What the numbers mean"),
    el("dl", null, ...cards(document, scope).flatMap((card) => [el("dt", null, card.label), el("dd", null, card.why)]),
      el("dt", null, "Result of the capital"), el("dd", null, `All results added up, in percent of the ${fixed(document.capital, 2)} that the figures start with. Each trade stakes its own cost; results are not reinvested.`),
      el("dt", null, "Best and worst while open"), el("dd", null, "The highest and the lowest result that a trade stood at before it closed.")));
}
