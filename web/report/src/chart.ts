// What all charts have in common: axes in the colours of the page, times in UTC, a width that follows the page.
import uPlot from "uplot";
import { FONT, onThemeChange, theme } from "./theme";

export const utc = (seconds: number) => uPlot.tzDate(new Date(seconds * 1000), "Etc/UTC");

/** Axis labels of times, short enough for a telephone. */
const TIME_LABELS: uPlot.Axis["values"] = [
  [3600 * 24 * 365, "{YYYY}", null, null, null, null, null, null, 1],
  [3600 * 24 * 28, "{MMM}", "\n{YYYY}", null, null, null, null, null, 1],
  [3600 * 24, "{D} {MMM}", "\n{YYYY}", null, null, null, null, null, 1],
  [3600, "{HH}:{mm}", "\n{D} {MMM} {YYYY}", null, "\n{D} {MMM}", null, null, null, 1],
  [60, "{HH}:{mm}", "\n{D} {MMM} {YYYY}", null, "\n{D} {MMM}", null, null, null, 1],
];

export function timeAxis(overrides: uPlot.Axis = {}): uPlot.Axis {
  return { ...lines(), values: TIME_LABELS, space: 70, size: 38, ...overrides };
}

/** Labels with as many digits as their distance needs, and an axis as wide as they are. */
export function valueAxis(values: (value: number, digits: number) => string, overrides: uPlot.Axis = {}): uPlot.Axis {
  const least = overrides.side === 3 ? 34 : 60;  // the same for charts above each other
  return {
    ...lines(),
    side: 1,
    size: (u, labels) => Math.max(least, 14 + Math.max(0, ...(labels ?? []).map((label) => widthOf(u, label)))),
    space: 34,
    values: (_, ticks, __, ___, step) => ticks.map((tick) => (tick === null ? "" : values(tick, digitsOf(step)))),
    ...overrides,
  };
}

/** How many digits tell neighbours at this distance apart. */
export function digitsOf(step: number): number {
  for (let digits = 0; digits < 10; digits++) {
    const scaled = step * 10 ** digits;
    if (Math.abs(scaled - Math.round(scaled)) < 1e-6 * scaled) return digits;
  }
  return 10;
}

function widthOf(u: uPlot, label: string): number {
  u.ctx.save();
  u.ctx.font = FONT;
  const { width } = u.ctx.measureText(label);
  u.ctx.restore();
  return Math.ceil(width);
}

function lines(): uPlot.Axis {
  return {
    font: FONT,
    stroke: () => theme().muted,
    grid: { stroke: () => theme().line, width: 1 },
    ticks: { show: false },
    gap: 6,
  };
}

/** Keeps a chart as wide as its place, and in the colours of the page. */
export function live(place: HTMLElement, height: number, make: (width: number) => uPlot): { chart: () => uPlot } {
  const chart = make(Math.max(200, place.clientWidth));
  const observer = new ResizeObserver(() => {
    const width = place.clientWidth;
    if (width > 0 && width !== chart.width) chart.setSize({ width, height });
  });
  observer.observe(place);
  onThemeChange(() => {
    if (chart.root.isConnected) chart.redraw(false);
  });
  return { chart: () => chart };
}

/** Colour strings with an alpha channel. */
export function faded(color: string, alpha: number): string {
  return `color-mix(in srgb, ${color} ${Math.round(alpha * 100)}%, transparent)`;
}
