// The proof against look-ahead: what the program found when it repeated the runs with another future.
import { el } from "./dom";
import type { Difference, Proof, ReportDocument, Scope } from "./document";
import { count, moment } from "./format";

const changed = (difference: Difference) =>
  el("dl", { class: "decisions" }, el("dt", null, "expected"), el("dd", null, el("code", null, difference.expected)), el("dt", null, "got"), el("dd", null, el("code", null, difference.got)));

function lines(proof: Proof, name: string): HTMLElement[] {
  const item = (text: string, more: HTMLElement | null = null) => el("li", null, name, text, more);
  const list: HTMLElement[] = [];
  if (proof.result === "not proven") list.push(item(`Not proven: ${proof.why}.`));
  else list.push(item(`${count(proof.identical)} of ${count(proof.truncations)} truncations identical (${count(proof.moments)} random moments, ${count(proof.entries_checked)} of ${count(proof.entries)} entries).`));
  const first = proof.first_difference;
  if (first) list.push(item(`The decision of ${moment(first.time)} saw the future: it changed with the candles from ${moment(first.candles_changed_from)} on ${first.candles_were}.`, changed(first)));
  for (const file of proof.files) {
    list.push(item(file.follows === null ? `Read ${file.path}, which follows no candles and stayed as it is.` : `Read ${file.path}, which holds prices of ${file.follows} (${count(file.numbers)} numbers); they were cut and replaced with the candles.`));
  }
  for (const change of proof.warm_up) {
    list.push(item(`Warm-up: ${count(change.changed)} ${change.changed === 1 ? "decision changes" : "decisions change"} with ${change.history} times the history before the frame, first ${moment(change.first.time)}.`, changed(change.first)));
  }
  if (proof.result !== "not proven" && proof.warm_up.length === 0) list.push(item(proof.warm_up_note ? `Warm-up: ${proof.warm_up_note}.` : "Warm-up: no decision changes with 2 and 4 times the history before the frame."));
  return list;
}

/** Of the scope's runs; nothing where none was proven. */
export function proofNotice(document: ReportDocument, scope: Scope): HTMLElement | null {
  const runs = scope.runs.map((index) => document.runs[index]);
  const same = (proof: Proof) => runs.some((run) => run.symbol === proof.symbol && (document.kind === "sweep" || run.strategy_name === proof.strategy_name));
  const proofs = (document.proofs ?? []).filter(same);
  if (proofs.length === 0) return null;
  const seen = proofs.some((proof) => proof.result === "saw the future"), holds = proofs.every((proof) => proof.result === "holds");
  const title = seen ? "Proof: a decision saw the future" : holds ? "Proof: no decision saw the future" : "Proof: not proven";
  const name = (proof: Proof) => (proofs.length > 1 ? `${proof.symbol}: ` : "");
  return el("aside", { id: "proof", class: "notice " + (seen ? "bad" : holds ? "good" : ""), "aria-label": "Proof against look-ahead" }, el("h2", null, title),
    el("ul", null, ...proofs.flatMap((proof) => lines(proof, name(proof)))));
}
