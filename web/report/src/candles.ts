// One-minute candles as the program packs them (host/report/page_candles.h), and longer ones made of them.
import type { PackedCandles } from "./document";

/** Columns of equal length; `time` in seconds, as the charts want it. */
export interface Candles {
  minutes: number;
  time: Float64Array;
  open: Float64Array;
  high: Float64Array;
  low: Float64Array;
  close: Float64Array;
  volume: Float64Array;
}

export const INTERVALS: [string, number][] =
  [["1m", 1], ["5m", 5], ["15m", 15], ["1h", 60], ["4h", 240], ["1d", 1440]];

const VOLUME_STEPS = 32;

async function inflate(base64: string): Promise<Uint8Array> {
  const text = atob(base64);
  const bytes = new Uint8Array(text.length);
  for (let i = 0; i < text.length; i++) bytes[i] = text.charCodeAt(i);
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("deflate"));
  return new Uint8Array(await new Response(stream).arrayBuffer());
}

function columns(minutes: number, count: number): Candles {
  const column = () => new Float64Array(count);
  return { minutes, time: column(), open: column(), high: column(), low: column(), close: column(), volume: column() };
}

export async function unpack(packed: PackedCandles): Promise<Candles> {
  const bytes = await inflate(packed.data);
  let at = 0;
  const next = (): number => {
    // By multiplication: a price may need more than 32 bits.
    let value = 0, scale = 1, byte = 0;
    do {
      byte = bytes[at++];
      value += (byte & 0x7f) * scale;
      scale *= 128;
    } while (byte > 0x7f);
    return value % 2 === 1 ? -(value + 1) / 2 : value / 2;
  };
  const count = packed.count;
  const out = columns(1, count);
  for (let i = 0; i < count; i++) out.open[i] = next();
  for (let i = 0; i < count; i++) out.close[i] = next();
  let before = 0;
  for (let i = 0; i < count; i++) {
    out.open[i] += before;
    before = out.close[i] += out.open[i];
  }
  for (let i = 0; i < count; i++) out.high[i] = Math.max(out.open[i], out.close[i]) + next();
  for (let i = 0; i < count; i++) out.low[i] = Math.min(out.open[i], out.close[i]) - next();
  for (let i = 0; i < count; i++) out.volume[i] = Math.expm1(next() / VOLUME_STEPS) * packed.volume_unit;
  const scale = 10 ** packed.decimals;
  for (let i = 0; i < count; i++) {
    out.time[i] = packed.first / 1000 + i * 60;
    out.open[i] /= scale;
    out.high[i] /= scale;
    out.low[i] /= scale;
    out.close[i] /= scale;
  }
  return out;
}

/** Longer candles on the grid of the epoch; the first and the last may be made of fewer minutes. */
export function longer(source: Candles, minutes: number): Candles {
  const step = minutes * 60;
  const slot = (i: number) => Math.floor(source.time[i] / step);
  const count = source.time.length;
  if (minutes === source.minutes || count === 0) return source;
  const out = columns(minutes, slot(count - 1) - slot(0) + 1);
  let at = -1, current = NaN;
  for (let i = 0; i < count; i++) {
    if (slot(i) !== current) {
      current = slot(i);
      at++;
      out.time[at] = current * step;
      out.open[at] = source.open[i];
      out.high[at] = source.high[i];
      out.low[at] = source.low[i];
    }
    if (source.high[i] > out.high[at]) out.high[at] = source.high[i];
    if (source.low[i] < out.low[at]) out.low[at] = source.low[i];
    out.close[at] = source.close[i];
    out.volume[at] += source.volume[i];
  }
  return out;
}

/** The candles of one symbol in every interval; longer ones are made when they are first looked at. */
export class Market {
  private levels = new Map<number, Candles>();
  constructor(readonly minutes: Candles, readonly decimals: number) {
    this.levels.set(1, minutes);
  }
  level(minutes: number): Candles {
    let found = this.levels.get(minutes);
    if (!found) this.levels.set(minutes, (found = longer(this.minutes, minutes)));
    return found;
  }
}

const markets = new Map<PackedCandles, Promise<Market>>();

export function marketOf(packed: PackedCandles): Promise<Market> {
  let market = markets.get(packed);
  if (!market) markets.set(packed, (market = unpack(packed).then((candles) => new Market(candles, packed.decimals))));
  return market;
}
