// One closed position as reports and the trade list show it: plain values, no
// engine state behind them. Whoever runs a back-test fills a vector of these in
// order of arrival (oldest first).
#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "engine/signal.h"
#include "engine/stats.h"
#include "engine/time.h"

namespace btk::host {

/// Prices in quote currency, percent plain (1.5 = 1.5 %), money in USD, times ms UTC.
struct TradeRow {
  std::string id;
  std::string symbol;
  Side position = Side::long_side;
  std::string note;

  double price_open = 0;                              ///< effective entry price
  double close_price = 0;                             ///< price of the tick that closed it
  double price_take_profit = 0, price_stop_loss = 0;  ///< in force at the end
  double original_price_open = 0, original_price_take_profit = 0, original_price_stop_loss = 0;
  std::vector<Entry> entries;
  std::vector<Partial> partials;
  double partial_executed = 0;       ///< percent of the position closed before the end
  std::optional<double> multiplier;  ///< leverage
  std::optional<bool> isolated;      ///< isolated margin, else cross

  Pnl pnl;
  std::optional<double> peak_pnl, fall_pnl;  ///< best and worst result while open, percent
  std::string close_reason;                  ///< "take_profit", "stop_loss", ...

  Timestamp scheduled_at = 0;
  Timestamp pending_at = 0;  ///< position opened; 0: unusable row
  Timestamp close_timestamp = 0;
};

/// The rows as the statistics read them, in the same order.
std::vector<ClosedTrade> closed_trades(std::span<const TradeRow> rows);

}  // namespace btk::host
