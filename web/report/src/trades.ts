// The list of trades: filters, sorting, pages, and everything about one trade on demand.
import { el, mood, scroll, section, select } from "./dom";
import type { ReportDocument, Scope, Trade } from "./document";
import { tradesOfScope } from "./document";
import { count, counted, duration, fixed, moment, price, signed, signedPercent, words } from "./format";

const PAGE = 25;

interface Column {
  key: string;
  label: string;
  value: (trade: Trade) => number | string;
  cell: (trade: Trade) => string | HTMLElement;
  wide?: boolean;
  text?: boolean;
}

const COLUMNS: Column[] = [
  { key: "opened", label: "Opened (UTC)", value: (t) => t.openedAt, cell: (t) => el("span", null, el("span", { class: "wide" }, moment(t.openedAt).slice(0, 5)), moment(t.openedAt).slice(5)), text: true },
  { key: "symbol", label: "Symbol", value: (t) => t.run.symbol, cell: (t) => t.run.symbol, text: true },
  { key: "strategy", label: "Strategy", value: (t) => t.run.strategy_name, cell: (t) => t.run.strategy_name, text: true, wide: true },
  { key: "side", label: "Side", value: (t) => (t.long ? "long" : "short"), cell: (t) => el("span", { class: "side " + (t.long ? "long" : "short") }, t.long ? "long" : "short"), text: true },
  { key: "open", label: "Entry", value: (t) => t.open, cell: (t) => price(t.open), wide: true },
  { key: "close", label: "Exit", value: (t) => t.close, cell: (t) => price(t.close), wide: true },
  { key: "percent", label: "Result", value: (t) => t.percent, cell: (t) => el("b", { class: mood(t.percent) }, signedPercent(t.percent)) },
  { key: "money", label: "Money", value: (t) => t.money, cell: (t) => el("span", { class: mood(t.money) }, signed(t.money, 2)), wide: true },
  { key: "peak", label: "Best open", value: (t) => t.peak ?? -Infinity, cell: (t) => signedPercent(t.peak), wide: true },
  { key: "fall", label: "Worst open", value: (t) => t.fall ?? Infinity, cell: (t) => signedPercent(t.fall), wide: true },
  { key: "duration", label: "Open for", value: (t) => t.closedAt - t.openedAt, cell: (t) => duration((t.closedAt - t.openedAt) / 60000), wide: true },
  { key: "reason", label: "Closed by", value: (t) => t.reason, cell: (t) => words(t.reason), text: true },
];

export interface TradeSection {
  element: HTMLElement;
  /** Marks a trade and turns to its page. */
  choose(trade: Trade | null): void;
}

export function tradeSection(document: ReportDocument, scope: Scope, pick: (trade: Trade | null) => void): TradeSection {
  const all = tradesOfScope(document, scope);
  const names = <T>(of: (trade: Trade) => T) => [...new Set(all.map(of))].sort();
  const symbols = names((t) => t.run.symbol), strategies = names((t) => t.run.strategy_name), reasons = names((t) => t.reason);
  const columns = COLUMNS.filter((c) => (c.key !== "symbol" || symbols.length > 1) && (c.key !== "strategy" || strategies.length > 1));
  const filter = { symbol: "", strategy: "", side: "", reason: "", outcome: "", text: "" };
  let sortBy = columns[0], descending = false, page = 0, chosen: Trade | null = null, rows = all;

  const body = el("tbody"), note = el("p", { class: "legend", role: "status" });
  const pages = el("nav", { class: "pages", "aria-label": "Pages of the trade list" });
  const heads = columns.map((column) => {
    const button = el("button", { type: "button" }, column.label);
    const cell = el("th", { scope: "col", class: classes(column) }, button);
    button.addEventListener("click", () => {
      descending = sortBy === column ? !descending : column.text !== true;
      sortBy = column;
      apply();
    });
    return cell;
  });

  function apply() {
    const text = filter.text.trim().toLowerCase();
    rows = all.filter((t) =>
      (!filter.symbol || t.run.symbol === filter.symbol) && (!filter.strategy || t.run.strategy_name === filter.strategy) &&
      (!filter.side || t.long === (filter.side === "long")) && (!filter.reason || t.reason === filter.reason) &&
      (!filter.outcome || (filter.outcome === "won" ? t.percent > 0 : t.percent < 0)) &&
      (!text || t.id.toLowerCase().includes(text) || t.note.toLowerCase().includes(text)));
    const sign = descending ? -1 : 1;
    rows.sort((a, b) => {
      const x = sortBy.value(a), y = sortBy.value(b);
      return sign * (x < y ? -1 : x > y ? 1 : 0) || a.openedAt - b.openedAt;
    });
    page = 0;
    show();
  }

  function show() {
    heads.forEach((cell, i) => cell.setAttribute("aria-sort", columns[i] === sortBy ? (descending ? "descending" : "ascending") : "none"));
    body.replaceChildren(...rows.slice(page * PAGE, (page + 1) * PAGE).flatMap((trade) => lines(trade)));
    const money = rows.reduce((sum, t) => sum + t.money, 0);
    note.replaceChildren(el("span", null, rows.length === all.length ? counted(all.length, "trade") : `${count(rows.length)} of ${counted(all.length, "trade")}`),
      el("span", null, "sum ", el("b", { class: mood(money) }, signed(money, 2))));
    const last = Math.max(0, Math.ceil(rows.length / PAGE) - 1);
    const turn = (to: number, text: string) => el("button", { type: "button", disabled: to < 0 || to > last, click: () => { page = to; show(); } }, text);
    pages.replaceChildren(...(last === 0 ? [] : [turn(page - 1, "\u2039 Back"), el("span", null, `Page ${page + 1} of ${last + 1}`), turn(page + 1, "Next \u203a")]));
    if (rows.length === 0) body.append(el("tr", null, el("td", { colspan: columns.length, class: "none" }, all.length === 0 ? "No trades." : "No trade matches these filters.")));
  }

  function lines(trade: Trade): HTMLElement[] {
    const open = trade === chosen;
    const row = el("tr", { class: "trade" + (open ? " chosen" : ""), tabindex: 0, "aria-expanded": String(open) },
      ...columns.map((column) => el("td", { class: classes(column) }, column.cell(trade))));
    const toggle = () => pick(trade === chosen ? null : trade);
    row.addEventListener("click", toggle);
    row.addEventListener("keydown", (event) => {
      if (event.key !== "Enter" && event.key !== " ") return;
      event.preventDefault();
      toggle();
    });
    return open ? [row, el("tr", { class: "details" }, el("td", { colspan: columns.length }, details(trade)))] : [row];
  }

  const options = (list: string[], every: string): [string, string][] => [["", every], ...list.map((name): [string, string] => [name, words(name)])];
  const plain = (list: string[], every: string): [string, string][] => [["", every], ...list.map((name): [string, string] => [name, name])];
  const set = (key: keyof typeof filter) => (value: string) => {
    filter[key] = value;
    apply();
  };
  const search = el("input", { type: "search", placeholder: "id or note", "aria-label": "Search in ids and notes" });
  search.addEventListener("input", () => set("text")(search.value));
  apply();
  const element = section("trades", "Trades", "Click a row to see the trade on the chart with all of its details.",
    el("div", { class: "bar filters" },
      symbols.length > 1 ? select("Symbol", plain(symbols, "all"), set("symbol")) : null,
      strategies.length > 1 ? select("Strategy", plain(strategies, "all"), set("strategy")) : null,
      select("Side", options(["long", "short"], "both"), set("side")),
      select("Closed by", options(reasons, "anything"), set("reason")),
      select("Outcome", options(["won", "lost"], "all"), set("outcome")),
      el("label", { class: "select" }, el("span", null, "Search"), search)),
    note,
    scroll(el("table", { class: "trades" }, el("thead", null, el("tr", null, ...heads)), body)), pages);
  return {
    element,
    choose(trade) {
      chosen = trade;
      const index = trade ? rows.indexOf(trade) : -1;
      if (index >= 0) page = Math.floor(index / PAGE);
      show();
    },
  };
}

const classes = (column: Column) => (column.text ? "text" : "number") + (column.wide ? " wide" : "");

function details(t: Trade): HTMLElement {
  const facts: [string, string | null][] = [
    ["Id", t.id],
    ["Ordered", t.scheduledAt !== t.openedAt ? moment(t.scheduledAt) : null],
    ["Opened", `${moment(t.openedAt)} at ${price(t.open)}`],
    ["Closed", `${moment(t.closedAt)} at ${price(t.close)}, ${words(t.reason)}`],
    ["Open for", duration((t.closedAt - t.openedAt) / 60000)],
    ["Take profit", price(t.takeProfit) + (t.takeProfit !== t.originalTakeProfit ? ` (first ${price(t.originalTakeProfit)})` : "")],
    ["Stop loss", price(t.stopLoss) + (t.stopLoss !== t.originalStopLoss ? ` (first ${price(t.originalStopLoss)})` : "")],
    ["Stake", fixed(t.cost, 2)],
    ["Result", `${signedPercent(t.percent)}, ${signed(t.money, 2)}`],
    ["Best and worst while open", `${signedPercent(t.peak)}, ${signedPercent(t.fall)}`],
    ["Entries", t.entries.length > 1 ? t.entries.map((e) => `${moment(e.time)}: ${fixed(e.cost, 2)} at ${price(e.price)}`).join("; ") : null],
    ["Partial closes", t.partials.length > 0 ? t.partials.map((p) => `${moment(p.time)}: ${fixed(p.percent, 1)} % at ${price(p.price)}`).join("; ") : null],
    ["Note", t.note || null],
  ];
  return el("dl", null, ...facts.filter(([, text]) => text !== null).map(([name, text]) => el("div", null, el("dt", null, name), el("dd", null, text))));
}
