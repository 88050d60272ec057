// A parameter search: its best point, the surface of its trials, the list of them, the walk-forward.
import { el, mood, scroll, section, select } from "./dom";
import type { ReportDocument, Trials, Value, WalkForward } from "./document";
import { count, counted, date, fixed, moment, percent, signedPercent, words } from "./format";
import { type Figure, figureOf } from "./heat";
import { heatStyle } from "./theme";

const STEP = 20;    // rows of the list that come at a time
const WIDEST = 60;  // columns or rows of the surface; of longer axes neighbours are taken together

export function bestSection(document: ReportDocument): HTMLElement | null {
  const { search, trials } = document;
  if (!search) return null;
  if (!search.best || !trials) {
    return section("best", "Best point: none", `${search.text}. No trial has a value of ${words(document.metric ?? "the metric")}.`);
  }
  const value = trials.rows[0][trials.parameters.length] as number;
  const figure = figureOf(trials.metrics[0]);
  return section("best", `Best point: ${search.best}`, `${search.text}. The figures, charts and trades below are this point's.`,
    el("p", { class: "facts" }, el("span", null, `${figure.label}: `, el("b", null, figure.text(value))), el("span", null, "Run it: ", el("code", null, search.command))));
}

/** The values of an axis as groups that fit the table: one each, or runs of neighbours. */
function groups(values: Value[]): { label: string; members: Value[] }[] {
  const size = Math.ceil(values.length / WIDEST);
  const list = [];
  for (let i = 0; i < values.length; i += size) {
    const members = values.slice(i, i + size);
    list.push({ label: members.length > 1 ? `${members[0]} \u2013 ${members[members.length - 1]}` : String(members[0]), members });
  }
  return list;
}

/** Where a value lies on its scale: -1 bad, 0 neutral, 1 good. `most`: the largest distance from neutral. */
const shareOf = (figure: Figure, value: number, most: number) => (figure.full === 0 ? null : (Math.sign(figure.full) * (value - figure.neutral)) / most);

/** Two parameters against each other; over the others the best or the average trial is shown. */
export function surfaceSection(trials: Trials | undefined): HTMLElement | null {
  if (!trials || trials.parameters.length === 0 || trials.rows.length === 0) return null;
  const place = scroll();
  // The parameters with the most values first; of those with equally many the earlier.
  const [x, y = x] = trials.values.map((_, i) => i).sort((a, b) => trials.values[b].length - trials.values[a].length || a - b);
  const choice = { x, y, metric: 0, by: "best" };
  const draw = () => {
    const column = trials.parameters.length + choice.metric;
    const figure = figureOf(trials.metrics[choice.metric]);
    const better = figure.full < 0 ? -1 : 1;
    const flat = choice.x === choice.y;
    const xs = groups(trials.values[choice.x]), ys = flat ? [{ label: figure.label, members: [] }] : groups(trials.values[choice.y]);
    const placeOf = (axis: { members: Value[] }[]) => new Map(axis.flatMap(({ members }, i) => members.map((value) => [value, i] as const)));
    const atX = placeOf(xs), atY = placeOf(ys);
    const found = ys.map(() => xs.map(() => ({ best: -Infinity, sum: 0, trials: 0 })));
    for (const row of trials.rows) {
      const value = row[column];
      if (typeof value !== "number") continue;
      const cell = found[flat ? 0 : atY.get(row[choice.y]!)!][atX.get(row[choice.x]!)!];
      cell.best = Math.max(cell.best, better * value);
      cell.sum += value;
      cell.trials++;
    }
    const shown = found.map((line) => line.map((cell) => (cell.trials === 0 ? null : choice.by === "best" ? better * cell.best : cell.sum / cell.trials)));
    const values = shown.flat().filter((value): value is number => value !== null);
    const most = Math.max(...values.map((value) => Math.abs(value - figure.neutral)), 1e-12), best = Math.max(...values.map((value) => better * value));
    place.replaceChildren(el("table", { class: "heat surface" },
      el("thead", null, el("tr", null, el("th", { scope: "col" }, flat ? trials.parameters[choice.x] : `${trials.parameters[choice.y]} \\ ${trials.parameters[choice.x]}`), ...xs.map(({ label }) => el("th", { scope: "col" }, label)))),
      el("tbody", null, ...shown.map((line, i) => el("tr", null, el("th", { scope: "row" }, ys[i].label),
        ...line.map((value, k) => value === null ? el("td", { class: "none", title: "no trial with a value" })
          : el("td", { style: heatStyle(shareOf(figure, value, most)), class: better * value === best ? "best" : "", title: counted(found[i][k].trials, "trial") }, figure.text(value))))))));
  };
  const list = (names: string[]) => names.map((name, i): [string, string] => [String(i), name]);
  const set = (key: "x" | "y" | "metric") => (value: string) => {
    choice[key] = Number(value);
    draw();
  };
  const several = trials.parameters.length > 2 || trials.values.some((values) => values.length > WIDEST);
  draw();
  return section("surface", "Sweep surface", "A good region is wide: a single bright cell among dark ones is luck.",
    el("div", { class: "bar" },
      trials.parameters.length > 1 ? select("Across", list(trials.parameters), set("x"), String(choice.x)) : null,
      trials.parameters.length > 1 ? select("Down", list(trials.parameters), set("y"), String(choice.y)) : null,
      select("Figure", list(trials.metrics.map((name) => figureOf(name).label)), set("metric")),
      several ? select("Trials of a cell", [["best", "the best"], ["mean", "their average"]], (value) => { choice.by = value; draw(); }) : null), place);
}

/** The trials, best first. */
export function trialSection(trials: Trials | undefined): HTMLElement | null {
  if (!trials || trials.rows.length === 0) return null;
  const first = trials.parameters.length;
  const figures = trials.metrics.map(figureOf);
  const scales = figures.map((figure, k) =>
    trials.rows.reduce((most, row) => (typeof row[first + k] === "number" ? Math.max(most, Math.abs((row[first + k] as number) - figure.neutral)) : most), 1e-12));
  const body = el("tbody");
  const more = el("button", { type: "button" }, `Show ${STEP} more`);
  const legend = el("span");
  const grow = () => {
    const from = body.children.length;
    for (const [i, row] of trials.rows.slice(from, from + STEP).entries()) {
      body.append(el("tr", null, el("th", { scope: "row" }, `${from + i + 1}.`), ...row.slice(0, first).map((value) => el("td", null, String(value))),
        ...figures.map((figure, k) => {
          const value = row[first + k];
          return typeof value === "number" ? el("td", { style: heatStyle(shareOf(figure, value, scales[k])) }, figure.text(value)) : el("td", { class: "none" }, "n/a");
        })));
    }
    legend.textContent = `${count(body.children.length)} of ${counted(trials.rows.length, "trial")}`;
    more.disabled = body.children.length === trials.rows.length;
  };
  more.addEventListener("click", grow);
  grow();
  return section("trials", "Trials", `By ${figures[0].label}. Look at the neighbours of the best point, too. The fall is that of an account that puts all it has into every trade.`,
    scroll(el("table", { class: "heat" },
      el("thead", null, el("tr", null, el("th", { scope: "col" }, "Rank"), ...trials.parameters.map((name) => el("th", { scope: "col" }, name)), ...figures.map((figure) => el("th", { scope: "col" }, figure.label)))), body)),
    el("p", { class: "pages" }, legend, trials.rows.length > STEP ? more : null));
}

export function foldSection(walk: WalkForward | undefined, metric: string | undefined): HTMLElement | null {
  if (!walk) return null;
  const figure = figureOf(metric ?? "sharpe_ratio");
  const value = (number: number | null) => (number === null ? "n/a" : figure.text(number));
  const span = (from: number, to: number) => (to - from >= 3 * 86400000 ? `${date(from)} to ${date(to - 1)}` : `${moment(from)} to ${moment(to - 1)}`);
  return section("folds", "Walk-forward",
    `${words(walk.kind)}: the best point of one stretch of time, and what it earns on the next, which it was not chosen by.`,
    el("p", { class: "facts" }, el("span", null, `${counted(walk.trades, "trade")} in all tests, on average `, el("b", { class: mood(walk.mean_trade) }, signedPercent(walk.mean_trade))),
      walk.efficiency === null ? null : el("span", null, percent(100 * walk.efficiency, 0), " of what the choices earned in training"),
      walk.embargo_ms > 0 ? el("span", null, `${fixed(walk.embargo_ms / 3600000, 1)} h before each test count nowhere`) : null),
    scroll(el("table", { class: "plain" },
      el("thead", null, el("tr", null, ...["Test", "Chosen", `${figure.label} in training`, "in the test", "Trades", "Average trade", "Purged"].map((text) => el("th", { scope: "col" }, text)))),
      el("tbody", null, ...walk.folds.map((fold) => el("tr", null, el("th", { scope: "row" }, span(fold.from, fold.to)), el("td", null, fold.chosen ?? "none"),
        el("td", null, value(fold.train_metric)), el("td", { class: mood(fold.test_metric) }, value(fold.test_metric)), el("td", null, count(fold.trades)),
        el("td", { class: mood(fold.mean_trade) }, signedPercent(fold.mean_trade)), el("td", null, count(fold.purged))))))));
}
