#include "host/cli/explain_text.h"

#include <algorithm>
#include <map>

#include <fmt/format.h>

#include "engine/text.h"

namespace btk::host {
namespace {

std::string price(double value) { return value == 0 ? "-" : fmt::format("{:.8g}", value); }

/// "throttled 48, no signal 12", most frequent first.
std::string counts(const std::vector<lua::ExplainRow>& rows) {
  std::map<std::string, int> by_outcome;
  for (const lua::ExplainRow& row : rows) ++by_outcome[row.outcome];
  std::vector<std::pair<std::string, int>> sorted(by_outcome.begin(), by_outcome.end());
  std::ranges::stable_sort(sorted, [](const auto& a, const auto& b) { return a.second > b.second; });
  std::string text;
  for (const auto& [outcome, count] : sorted) text += fmt::format("{}{} {}", text.empty() ? "" : ", ", outcome, count);
  return text;
}

}  // namespace

std::string explain_text(const std::vector<RunOutcome>& outcomes, const lua::ExplainWish& wish) {
  std::string text;
  for (const RunOutcome& outcome : outcomes) {
    const lua::RunReport& report = outcome.report;
    text += fmt::format("Explanation of {} {}, {} to {}\n", report.symbol, report.strategy_name, format_minute(wish.from),
                        format_minute(wish.to));
    const auto& rows = report.explained;
    if (rows.empty()) {
      text += fmt::format("  nothing happened there: the run goes from {} to {}\n\n", format_minute(report.frame_start),
                          format_minute(report.frame_end));
      continue;
    }
    std::size_t close_width = 5, price_width = 7, outcome_width = 7;
    for (const lua::ExplainRow& row : rows) {
      close_width = std::max(close_width, price(row.close).size());
      price_width = std::max(price_width, price(row.price).size());
      outcome_width = std::max(outcome_width, row.outcome.size());
    }
    text += fmt::format("  {:<16}  {:<6}  {:>{}}  {:>{}}  {:<{}}  why\n", "time (UTC)", "step", "close", close_width, "average",
                        price_width, "outcome", outcome_width);
    for (const lua::ExplainRow& row : rows) {
      std::string line = fmt::format("  {:<16}  {:<6}  {:>{}}  {:>{}}  {:<{}}  {}", format_minute(row.when), row.candle ? "candle" : "tick",
                                     price(row.close), close_width, price(row.price), price_width, row.outcome, outcome_width, row.detail);
      std::ranges::replace(line, '\n', ' ');
      line.erase(line.find_last_not_of(' ') + 1);
      text += line + "\n";
      if (!row.locals.empty()) text += fmt::format("  {:<16}  {}\n", "", row.locals);
    }
    text += fmt::format("  {} steps: {}\n\n", rows.size(), counts(rows));
  }
  return text;
}

}  // namespace btk::host
