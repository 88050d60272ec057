// The statistics of a list of closed trades, as back-tests report them
// (analytics.md 1.1). Pure functions of the list: the same numbers come from a
// run, from a script's own list and from a stored one. Live sessions
// (stats_live.h) and the heat map (stats_heat.h) count other rows with the same
// formulas.
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>

#include "engine/stats_math.h"

namespace btk {

/// What the statistics read of one closed trade.
struct ClosedTrade {
  std::string id;
  double pending_at = 0;             ///< ms (a script's list may have fractions); 0 or less: unusable row
  double close_timestamp = 0;        ///< ms; 0 or less: unusable row
  double close_price = 0;            ///< price of the tick that closed it, quote currency
  double pnl_percentage = 0;         ///< net result, percent
  std::optional<double> peak_pnl{};  ///< best result while open, percent; absent without a snapshot
  std::optional<double> fall_pnl{};  ///< worst result while open, percent
};

/// Absent values mean "not available" (too few trades, no loss, ...): nil, null, N/A.
struct TradeStats {
  std::size_t total_signals = 0;
  std::size_t win_count = 0, loss_count = 0;
  std::optional<double> win_rate;   ///< percent of wins and losses
  std::optional<double> avg_pnl;    ///< percent
  std::optional<double> total_pnl;  ///< percent, added up, not compounded
  std::optional<double> std_dev;    ///< percent
  std::optional<double> sharpe_ratio, annualized_sharpe_ratio, certainty_ratio;
  std::optional<double> expected_yearly_returns;     ///< percent per year
  std::optional<double> avg_peak_pnl, avg_fall_pnl;  ///< percent
  std::optional<double> sortino_ratio, calmar_ratio, recovery_factor;
  std::optional<double> expectancy;                                         ///< percent
  std::optional<double> avg_duration, avg_win_duration, avg_loss_duration;  ///< minutes
  std::optional<double> median_pnl;                                         ///< percent
  std::optional<double> avg_consecutive_win_pnl, avg_consecutive_loss_pnl;  ///< percent per streak
  PriceProfile profile;
};

/// `trades` in order of arrival, oldest first. With a cap only the newest `cap` rows count, as in the
/// reference's lists; without one all do (differences.md 16).
TradeStats trade_stats(std::span<const ClosedTrade> trades, std::optional<std::size_t> cap = std::nullopt);

/// A field's value for output: a count, a number, a word, or nothing.
using StatValue = std::variant<std::monostate, std::size_t, double, std::string_view>;

inline StatValue stat_value(std::size_t count) { return count; }
inline StatValue stat_value(double number) { return number; }
inline StatValue stat_value(std::optional<double> number) { return number ? StatValue(*number) : StatValue(); }
inline StatValue stat_value(std::optional<Trend> trend) { return trend ? StatValue(to_string(*trend)) : StatValue(); }

/// One field of some statistics under its two names.
template <typename Stats>
struct FieldOf {
  std::string_view snake;  ///< "win_rate": Lua, JSON
  std::string_view camel;  ///< "winRate": the golden files
  StatValue (*value)(const Stats&);
};
using StatField = FieldOf<TradeStats>;

inline constexpr std::size_t kTradeStatCount = 32;
/// Every field, in the order of the manual.
std::span<const StatField> trade_stat_fields();
/// The field of that snake_case name (a walker's metric, say), or nullptr.
const StatField* find_trade_stat(std::string_view snake);

}  // namespace btk
