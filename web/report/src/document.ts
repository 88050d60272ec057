// What the program writes into the page (host/cli/page_document.cpp, sweep_page.cpp), and trades as objects.
// Times are Unix milliseconds UTC, percentages plain numbers (1.5 = 1.5 %), money in the quote currency.

export type Stats = Record<string, number | string | null>;

export interface PackedCandles {
  symbol: string;
  first: number;
  count: number;
  decimals: number;
  volume_unit: number;
  data: string;
}

export interface Run {
  symbol: string;
  strategy_name: string;
  exchange_name: string;
  frame_name: string;
  from: number;
  to: number;
  run_hash: string;
  candles: number;
  series: number | null;
  cancelled: number;
  gaps: [number, number][];
  /** Of the other symbols that the run read. */
  other_gaps: Record<string, [number, number][]>;
  warmup_ticks: number;
  turned_away: string[];  // what became of signals that came to nothing
  stats: Stats;
  trades: unknown[][];
}

export interface Money {
  capital: number;
  final_capital: number;
  result: number;
  result_percent: number | null;
  drawdown: number;
  drawdown_percent: number | null;
  exposure: number | null;
  fees: number;
  buy_and_hold: number | null;
}

/** Runs that are looked at together: one run, a portfolio, a strategy with all of its symbols. */
export interface Scope {
  label: string;
  runs: number[];
  money: Money;
  warnings: string[];  // of stakes beyond the capital
  stats: Stats;
  heat: Stats[];
  verdict?: Verdict;
}

export interface RankingRow {
  strategy_name: string;
  metric_value: number | null;
  scope: number;
  stats: Stats;
}

export type Value = number | string | boolean;

/** Trials of a parameter search, best first: a row holds the parameters, then the metrics. */
export interface Trials {
  parameters: string[];
  values: Value[][];  // of each parameter, in the order of its declaration
  metrics: string[];
  rows: (Value | null)[][];
}

/** What a parameter search tried. */
export interface Search {
  text: string;
  symbols: string[];
  exchange_name: string;
  from: number;
  to: number;
  best: string | null;     // "fast=10 slow=30"
  command: string | null;  // that runs it
}

/** Chosen on one stretch of time, counted on the next. */
export interface WalkForward {
  kind: string;
  embargo_ms: number;
  trades: number;
  mean_trade: number | null;
  efficiency: number | null;
  folds: {
    from: number; to: number; chosen: string | null; train_metric: number | null; test_metric: number | null;
    trades: number; mean_trade: number | null; purged: number;
  }[];
}

export interface Difference { time: number; expected: string; got: string }

/** Was the run the same with the future cut off and replaced? */
export interface Proof {
  symbol: string;
  strategy_name: string;
  result: "holds" | "saw the future" | "not proven";
  why: string | null;
  truncations: number;
  identical: number;
  moments: number;
  entries_checked: number;
  entries: number;
  first_difference: (Difference & { candles_changed_from: number; candles_were: string }) | null;
  files: { path: string; follows: string | null; numbers: number }[];
  history_ms: number;
  warm_up: { history: number; changed: number; first: Difference }[];
  warm_up_note: string | null;
}

/** How far the result may be trusted, in a word and in sentences. */
export interface Verdict {
  word: string;
  reasons: string[];
  warnings: string[];
  mean_low: number | null;   // of the average trade, with 95 % confidence
  mean_high: number | null;
}

export interface ReportDocument {
  kind: "run" | "session" | "walker" | "sweep";
  program: string;
  title: string;
  capital: number;
  run_hash: string | null;
  remarks: string[];
  trade_columns: string[];
  runs: Run[];
  scopes: Scope[];
  series: PackedCandles[];
  metric?: string;
  best_strategy?: string | null;
  ranking?: RankingRow[];
  search?: Search;
  trials?: Trials;
  walk_forward?: WalkForward;
  proofs?: Proof[];
}

export interface Entry { time: number; price: number; cost: number }
export interface Partial { time: number; price: number; percent: number; profit: boolean }

export interface Trade {
  index: number;
  run: Run;
  id: string;
  long: boolean;
  scheduledAt: number;
  openedAt: number;
  closedAt: number;
  open: number;
  close: number;
  takeProfit: number;
  stopLoss: number;
  originalTakeProfit: number;
  originalStopLoss: number;
  cost: number;
  money: number;
  percent: number;
  peak: number | null;
  fall: number | null;
  reason: string;
  entries: Entry[];
  partials: Partial[];
  note: string;
}

const listOf = new WeakMap<Run, Trade[]>();

/** The trades of a run, oldest first. */
export function tradesOf(document: ReportDocument, run: Run): Trade[] {
  const known = listOf.get(run);
  if (known) return known;
  const at = (name: string) => document.trade_columns.indexOf(name);
  const place = {
    id: at("id"), position: at("position"), scheduled: at("scheduled_at"), opened: at("pending_at"),
    closed: at("close_timestamp"), open: at("price_open"), close: at("price_close"), tp: at("take_profit"),
    sl: at("stop_loss"), otp: at("original_take_profit"), osl: at("original_stop_loss"), cost: at("cost"),
    money: at("pnl"), percent: at("pnl_percentage"), peak: at("peak"), fall: at("fall"), reason: at("close_reason"),
    entries: at("entries"), partials: at("partials"), note: at("note"),
  };
  const trades = run.trades.map((row, index): Trade => ({
    index,
    run,
    id: String(row[place.id]),
    long: row[place.position] === "long",
    scheduledAt: Number(row[place.scheduled]),
    openedAt: Number(row[place.opened]),
    closedAt: Number(row[place.closed]),
    open: Number(row[place.open]),
    close: Number(row[place.close]),
    takeProfit: Number(row[place.tp]),
    stopLoss: Number(row[place.sl]),
    originalTakeProfit: Number(row[place.otp]),
    originalStopLoss: Number(row[place.osl]),
    cost: Number(row[place.cost]),
    money: Number(row[place.money]),
    percent: Number(row[place.percent]),
    peak: row[place.peak] as number | null,
    fall: row[place.fall] as number | null,
    reason: String(row[place.reason]),
    entries: (row[place.entries] as number[][]).map(([time, price, cost]) => ({ time, price, cost })),
    partials: (row[place.partials] as [number, number, number, boolean][]).map(
      ([time, price, percent, profit]) => ({ time, price, percent, profit })),
    note: String(row[place.note]),
  }));
  listOf.set(run, trades);
  return trades;
}

/** The trades of several runs by their close. */
export function tradesOfScope(document: ReportDocument, scope: Scope): Trade[] {
  const all = scope.runs.flatMap((index) => tradesOf(document, document.runs[index]));
  return scope.runs.length > 1 ? all.sort((a, b) => a.closedAt - b.closedAt) : all;
}
