// The Markdown report of a walker (analytics.md 2.2): the best strategy, all of
// them in the order of the metric, and their trades.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "engine/honest_verdict.h"
#include "engine/walker.h"
#include "host/report/trade_row.h"

namespace btk::host {

struct WalkerReport {
  std::string walker_name, symbol, exchange_name, frame_name;
  std::size_t total_strategies = 0;
  const WalkerRanking& ranking;
  const Evidence* evidence = nullptr;         ///< about the best one; none without a best one
  std::vector<std::vector<TradeRow>> trades;  ///< of each result of the ranking, oldest first
  bool show_trades = true;                    ///< the table of all trades
  std::size_t top = 10;                       ///< rows of the comparison, CC_WALKER_MARKDOWN_TOP_N
};

/// Lines end with "\n" but for the last.
std::string walker_report(const WalkerReport& report);

}  // namespace btk::host
