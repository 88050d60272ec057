#include "host/prove/proof_text.h"

#include <fmt/format.h>

#include <algorithm>

#include "engine/text.h"
#include "host/json.h"
#include "optimizer/sandbox/printable.h"

namespace btk::host {
namespace {

Json difference_object(const Difference& d) { return {{"time", d.time}, {"expected", d.expected}, {"got", d.got}}; }

struct ProofStatement {
  std::string text;
  const Difference* difference = nullptr;  // to be shown below it
};

// Words of the script on their way to a terminal or a file.
std::string word(const std::string& text) { return optimizer::printable(text, text.size()); }

// A Markdown code span, whatever back-ticks are in the text.
std::string code(const std::string& text) {
  std::size_t longest = 0, row = 0;
  for (const char c : text) longest = std::max(longest, row = c == '`' ? row + 1 : 0);
  if (longest == 0) return "`" + text + "`";
  const std::string fence(longest + 1, '`');
  return fence + " " + text + " " + fence;
}

using Quote = std::string (*)(const std::string&);  // how a decision's line stands in a sentence

std::string plural(std::size_t count, std::string_view what) { return fmt::format("{} {}{}", count, what, count == 1 ? "" : "s"); }

std::vector<ProofStatement> statements(const Proof& p, Quote quote) {
  std::vector<ProofStatement> list;
  if (p.result == ProofResult::not_proven) {
    list.push_back({fmt::format("not proven: {}", word(p.why))});
  } else {
    list.push_back({fmt::format("{} of {} truncations identical ({} random moments, {} of {} entries){}", p.identical, p.truncations,
                                p.moments, p.entries, p.all_entries,
                                p.result == ProofResult::holds ? ": no decision saw the future" : "")});
  }
  if (p.first) {
    list.push_back({fmt::format("A DECISION SAW THE FUTURE: {}, with the candles from {} on {}", format_minute(p.first->time),
                                format_minute(p.moment), p.cut ? "cut off" : "replaced by others"),
                    &*p.first});
  }
  for (const FileRead& file : p.files) {
    list.push_back({file.symbol.empty()
                        ? fmt::format("read {}, which follows no candles that the run saw and stayed as it is", word(file.path))
                        : fmt::format("read {}, which holds prices of {} ({} numbers); cut and replaced with the candles", word(file.path),
                                      file.symbol, file.numbers)});
  }
  for (const WarmupChange& change : p.warmup) {
    list.push_back({fmt::format("warm-up: {} change with {} times the history before the frame, first {}: {} instead of {}",
                                plural(change.changed, "decision"), change.times, format_minute(change.first.time), quote(change.first.got),
                                quote(change.first.expected))});
  }
  if (p.result != ProofResult::not_proven && p.warmup.empty()) {
    list.push_back({p.warmup_gap.empty() ? fmt::format("warm-up: no decision changes with 2 and 4 times the history ({} h)", p.history / kHour)
                                         : "warm-up: " + p.warmup_gap});
  }
  return list;
}

}  // namespace

Json proof_object(const Proof& p) {
  Json o;
  o["symbol"] = p.symbol;
  o["strategy_name"] = p.strategy_name;
  o["result"] = to_string(p.result);
  o["why"] = p.why.empty() ? Json(nullptr) : Json(p.why);
  o["truncations"] = p.truncations;
  o["identical"] = p.identical;
  o["moments"] = p.moments;
  o["entries_checked"] = p.entries;
  o["entries"] = p.all_entries;
  o["first_difference"] = nullptr;
  if (p.first) {
    Json& first = o["first_difference"] = difference_object(*p.first);
    first["candles_changed_from"] = p.moment;
    first["candles_were"] = p.cut ? "cut off" : "replaced";
  }
  Json files = Json::array(), warmup = Json::array();
  for (const FileRead& file : p.files) {
    files.push_back({{"path", file.path}, {"follows", file.symbol.empty() ? Json(nullptr) : Json(file.symbol)}, {"numbers", file.numbers}});
  }
  for (const WarmupChange& change : p.warmup) {
    warmup.push_back({{"history", change.times}, {"changed", change.changed}, {"first", difference_object(change.first)}});
  }
  o["files"] = std::move(files);
  o["history_ms"] = p.history;
  o["warm_up"] = std::move(warmup);
  o["warm_up_note"] = p.warmup_gap.empty() ? Json(nullptr) : Json(p.warmup_gap);
  return o;
}

std::string proof_lines(const Proof& p, bool cost) {
  const std::string head = fmt::format("proof  {} {}  ", p.symbol, word(p.strategy_name));
  std::string text;
  for (const ProofStatement& told : statements(p, word)) {
    text += head + told.text + "\n";
    if (told.difference) text += fmt::format("    expected: {}\n    got:      {}\n", word(told.difference->expected), word(told.difference->got));
  }
  if (cost && p.run_seconds > 0) {
    text += fmt::format("{}took {} s, {} times the run\n", head, fixed(p.seconds, 2), fixed(p.seconds / p.run_seconds, 1));
  }
  return text;
}

std::string proof_markdown(const Proof& p) {
  std::string text;
  for (const ProofStatement& told : statements(p, [](const std::string& line) { return code(word(line)); })) {
    text += "- " + told.text + "\n";
    if (told.difference) {
      text += fmt::format("  - expected: {}\n  - got: {}\n", code(word(told.difference->expected)), code(word(told.difference->got)));
    }
  }
  return text;
}

std::string proofs_markdown(const std::vector<Proof>& proofs) {
  if (proofs.empty()) return {};
  std::string text = "## Proof Against Look-Ahead\n";
  for (const Proof& proof : proofs) text += fmt::format("\n**{} {}**\n\n{}", proof.symbol, word(proof.strategy_name), proof_markdown(proof));
  return text;
}

std::string proof_cost(const Proof& p) {
  return fmt::format("the proof took {:.2f} s, {:.1f} times the run", p.seconds, p.seconds / std::max(p.run_seconds, 1e-9));
}

}  // namespace btk::host
