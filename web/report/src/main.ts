// The page: reads the document, shows one scope of it at a time.
import "uplot/dist/uPlot.min.css";
import "./style.css";
import { el, select } from "./dom";
import type { ReportDocument, Trade } from "./document";
import { equitySection } from "./equity";
import { rankingSection, symbolSection } from "./heat";
import { monthSection } from "./months";
import { priceSection } from "./price";
import { proofNotice } from "./proof";
import { spreadSection } from "./spread";
import { figures, glossary, head, notices, verdict } from "./summary";
import { bestSection, foldSection, surfaceSection, trialSection } from "./sweep";
import { tradeSection } from "./trades";

const report = JSON.parse(document.getElementById("document")!.textContent!) as ReportDocument;
const page = document.getElementById("page")!;

function show(index: number) {
  const scope = report.scopes[index];
  const picker = report.scopes.length > 1
    ? select("Showing", report.scopes.map((one, i): [string, string] => [String(i), one.label]), (value) => show(Number(value)), String(index)) : null;
  let chosen: Trade | null = null;
  const pick = (from: "chart" | "list") => (trade: Trade | null) => {
    chosen = trade === chosen ? null : trade;
    list.choose(chosen);
    chart.choose(chosen, from === "list" || chosen !== null);
    if (from === "list" && chosen && chart.element) chart.element.scrollIntoView({ block: "nearest", behavior: matchMedia("(prefers-reduced-motion: reduce)").matches ? "auto" : "smooth" });
  };
  const chart = priceSection(report, scope, pick("chart"));
  const list = tradeSection(report, scope, pick("list"));
  page.replaceChildren(
    el("main", null, head(report, scope, picker), rankingSection(report, scope, show) ?? "", bestSection(report) ?? "", figures(report, scope), verdict(scope) ?? "", proofNotice(report, scope) ?? "", notices(report, scope) ?? "",
      ...searched(), equitySection(report, scope), chart.element ?? "",
      el("div", { class: "two" }, spreadSection(report, scope), monthSection(report, scope)),
      symbolSection(scope) ?? "", list.element, glossary(report, scope)),
    foot(index));
}

/** What a parameter search adds. */
const searched = () => [surfaceSection(report.trials), foldSection(report.walk_forward, report.metric), trialSection(report.trials)].filter((part) => part !== null);

function foot(index: number): HTMLElement {
  const hashes = report.run_hash ? [report.run_hash] : report.scopes[index].runs.map((run) => report.runs[run].run_hash);
  return el("footer", null, el("p", null, `Made by ${report.program}. All times are UTC. Past results promise nothing.`),
    ...hashes.map((hash) => el("p", { class: "hash" }, "run hash ", hash)));
}

document.title = `${report.title}: btkhost report`;
if (report.scopes.length > 0) show(0);
else if (report.search) {
  page.replaceChildren(el("main", null, head(report, undefined, null), bestSection(report) ?? "",
    report.remarks.length > 0 ? el("aside", { class: "notice" }, el("h2", null, "Worth knowing"), el("ul", null, ...report.remarks.map((line) => el("li", null, line)))) : "", ...searched()), foot(0));
} else page.replaceChildren(el("main", null, el("h1", null, report.title), el("p", null, "There is nothing to show."),
  el("ul", null, ...report.remarks.map((line) => el("li", null, line)))));
if (report.runs.every((run) => run.series === null)) document.documentElement.dataset.ready = "yes";
