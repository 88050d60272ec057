#include "host/cli/optimize_promote.h"

#include <fmt/format.h>

#include "engine/text.h"
#include "optimizer/files.h"
#include "optimizer/generated_files.h"

namespace btk::host {
namespace {

using nlohmann::json;

constexpr std::string_view kRemark = "-- The winner of optimizer ";  // what a promoted file begins with

// A comment ends with its line.
std::string comment_line(std::string text) {
  for (char& c : text) {
    if (static_cast<unsigned char>(c) < 32) c = ' ';
  }
  return text;
}

std::string proof_remark(const std::optional<Proof>& proof) {
  if (!proof) return "Not proven against look-ahead (--no-prove).";
  return fmt::format("Proof against look-ahead on the test range: {} of {} truncations identical.",
                     proof->identical, proof->truncations);
}

// The settings that it was tried under; empty: the usual ones.
std::string settings_line(const json& settings) {
  std::string out;
  for (const auto& [key, value] : settings.items()) {
    const auto text = value.get<std::string>();
    out += fmt::format("{}{} = {}", out.empty() ? "" : ", ", key, text.starts_with("inf") ? "math.huge" : text);
  }
  return out.empty() ? out : fmt::format("btk.set_config {{ {} }}\n", out);
}

}  // namespace

std::string promotion_refusal(const PromotionRules& rules, const optimizer::ContestResult& contest,
                              const std::optional<Proof>& proof) {
  const WalkerResult* best = contest.walk->ranking.best();
  if (best == nullptr) return "no strategy has a value of " + rules.metric;
  const double value = best->metric_value.value_or(0);
  if (!(value > 0)) return fmt::format("{} of the best is {:.3f}, not above 0", rules.metric, value);
  const auto trades = static_cast<std::int64_t>(metric_value(best->stats, "total_signals").value_or(0));
  if (trades < rules.min_trades)
    return fmt::format("the best closed {} trades, fewer than --min-trades {}", trades, rules.min_trades);
  if (!rules.prove) return {};
  if (!proof) return "there is no proof that the best did not see the future";
  if (proof->result == ProofResult::saw_the_future) {
    return fmt::format("a decision of the best saw the future: {} was {} with other candles after it",
                       format_minute(proof->first->time), proof->first->got);
  }
  if (proof->result != ProofResult::holds) {
    return fmt::format(
        "that the best did not see the future could not be proven: {}; --no-prove promotes it unproven",
        proof->why);
  }
  return {};
}

std::string keep_own_file(const std::filesystem::path& file) {
  const auto text = optimizer::read_whole(file);
  const bool ours = text && text->starts_with(kRemark) && optimizer::is_intact(optimizer::Form::lua, *text);
  std::error_code ignored;
  return ours || !std::filesystem::is_regular_file(file, ignored) ? std::string() : optimizer::keep_edited(file);
}

std::string lua_literal(const std::string& text) {
  std::string out = "\"";
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte < 32 || byte == 127 || c == '"' || c == '\\') {
      out += fmt::format("\\{:03}", byte);
    } else {
      out += c;
    }
  }
  return out + "\"";
}

std::string promoted_text(const json& manifest, std::size_t winner, const std::string& text,
                          const std::optional<Proof>& proof, const std::filesystem::path& folder,
                          const std::filesystem::path& target) {
  namespace fs = std::filesystem;
  const auto line = text.find('\n');
  json exchange = manifest["exchange"];
  if (exchange.contains("path") && fs::path(exchange["path"].get<std::string>()).is_relative()) {
    const fs::path full = fs::absolute(folder / exchange["path"].get<std::string>()).lexically_normal();
    const fs::path beside = target.has_parent_path() ? target.parent_path() : fs::path(".");
    exchange["path"] = full.lexically_relative(fs::absolute(beside).lexically_normal()).generic_string();
  }
  std::string fields;
  for (const auto& [key, value] : exchange.items()) {
    fields += fmt::format("{}{} = {}", fields.empty() ? "" : ", ", key,
                          value.is_string() ? lua_literal(value.get<std::string>()) : value.dump());
  }
  std::string out = fmt::format(
      "{}{}, strategy {}, written by model {}.\n-- {}\nlocal btk = require \"btk\"\n\n", kRemark,
      comment_line(manifest.value("optimizer", "")), winner + 1, comment_line(manifest.value("model", "")),
      proof_remark(proof));
  out += settings_line(manifest.value("settings", json::object()));
  out += fmt::format("btk.add_exchange {{ {} }}\n", fields);
  out += fmt::format("btk.add_frame {{ frame_name = {}, interval = {}, start_date = {}, end_date = {} }}\n",
                     lua_literal(manifest["test"].value("frame_name", "test")),
                     lua_literal(manifest.value("frame_interval", "1m")),
                     lua_literal(format_iso(manifest["test"].value("start", Timestamp{0}))),
                     lua_literal(format_iso(manifest["test"].value("end", Timestamp{0}))));
  out += fmt::format("btk.set_symbols {{ {} }}\n\n", lua_literal(manifest.value("symbol", "")));
  return out + text.substr(line + 1);
}

}  // namespace btk::host
