// The money view of a run for the summary on the command line: what a starting
// capital became when every trade was made with its cost, without compounding
// (costs are fixed amounts, so results add up). Amounts are in the quote currency
// (USD), percent values plain numbers (1.5 = 1.5 %), times ms UTC.
#pragma once

#include <cstddef>
#include <optional>
#include <span>

#include "engine/time.h"

namespace btk {

/// What the money view reads of one closed trade.
struct MoneyTrade {
  Timestamp pending_at = 0;       ///< position opened
  Timestamp close_timestamp = 0;  ///< position closed
  double pnl_percentage = 0;      ///< net result in percent of the cost
  double cost = 0;                ///< amount put in, all entries together
  double entry_notional = 0;      ///< amount bought or sold short on the way in: cost * multiplier
  double close_notional = 0;      ///< amount on the way out, all partial closes included
};

/// pnl_percentage / 100 * cost.
double money_result(const MoneyTrade& trade);

/// percent_fee / 100 * (entry_notional + close_notional): the fee is due on both sides.
double fees_paid(const MoneyTrade& trade, double percent_fee);

/// The fall of initial + results so far from its highest level so far that is the deepest in percent of
/// that level, walked in order of close times; the starting capital is the first level. While no level is
/// above zero, the one with the largest amount.
struct MoneyDrawdown {
  double amount = 0;              ///< of that fall; another one, from a higher level, may be larger
  std::optional<double> percent;  ///< amount / highest level; absent when that level is not above zero
};
MoneyDrawdown max_drawdown(std::span<const MoneyTrade> trades, double initial_capital);

/// Share of [from, to) in which at least one position was open, percent; times in several positions at
/// once count once. Absent for an empty frame.
std::optional<double> exposure(std::span<const MoneyTrade> trades, Timestamp from, Timestamp to);

/// Index of the trade with the largest (smallest) result in percent of its cost, the first of equal ones;
/// absent without trades.
std::optional<std::size_t> best_trade(std::span<const MoneyTrade> trades);
std::optional<std::size_t> worst_trade(std::span<const MoneyTrade> trades);

/// (last - first) / first * 100: what holding from the first price to the last would have brought,
/// without costs. Absent when a price is not above zero.
std::optional<double> buy_and_hold(double first_price, double last_price);

/// All of the above over one list.
struct MoneySummary {
  double initial_capital = 0;
  double final_capital = 0;              ///< initial + result
  double result = 0;                     ///< sum of money results
  std::optional<double> result_percent;  ///< of the initial capital
  MoneyDrawdown drawdown;
  std::optional<double> exposure;  ///< percent of the frame
  double fees = 0;                 ///< already inside the results
  std::optional<std::size_t> best, worst;
};
MoneySummary money_summary(std::span<const MoneyTrade> trades, double initial_capital, double percent_fee,
                           Timestamp from, Timestamp to);

}  // namespace btk
