// The heat map's statistics (analytics.md 1.3): a row per symbol and the portfolio
// that their trades make together. Every row counts, also one with unusable times
// (only durations leave those out). The portfolio walks overlapping trades one
// after the other; it divides no capital.
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "engine/stats.h"

namespace btk {

/// The closed trades of one symbol in order of arrival, oldest first, of every strategy that traded it.
struct SymbolTrades {
  std::string symbol;
  std::vector<ClosedTrade> trades;
};

/// One symbol. Percent are plain numbers, absent values mean "not available".
struct HeatRow {
  std::string symbol;
  TradeStats trades;                        ///< with the heat map's own rules on what is available
  double max_drawdown = 0;                  ///< of the equity curve, percent, 0 or more
  std::optional<double> profit_factor;      ///< sum of wins / sum of losses
  std::optional<double> avg_win, avg_loss;  ///< percent
  std::size_t max_win_streak = 0, max_loss_streak = 0;  ///< trades in a row
  std::optional<double> peak_profit_pnl;                ///< best open result of any trade, percent
  std::optional<double> max_drawdown_pnl;               ///< worst open result of any trade, percent
  std::optional<double> trades_per_year;
};

struct Portfolio {
  std::size_t total_symbols = 0, total_trades = 0;
  std::optional<double> total_pnl;  ///< sum of the symbols', percent
  std::optional<double> std_dev, sharpe_ratio, sortino_ratio, certainty_ratio,
      expectancy;  ///< over all trades
  std::optional<double> trades_per_year, annualized_sharpe_ratio, expected_yearly_returns;
  std::optional<double> calmar_ratio, recovery_factor;
  std::optional<double> median_pnl;                                         ///< percent
  std::optional<double> avg_duration, avg_win_duration, avg_loss_duration;  ///< minutes
  std::optional<double> peak_profit_pnl, max_drawdown_pnl;                  ///< the symbols' best and worst
  /// Means of the symbols' values, weighted by their trades.
  std::optional<double> avg_peak_pnl, avg_fall_pnl, avg_consecutive_win_pnl, avg_consecutive_loss_pnl;
};

struct HeatStats {
  std::vector<HeatRow>
      symbols;  ///< best Sharpe ratio first, those without one last, else in order of arrival
  Portfolio portfolio;
};

/// `lists` in the order in which the symbols had their first trade; one without trades is left out. The cap
/// is per symbol.
HeatStats heat_stats(std::span<const SymbolTrades> lists, std::optional<std::size_t> cap = std::nullopt);

/// Every field of a row but `symbol`, and of the portfolio, in the order of the manual.
std::span<const FieldOf<HeatRow>> heat_row_fields();
std::span<const FieldOf<Portfolio>> portfolio_fields();

}  // namespace btk
