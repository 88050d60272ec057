#include "host/prove/proof_text.h"

#include <fmt/format.h>

#include "engine/text.h"

namespace btk::host {
namespace {

using Json = nlohmann::ordered_json;

Json difference_object(const Difference& d) { return {{"time", d.time}, {"expected", d.expected}, {"got", d.got}}; }

struct Statement {
  std::string text;
  const Difference* difference = nullptr;  // to be shown below it
};

std::string plural(std::size_t count, std::string_view what) { return fmt::format("{} {}{}", count, what, count == 1 ? "" : "s"); }

std::vector<Statement> statements(const Proof& p) {
  std::vector<Statement> list;
  if (p.result == ProofResult::not_proven) {
    list.push_back({fmt::format("not proven: {}", p.why)});
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
                        ? fmt::format("read {}, which follows no candles that the run saw and stayed as it is", file.path)
                        : fmt::format("read {}, which holds prices of {} ({} numbers); cut and replaced with the candles", file.path,
                                      file.symbol, file.numbers)});
  }
  for (const WarmupChange& change : p.warmup) {
    list.push_back({fmt::format("warm-up: {} change with {} times the history before the frame, first {}: {} instead of {}",
                                plural(change.changed, "decision"), change.times, format_minute(change.first.time), change.first.got,
                                change.first.expected)});
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
  const std::string head = fmt::format("proof  {} {}  ", p.symbol, p.strategy_name);
  std::string text;
  for (const Statement& told : statements(p)) {
    text += head + told.text + "\n";
    if (told.difference) text += fmt::format("    expected: {}\n    got:      {}\n", told.difference->expected, told.difference->got);
  }
  if (cost && p.run_seconds > 0) {
    text += fmt::format("{}took {} s, {} times the run\n", head, fixed(p.seconds, 2), fixed(p.seconds / p.run_seconds, 1));
  }
  return text;
}

std::string proof_markdown(const Proof& p) {
  std::string text;
  for (const Statement& told : statements(p)) {
    text += "- " + told.text + "\n";
    if (told.difference) {
      text += fmt::format("  - expected: `{}`\n  - got: `{}`\n", told.difference->expected, told.difference->got);
    }
  }
  return text;
}

}  // namespace btk::host
