// The Markdown report of a walker (analytics.md 2.2): the best strategy, all of
// them in the order of the metric, and their trades.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "engine/honest_verdict.h"
#include "engine/walker.h"
#include "host/report/table.h"
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
  std::string strategy_table{}, trade_table{};  ///< in the place of the usual tables, when not empty
};

/// A row of the table of all trades.
struct WalkerTrade {
  const std::string* strategy;
  const TradeRow* trade;
};

// The reference's columns and the rows that they show.
std::vector<Column<WalkerResult>> walker_strategy_columns();
std::vector<Column<WalkerTrade>> walker_pnl_columns();
std::vector<const WalkerResult*> walker_ranked(const WalkerReport& report);
std::vector<WalkerTrade> walker_pnl_rows(const WalkerReport& report);

/// Lines end with "\n" but for the last.
std::string walker_report(const WalkerReport& report);

}  // namespace btk::host
