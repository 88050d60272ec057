// Candles with the trades on them. The interval follows the zoom, so that a year of minutes never means more than a
// few hundred candles on the screen; only what is in view is drawn.
import uPlot from "uplot";
import { INTERVALS, marketOf } from "./candles";
import type { Candles, Market } from "./candles";
import { faded, live, timeAxis, utc, valueAxis } from "./chart";
import { choice, el, section, select } from "./dom";
import type { ReportDocument, Run, Scope, Trade } from "./document";
import { tradesOf } from "./document";
import { fixed, moment, price, signedPercent, words } from "./format";
import { FONT, theme } from "./theme";

const HEIGHT = 460, NARROW_HEIGHT = 340, OVERVIEW_HEIGHT = 56;
const CANDLE_WIDTH = 3.2;     // pixels that an automatic interval gives a candle at least
const MOST_CANDLES = 3000;   // on the screen, whatever interval is chosen
const BOXES = 60;            // trades in view up to which targets and stops are drawn
const SHAPES = 160;          // and up to which entries are; of more only the ends are dots

const SPANS: [string, number][] = [["1D", 1], ["1W", 7], ["1M", 30], ["3M", 91], ["All", Infinity]];

function lowerBound(values: ArrayLike<number>, wanted: number): number {
  let low = 0, high = values.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (values[middle] < wanted) low = middle + 1;
    else high = middle;
  }
  return low;
}

class PriceChart {
  private chart!: uPlot;
  private overview!: uPlot;
  private level!: Candles;
  private from: number;
  private to: number;
  private wanted = 0;  // minutes; 0: automatic
  private chosen: Trade | null = null;
  private readonly opened: Float64Array;
  private readonly longest: number;
  private frame = 0;

  constructor(
    private readonly market: Market, private readonly trades: Trade[], private readonly place: HTMLElement,
    private readonly overviewPlace: HTMLElement, private readonly legend: HTMLElement, private readonly told: HTMLElement,
    private readonly pick: (trade: Trade | null) => void, private readonly moved: () => void) {
    this.opened = Float64Array.from(trades, (trade) => trade.openedAt / 1000);
    this.longest = trades.reduce((most, trade) => Math.max(most, trade.closedAt - trade.openedAt), 0) / 1000;
    [this.from, this.to] = [this.first, this.last];
  }

  private get first() { return this.market.minutes.time[0]; }
  private get last() { return this.market.minutes.time[this.market.minutes.time.length - 1] + 60; }

  start() {
    const height = innerWidth < 600 ? NARROW_HEIGHT : HEIGHT;
    this.level = this.fitting(this.place.clientWidth);
    this.chart = live(this.place, height, (width) => this.make(width, height)).chart();
    const right = Math.round(this.chart.width - (this.chart.bbox.left + this.chart.bbox.width) / devicePixelRatio);
    const days = this.market.level(this.last - this.first > 120 * 86400 ? 1440 : 60);
    this.overview = live(this.overviewPlace, OVERVIEW_HEIGHT, (width) => new uPlot({
      width, height: OVERVIEW_HEIGHT, tzDate: utc, padding: [4, right, 0, 20], legend: { show: false },
      cursor: { show: false },
      scales: { x: { range: () => [this.first, this.last] } },
      axes: [{ show: false }, { show: false }],
      series: [{}, { stroke: () => theme().muted, width: 1, fill: () => faded(theme().muted, 0.12), points: { show: false } }],
      hooks: { setSize: [() => this.brush()] },
    }, [days.time, days.close] as unknown as uPlot.AlignedData, this.overviewPlace)).chart();
    this.listen();
    this.show(this.first, this.last);
  }

  /** Shows [from, to], seconds, as far as there are candles. */
  show(from: number, to: number) {
    const whole = this.last - this.first;
    const width = Math.min(Math.max(to - from, 20 * 60), whole);
    const middle = (from + to) / 2;
    this.from = Math.min(Math.max(middle - width / 2, this.first - width * 0.02), this.last - width * 0.98);
    this.to = this.from + width;
    this.moved();
    if (this.frame === 0) this.frame = requestAnimationFrame(() => this.update());
  }

  span(days: number) {
    if (!Number.isFinite(days)) return this.show(this.first, this.last);
    const middle = this.chosen ? this.chosen.openedAt / 1000 : (this.from + this.to) / 2;
    return this.show(middle - days * 43200, middle + days * 43200);
  }

  interval(minutes: number) {
    this.wanted = minutes;
    this.show(this.from, this.to);
  }

  /** Marks a trade and, when it is not well in view, goes there. */
  choose(trade: Trade | null, go: boolean) {
    this.chosen = trade;
    if (trade && go) {
      const length = Math.max((trade.closedAt - trade.openedAt) / 1000, 1800);
      this.show(trade.openedAt / 1000 - length * 1.2, trade.closedAt / 1000 + length * 1.2);
    }
    this.describe();
    this.chart.redraw(false);
  }

  /** The trade before or after the chosen one, or around the middle of the view. */
  step(by: number) {
    if (this.trades.length === 0) return;
    const now = this.chosen ? this.trades.indexOf(this.chosen) + by
      : lowerBound(this.opened, (this.from + this.to) / 2) + (by < 0 ? -1 : 0);
    this.pick(this.trades[Math.min(Math.max(now, 0), this.trades.length - 1)]);
  }

  private fitting(width: number): Candles {
    const seconds = this.to - this.from;
    const most = Math.max(40, width / CANDLE_WIDTH);
    for (const [, minutes] of INTERVALS) {
      const candles = seconds / (minutes * 60);
      if (this.wanted > 0 ? minutes >= this.wanted && candles <= MOST_CANDLES : candles <= most) return this.market.level(minutes);
    }
    return this.market.level(1440);
  }

  private update() {
    this.frame = 0;
    const level = this.fitting(this.place.clientWidth);
    this.chart.batch(() => {
      if (level !== this.level) {
        this.level = level;
        this.chart.setData(this.data(), false);
      }
      this.chart.setScale("x", { min: this.from, max: this.to });
    });
    this.brush();
    this.describe();
  }

  private data(): uPlot.AlignedData {
    const l = this.level;
    return [l.time, l.high, l.low, l.open, l.close] as unknown as uPlot.AlignedData;
  }

  private make(width: number, height: number): uPlot {
    const unseen: uPlot.Series = { paths: () => null, points: { show: false } };
    return new uPlot({
      width, height, tzDate: utc, padding: [8, 0, 0, 20], legend: { show: false },
      cursor: { drag: { x: false, y: false, setScale: false }, points: { show: false } },
      scales: {
        x: { time: true, range: (_, low, high) => [low, high] },
        y: { range: (_, low, high) => this.priceRange(low, high) },
      },
      axes: [timeAxis(), valueAxis(fixed)],
      series: [{}, unseen, unseen, unseen, unseen],
      hooks: { draw: [(u) => this.paint(u)], setCursor: [() => this.describe()] },
    }, this.data(), this.place);
  }

  private priceRange(low: number, high: number): [number, number] {
    if (!Number.isFinite(low) || !Number.isFinite(high)) return [0, 1];
    for (const trade of this.inView()) {
      if (trade !== this.chosen) continue;
      low = Math.min(low, trade.takeProfit, trade.stopLoss);
      high = Math.max(high, trade.takeProfit, trade.stopLoss);
    }
    const room = (high - low || high * 0.01) * 0.06;
    return [low - room * 2.2, high + room];  // more below: the volumes stand there
  }

  private inView(): Trade[] {
    const begin = lowerBound(this.opened, this.from - this.longest), end = lowerBound(this.opened, this.to);
    return this.trades.slice(begin, end).filter((trade) => trade.closedAt / 1000 >= this.from);
  }

  private paint(u: uPlot) {
    const { ctx, bbox } = u;
    const dpr = devicePixelRatio || 1;
    const colors = theme();
    const x = (seconds: number) => u.valToPos(seconds, "x", true);
    const y = (value: number) => u.valToPos(value, "y", true);
    ctx.save();
    ctx.beginPath();
    ctx.rect(bbox.left, bbox.top, bbox.width, bbox.height);
    ctx.clip();
    const trades = this.inView();
    if (trades.length <= BOXES) for (const trade of trades) this.paintBox(ctx, trade, x, y, dpr);
    this.paintCandles(ctx, bbox, x, y, dpr);
    for (const trade of trades) this.paintWay(ctx, trade, x, y, dpr, trades.length);
    for (const trade of trades) {
      if (trades.length <= SHAPES || trade === this.chosen) this.paintEntry(ctx, trade, x, y, dpr, trades.length);
    }
    if (this.chosen) this.paintLevels(ctx, this.chosen, bbox, x, y, dpr, colors);
    ctx.restore();
  }

  private paintCandles(ctx: CanvasRenderingContext2D, bbox: uPlot.BBox, x: (s: number) => number, y: (p: number) => number, dpr: number) {
    const { good, bad, muted } = theme();
    const l = this.level, seconds = l.minutes * 60;
    const begin = Math.max(0, lowerBound(l.time, this.from) - 1), end = lowerBound(l.time, this.to);
    const slot = x(l.time[0] + seconds) - x(l.time[0]);
    const body = Math.max(1, Math.round(slot * 0.72) - (slot > 6 * dpr ? 1 : 0));
    const bottom = bbox.top + bbox.height;
    let most = 0;
    for (let i = begin; i < end; i++) most = Math.max(most, l.volume[i]);
    ctx.fillStyle = faded(muted, 0.22);
    for (let i = begin; i < end && most > 0; i++) {
      const height = (l.volume[i] / most) * bbox.height * 0.13;
      ctx.fillRect(Math.round(x(l.time[i]) + (slot - body) / 2), bottom - height, body, height);
    }
    for (const up of [true, false]) {  // one colour after the other: fewer changes of state
      ctx.fillStyle = up ? good : bad;
      for (let i = begin; i < end; i++) {
        if (l.close[i] >= l.open[i] !== up) continue;
        const left = Math.round(x(l.time[i]) + (slot - body) / 2);
        const top = y(up ? l.close[i] : l.open[i]), low = y(up ? l.open[i] : l.close[i]);
        ctx.fillRect(left, Math.round(top), body, Math.max(1, Math.round(low) - Math.round(top)));
        const wick = Math.max(1, Math.round(dpr));
        const wickTop = Math.round(y(l.high[i]));
        ctx.fillRect(left + Math.floor((body - wick) / 2), wickTop, wick, Math.max(1, Math.round(y(l.low[i])) - wickTop));
      }
    }
  }

  private paintBox(ctx: CanvasRenderingContext2D, trade: Trade, x: (s: number) => number, y: (p: number) => number, dpr: number) {
    const { good, bad } = theme();
    const left = x(trade.openedAt / 1000), width = Math.max(2 * dpr, x(trade.closedAt / 1000 + 60) - left);
    const strength = trade === this.chosen ? 0.26 : 0.11;
    const open = y(trade.open);
    ctx.fillStyle = faded(good, strength);
    ctx.fillRect(left, Math.min(open, y(trade.takeProfit)), width, Math.abs(open - y(trade.takeProfit)));
    ctx.fillStyle = faded(bad, strength);
    ctx.fillRect(left, Math.min(open, y(trade.stopLoss)), width, Math.abs(open - y(trade.stopLoss)));
  }

  private size(trade: Trade, many: number, dpr: number) {
    return (trade === this.chosen ? 7 : many > SHAPES ? 2 : many > BOXES ? 3.5 : 5.5) * dpr;
  }

  // From the entry to a disc where it closed.
  private paintWay(ctx: CanvasRenderingContext2D, trade: Trade, x: (s: number) => number, y: (p: number) => number, dpr: number, many: number) {
    const { good, bad, card } = theme();
    const color = trade.money >= 0 ? good : bad;
    const plain = many > BOXES && trade !== this.chosen;
    const x2 = x(trade.closedAt / 1000), y2 = y(trade.close);
    ctx.lineWidth = (trade === this.chosen ? 2.5 : 1.5) * dpr;
    ctx.strokeStyle = faded(color, plain ? 0.5 : 1);
    ctx.setLineDash(plain ? [] : [4 * dpr, 3 * dpr]);
    ctx.beginPath();
    ctx.moveTo(x(trade.openedAt / 1000), y(trade.open));
    ctx.lineTo(x2, y2);
    ctx.stroke();
    ctx.setLineDash([]);
    this.shape(ctx, color, many > SHAPES ? color : card, many > SHAPES ? 0 : dpr, () => ctx.arc(x2, y2, this.size(trade, many, dpr) * 1.05, 0, 2 * Math.PI));
  }

  // A triangle that points where the trade wants to go; diamonds where it was added to or partly closed.
  private paintEntry(ctx: CanvasRenderingContext2D, trade: Trade, x: (s: number) => number, y: (p: number) => number, dpr: number, many: number) {
    const { good, bad, card, accent } = theme();
    const size = this.size(trade, many, dpr);
    if (many <= BOXES) {
      if (trade.entries.length > 1) for (const entry of trade.entries) this.diamond(ctx, x(entry.time / 1000), y(entry.price), size * 0.7, accent);
      for (const partial of trade.partials) this.diamond(ctx, x(partial.time / 1000), y(partial.price), size * 0.7, partial.profit ? good : bad);
    }
    const turn = trade.long ? 1 : -1, x1 = x(trade.openedAt / 1000), y1 = y(trade.open);
    this.shape(ctx, accent, card, dpr, () => {
      ctx.moveTo(x1, y1 - size * 1.1 * turn);
      ctx.lineTo(x1 + size * 0.9, y1 + size * 0.7 * turn);
      ctx.lineTo(x1 - size * 0.9, y1 + size * 0.7 * turn);
      ctx.closePath();
    });
  }

  private shape(ctx: CanvasRenderingContext2D, fill: string, outline: string, dpr: number, path: () => void) {
    ctx.beginPath();
    path();
    if (dpr > 0) {
      ctx.strokeStyle = outline;
      ctx.lineWidth = 1.5 * dpr;
      ctx.stroke();
    }
    ctx.fillStyle = fill;
    ctx.fill();
  }

  private diamond(ctx: CanvasRenderingContext2D, x: number, y: number, size: number, color: string) {
    ctx.fillStyle = color;
    ctx.beginPath();
    ctx.moveTo(x, y - size);
    ctx.lineTo(x + size, y);
    ctx.lineTo(x, y + size);
    ctx.lineTo(x - size, y);
    ctx.closePath();
    ctx.fill();
  }

  // Lines and prices of the chosen trade.
  private paintLevels(ctx: CanvasRenderingContext2D, trade: Trade, bbox: uPlot.BBox, x: (s: number) => number, y: (p: number) => number, dpr: number, colors: ReturnType<typeof theme>) {
    const left = x(trade.openedAt / 1000), right = Math.max(x(trade.closedAt / 1000 + 60), left + 2 * dpr);
    ctx.font = FONT.replace("12px", `${12 * dpr}px`);
    ctx.textBaseline = "middle";
    for (const [label, value, color] of [["TP", trade.takeProfit, colors.good], ["Entry", trade.open, colors.accent], ["SL", trade.stopLoss, colors.bad]] as const) {
      const at = Math.round(y(value));
      ctx.fillStyle = color;
      ctx.fillRect(left, at - dpr, right - left, 1.5 * dpr);
      const text = `${label} ${price(value)}`;
      const width = ctx.measureText(text).width + 12 * dpr, height = 18 * dpr;
      const at_x = Math.max(bbox.left + 2 * dpr, Math.min(right + 6 * dpr, bbox.left + bbox.width - width - 2 * dpr));
      ctx.beginPath();
      ctx.roundRect(at_x, at - height / 2, width, height, 4 * dpr);
      ctx.fill();
      ctx.fillStyle = colors.card;
      ctx.fillText(text, at_x + 6 * dpr, at + dpr * 0.5);
    }
  }

  private describe() {
    const l = this.level;
    const { idx } = this.chart?.cursor ?? {};
    const i = idx === null || idx === undefined ? Math.min(l.time.length - 1, Math.max(0, lowerBound(l.time, this.to) - 1)) : idx;
    const name = INTERVALS.find(([, minutes]) => minutes === l.minutes)![0];
    const up = l.close[i] >= l.open[i] ? "good" : "bad";
    this.legend.replaceChildren(
      el("b", null, name), el("span", null, moment(l.time[i] * 1000)),
      ...(["open", "high", "low", "close"] as const).map((key) =>
        el("span", null, key[0].toUpperCase(), " ", el("span", { class: up }, price(l[key][i])))));
    const t = this.chosen;
    this.told.replaceChildren(...(t ? [
      el("b", null, `Trade ${t.index + 1}: ${t.long ? "long" : "short"}`), el("span", null, `${moment(t.openedAt)} at ${price(t.open)}`),
      el("span", null, `closed ${moment(t.closedAt)} at ${price(t.close)}`), el("span", null, words(t.reason)),
      el("b", { class: t.money >= 0 ? "good" : "bad" }, `${signedPercent(t.percent)}, ${fixed(t.money, 2)}`)] :
      [el("span", null, "Drag to move; click the chart, then scroll to zoom. Click a trade for its target and stop.")]));
  }

  private brush() {
    if (!this.overview) return;
    const left = this.overview.valToPos(Math.max(this.from, this.first), "x");
    const right = this.overview.valToPos(Math.min(this.to, this.last), "x");
    this.overview.setSelect({ left, width: Math.max(3, right - left), top: 0, height: this.overview.over.clientHeight }, false);
  }

  // Where in the view a point of the screen is, in seconds.
  private secondsAt(clientX: number): number {
    const box = this.chart.over.getBoundingClientRect();
    return this.from + ((clientX - box.left) / box.width) * (this.to - this.from);
  }

  private zoom(factor: number, around: number) {
    const share = (around - this.from) / (this.to - this.from);
    const width = Math.min((this.to - this.from) * factor, this.last - this.first);
    this.show(around - share * width, around + (1 - share) * width);
  }

  private nearest(clientX: number, clientY: number): Trade | null {
    const box = this.chart.over.getBoundingClientRect();
    let best: Trade | null = null, least = 26;
    for (const trade of this.inView()) {
      for (const [time, value] of [[trade.openedAt, trade.open], [trade.closedAt, trade.close]]) {
        const dx = this.chart.valToPos(time / 1000, "x") - (clientX - box.left);
        const dy = this.chart.valToPos(value, "y") - (clientY - box.top);
        const distance = Math.hypot(dx, dy);
        if (distance < least) [best, least] = [trade, distance];
      }
    }
    return best;
  }

  private listen() {
    const over = this.chart.over;
    const pointers = new Map<number, number>();
    let travelled = 0;
    over.style.touchAction = "pan-y";
    this.place.tabIndex = 0;
    over.addEventListener("pointerdown", (event) => {
      pointers.set(event.pointerId, event.clientX);
      over.setPointerCapture(event.pointerId);
      travelled = 0;
      this.place.focus({ preventScroll: true });
    });
    over.addEventListener("pointermove", (event) => {
      const before = pointers.get(event.pointerId);
      if (before === undefined) return;
      const perPixel = (this.to - this.from) / over.clientWidth;
      if (pointers.size === 1) {
        const by = event.clientX - before;
        travelled += Math.abs(by);
        this.show(this.from - by * perPixel, this.to - by * perPixel);
      } else {
        const [other] = [...pointers].filter(([id]) => id !== event.pointerId).map(([, at]) => at);
        const now = Math.abs(event.clientX - other), then = Math.abs(before - other);
        if (now > 10 && then > 10) this.zoom(then / now, this.secondsAt((event.clientX + other) / 2));
        travelled += 10;
      }
      pointers.set(event.pointerId, event.clientX);
    });
    const release = (event: PointerEvent) => {
      const click = pointers.delete(event.pointerId) && pointers.size === 0 && travelled < 5 && event.type === "pointerup";
      if (click) {
        const found = this.nearest(event.clientX, event.clientY);
        if (found || this.chosen) this.pick(found);
      }
    };
    over.addEventListener("pointerup", release);
    over.addEventListener("pointercancel", release);
    over.addEventListener("dblclick", () => this.show(this.first, this.last));
    over.addEventListener("wheel", (event) => {
      const here = document.activeElement === this.place || event.ctrlKey;
      if (!here || event.deltaY === 0) return;
      event.preventDefault();
      this.zoom(Math.exp(Math.max(-120, Math.min(120, event.deltaY)) * 0.0022), this.secondsAt(event.clientX));
    }, { passive: false });
    this.place.addEventListener("keydown", (event) => {
      const width = this.to - this.from, middle = (this.from + this.to) / 2;
      const acts: Record<string, () => void> = {
        ArrowLeft: () => this.show(this.from - width * 0.15, this.to - width * 0.15),
        ArrowRight: () => this.show(this.from + width * 0.15, this.to + width * 0.15),
        "+": () => this.zoom(0.7, middle), "=": () => this.zoom(0.7, middle), "-": () => this.zoom(1.4, middle),
        Home: () => this.show(this.first, this.first + width), End: () => this.show(this.last - width, this.last),
        Escape: () => this.pick(null), n: () => this.step(1), p: () => this.step(-1),
      };
      const act = acts[event.key];
      if (!act) return;
      event.preventDefault();
      act();
    });
    // The strip below: the view follows the pointer.
    const strip = this.overview.over;
    strip.style.touchAction = "pan-y";
    const follow = (event: PointerEvent) => {
      const box = strip.getBoundingClientRect();
      const at = this.first + ((event.clientX - box.left) / box.width) * (this.last - this.first);
      const half = (this.to - this.from) / 2;
      this.show(at - half, at + half);
    };
    strip.addEventListener("pointerdown", (event) => {
      strip.setPointerCapture(event.pointerId);
      follow(event);
    });
    strip.addEventListener("pointermove", (event) => {
      if (strip.hasPointerCapture(event.pointerId)) follow(event);
    });
  }
}

/** What other parts of the page may ask of the chart. */
export interface PriceSection {
  element: HTMLElement | null;
  choose(trade: Trade | null, go: boolean): void;
}

/** `pick` is called when a trade is clicked. */
export function priceSection(document_: ReportDocument, scope: Scope, pick: (trade: Trade | null) => void): PriceSection {
  const runs = scope.runs.map((index) => document_.runs[index]).filter((run) => run.series !== null);
  if (runs.length === 0) return { element: null, choose: () => undefined };
  const place = el("div", { class: "chart price", role: "application", "aria-label": "Candles with trades. Arrow keys move, plus and minus zoom, n and p go to the next and previous trade." });
  const overview = el("div", { class: "chart overview", "aria-hidden": "true" });
  const legend = el("p", { class: "legend" }), told = el("p", { class: "told", "aria-live": "polite" });
  let chart: PriceChart | null = null;
  let shown: Run | null = null;
  let waiting: Trade | null = null;

  const open = async (run: Run) => {
    shown = run;
    const market = await marketOf(document_.series[run.series!]);
    if (shown !== run) return;
    place.replaceChildren();
    overview.replaceChildren();
    const fresh = new PriceChart(market, tradesOf(document_, run), place, overview, legend, told, pick, () => spans.mark(null));
    fresh.start();
    spans.mark("All");
    chart = fresh;
    document.documentElement.dataset.ready = "yes";
    if (waiting && waiting.run === run) fresh.choose(waiting, true);
    waiting = null;
  };

  const spans = choice("Period", SPANS.map(([name]) => [name, name]), "All", (name) => {
    chart?.span(SPANS.find(([n]) => n === name)![1]);
    spans.mark(name);
  });
  const intervals = select("Candles", [["0", "automatic"], ...INTERVALS.map(([name, minutes]): [string, string] => [String(minutes), name])],
    (value) => chart?.interval(Number(value)));
  const stepper = el("div", { class: "choice" },
    el("button", { type: "button", click: () => chart?.step(-1) }, "\u2039 Trade"), el("button", { type: "button", click: () => chart?.step(1) }, "Trade \u203a"));
  const symbols = runs.length > 1
    ? select("Chart of", runs.map((run, i): [string, string] => [String(i), label(run, runs)]), (value) => open(runs[Number(value)])) : null;
  requestAnimationFrame(() => open(runs[0]));
  const element = section("price", "Price and trades", "Triangles are entries, discs are exits; green and red boxes reach to target and stop.",
    el("div", { class: "bar" }, symbols, spans.element, intervals, stepper), legend, place, overview, told);
  return {
    element,
    choose: (trade, go) => {
      if (trade && trade.run !== shown) {
        if (!runs.includes(trade.run)) return;
        waiting = trade;
        if (symbols) symbols.querySelector("select")!.value = String(runs.indexOf(trade.run));
        open(trade.run);
      } else {
        chart?.choose(trade, go);
      }
    },
  };
}

const label = (run: Run, runs: Run[]) =>
  runs.every((other) => other.strategy_name === run.strategy_name) ? run.symbol : `${run.symbol}, ${run.strategy_name}`;
