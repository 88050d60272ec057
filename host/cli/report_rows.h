// A run's finished signals in the shapes that reports and the money view read.
#pragma once

#include <span>
#include <vector>

#include "engine/equity.h"
#include "host/report/trade_row.h"
#include "lua/run.h"

namespace btk::host {

/// Closed positions, oldest first. Cancelled orders are no trades.
std::vector<TradeRow> trade_rows(const lua::RunReport& report);

/// The same trades for engine/equity.h. Fees are left out: the engine has counted them (total_fees).
std::vector<MoneyTrade> money_trades(const lua::RunReport& report);

/// When a run was in the market: its closed trades, and what a session holds, up to its last minute. For exposure().
std::vector<MoneyTrade> held_times(const lua::RunReport& report);

/// A stretch of time, ms: [from, to).
struct Span {
  Timestamp from = 0, to = 0;
};

/// The part of the frame that had candles, of which shares of time are taken; of a session, and of a run without
/// candles, the whole frame.
Span seen_span(const lua::RunReport& report);

/// From the first such moment of several runs to the last; runs without candles do not count beside others.
Span seen_span(std::span<const lua::RunReport* const> reports);

/// The holes in their order; of more than `most` the longest, longest first.
std::vector<Gap> longest_gaps(const std::vector<Gap>& gaps, std::size_t most);

/// USD of all trades, both sides; inside their results already.
double total_fees(const lua::RunReport& report);

}  // namespace btk::host
