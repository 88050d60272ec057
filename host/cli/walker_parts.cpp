#include "host/cli/walker_parts.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "host/cli/turned_away.h"

namespace btk::host {

std::string turned_away_part(const lua::Walk& walk) {
  std::string lines;
  for (const WalkerResult* result : walk.ranking.ranked()) {
    const auto index = static_cast<std::size_t>(result - walk.ranking.results().data());
    for (const std::string& line : turned_away_sentences(*walk.reports[index])) {
      lines += fmt::format("* **{}** {}\n", result->strategy_name, line);
    }
  }
  return lines.empty() ? "" : "## Signals That Came to Nothing\n\n" + lines + "\n";
}

std::string costs_part(const lua::Walk& walk) {
  const auto costs = [](const lua::RunReport& r) { return std::pair(r.config.percent_fee, r.config.percent_slippage); };
  const auto same = [&](const auto& report) { return costs(*report) == costs(*walk.reports.front()); };
  if (std::ranges::all_of(walk.reports, same)) return {};
  std::string lines;
  for (const WalkerResult* result : walk.ranking.ranked()) {
    const auto index = static_cast<std::size_t>(result - walk.ranking.results().data());
    const auto [fee, slippage] = costs(*walk.reports[index]);
    lines += fmt::format("* **{}** paid a fee of {}% and {}% of slippage a side\n", result->strategy_name, fee, slippage);
  }
  return "## Unequal Costs\n\nThe strategies did not pay the same; `--set CC_PERCENT_FEE=...` makes them equal.\n\n" + lines + "\n";
}

std::string stopped_remark(const lua::Walk& walk) {
  return fmt::format("**Stopped early:** interrupted when {} of {} strategies had been tested.", walk.reports.size(), walk.total_strategies);
}

}  // namespace btk::host
