#include "engine/stats_heat.h"

#include <algorithm>
#include <array>
#include <cmath>

#include "engine/stats_rows.h"

namespace btk {
namespace {

EquityCurve curve_of(const TradeRows& by_close_time) {
  std::vector<CurveStep> steps;
  for (const ClosedTrade* row : by_close_time) steps.push_back({row->pnl_percentage, row->fall_pnl});
  return equity_curve(steps);
}

std::optional<double> trades_per_year(const TradeRows& by_close_time) {
  double first_pending = by_close_time.front()->pending_at;
  for (const ClosedTrade* row : by_close_time) first_pending = std::min(first_pending, row->pending_at);
  return annual_trades(by_close_time.size(), first_pending, by_close_time.back()->close_timestamp);
}

std::optional<double> finite_mean(const std::vector<double>& values) {
  const auto m = mean(values);
  return m ? finite(*m) : std::nullopt;
}

std::optional<double> largest(const std::vector<double>& values) {
  return values.empty() ? std::nullopt : finite(*std::ranges::max_element(values));
}
std::optional<double> smallest(const std::vector<double>& values) {
  return values.empty() ? std::nullopt : finite(*std::ranges::min_element(values));
}

HeatRow heat_row(const std::string& symbol, const TradeRows& rows) {
  HeatRow row;
  row.symbol = symbol;
  row.trades = stats_of(rows, Durations::of_usable_rows);
  const Sides sides = sides_of(rows);
  // Where the back-test says 0, a map of many symbols says that there is nothing to compare.
  if (sides.wins.empty()) row.trades.certainty_ratio.reset();
  if (sides.wins.empty() && sides.losses.empty()) {
    row.trades.win_rate.reset();
    row.trades.expectancy.reset();
  }
  const TradeRows by_close_time = chronological(rows);
  row.max_drawdown = curve_of(by_close_time).max_drawdown;
  row.trades_per_year = trades_per_year(by_close_time);
  row.avg_win = finite_mean(sides.wins);
  row.avg_loss = finite_mean(sides.losses);
  const double lost = std::fabs(sum(sides.losses));
  if (!sides.wins.empty() && lost > kDispersionEps) row.profit_factor = finite(sum(sides.wins) / lost);
  const Streaks found = streaks(results_of(rows));
  row.max_win_streak = found.longest_win;
  row.max_loss_streak = found.longest_loss;
  row.peak_profit_pnl = largest(values_of(rows, [](const ClosedTrade& t) { return t.peak_pnl; }));
  row.max_drawdown_pnl = smallest(values_of(rows, [](const ClosedTrade& t) { return t.fall_pnl; }));
  return row;
}

// The mean of the symbols' values, each as heavy as its symbol has trades.
template <typename Value>
std::optional<double> weighted(std::span<const HeatRow> symbols, Value value) {
  double total = 0, weight = 0;
  for (const HeatRow& row : symbols) {
    const std::optional<double> v = value(row);
    if (!v) continue;
    total += *v * static_cast<double>(row.trades.total_signals);
    weight += static_cast<double>(row.trades.total_signals);
  }
  return weight > 0 ? finite(total / weight) : std::nullopt;
}

template <auto Member>
std::vector<double> of_symbols(std::span<const HeatRow> symbols) {
  std::vector<double> values;
  for (const HeatRow& row : symbols) {
    if (row.*Member) values.push_back(*(row.*Member));
  }
  return values;
}

// Over the trades of all symbols; `pool` is not empty.
void add_pooled(Portfolio& portfolio, const TradeRows& pool) {
  const TradeStats pooled = stats_of(pool, Durations::of_usable_rows);
  portfolio.std_dev = pooled.std_dev;
  portfolio.sharpe_ratio = pooled.sharpe_ratio;
  portfolio.sortino_ratio = pooled.sortino_ratio;
  portfolio.certainty_ratio = pooled.certainty_ratio;
  if (pooled.win_count + pooled.loss_count > 0) portfolio.expectancy = pooled.expectancy;
  portfolio.trades_per_year = trades_per_year(pool);
  portfolio.annualized_sharpe_ratio = pooled.annualized_sharpe_ratio;
  portfolio.expected_yearly_returns = pooled.expected_yearly_returns;
  portfolio.calmar_ratio = pooled.calmar_ratio;
  portfolio.recovery_factor = pooled.recovery_factor;
  portfolio.median_pnl = pooled.median_pnl;
  portfolio.avg_duration = pooled.avg_duration;
  portfolio.avg_win_duration = pooled.avg_win_duration;
  portfolio.avg_loss_duration = pooled.avg_loss_duration;
}

void add_symbols(Portfolio& portfolio, std::span<const HeatRow> symbols) {
  double total = 0;
  for (const HeatRow& row : symbols) {
    portfolio.total_trades += row.trades.total_signals;
    total += row.trades.total_pnl.value_or(0);
  }
  portfolio.total_symbols = symbols.size();
  portfolio.total_pnl = finite(total);
  portfolio.peak_profit_pnl = largest(of_symbols<&HeatRow::peak_profit_pnl>(symbols));
  portfolio.max_drawdown_pnl = smallest(of_symbols<&HeatRow::max_drawdown_pnl>(symbols));
  portfolio.avg_peak_pnl = weighted(symbols, [](const HeatRow& r) { return r.trades.avg_peak_pnl; });
  portfolio.avg_fall_pnl = weighted(symbols, [](const HeatRow& r) { return r.trades.avg_fall_pnl; });
  portfolio.avg_consecutive_win_pnl =
      weighted(symbols, [](const HeatRow& r) { return r.trades.avg_consecutive_win_pnl; });
  portfolio.avg_consecutive_loss_pnl =
      weighted(symbols, [](const HeatRow& r) { return r.trades.avg_consecutive_loss_pnl; });
}

bool better_sharpe(const HeatRow& a, const HeatRow& b) {
  if (!a.trades.sharpe_ratio || !b.trades.sharpe_ratio) {
    return a.trades.sharpe_ratio.has_value() && !b.trades.sharpe_ratio;
  }
  return *a.trades.sharpe_ratio > *b.trades.sharpe_ratio;
}

template <auto Member>
StatValue trade(const HeatRow& heat) {
  return stat_value(heat.trades.*Member);
}
template <auto Member>
StatValue heat_profile(const HeatRow& heat) {
  return stat_value(heat.trades.profile.*Member);
}
template <auto Member>
StatValue row(const HeatRow& heat) {
  return stat_value(heat.*Member);
}
template <auto Member>
StatValue whole(const Portfolio& portfolio) {
  return stat_value(portfolio.*Member);
}

constexpr auto kRowFields = std::to_array<FieldOf<HeatRow>>({
    {"total_pnl", "totalPnl", trade<&TradeStats::total_pnl>},
    {"sharpe_ratio", "sharpeRatio", trade<&TradeStats::sharpe_ratio>},
    {"max_drawdown", "maxDrawdown", row<&HeatRow::max_drawdown>},
    {"total_trades", "totalTrades", trade<&TradeStats::total_signals>},
    {"win_count", "winCount", trade<&TradeStats::win_count>},
    {"loss_count", "lossCount", trade<&TradeStats::loss_count>},
    {"win_rate", "winRate", trade<&TradeStats::win_rate>},
    {"avg_pnl", "avgPnl", trade<&TradeStats::avg_pnl>},
    {"std_dev", "stdDev", trade<&TradeStats::std_dev>},
    {"profit_factor", "profitFactor", row<&HeatRow::profit_factor>},
    {"avg_win", "avgWin", row<&HeatRow::avg_win>},
    {"avg_loss", "avgLoss", row<&HeatRow::avg_loss>},
    {"max_win_streak", "maxWinStreak", row<&HeatRow::max_win_streak>},
    {"max_loss_streak", "maxLossStreak", row<&HeatRow::max_loss_streak>},
    {"expectancy", "expectancy", trade<&TradeStats::expectancy>},
    {"avg_peak_pnl", "avgPeakPnl", trade<&TradeStats::avg_peak_pnl>},
    {"avg_fall_pnl", "avgFallPnl", trade<&TradeStats::avg_fall_pnl>},
    {"peak_profit_pnl", "peakProfitPnl", row<&HeatRow::peak_profit_pnl>},
    {"max_drawdown_pnl", "maxDrawdownPnl", row<&HeatRow::max_drawdown_pnl>},
    {"avg_duration", "avgDuration", trade<&TradeStats::avg_duration>},
    {"median_pnl", "medianPnl", trade<&TradeStats::median_pnl>},
    {"avg_consecutive_win_pnl", "avgConsecutiveWinPnl", trade<&TradeStats::avg_consecutive_win_pnl>},
    {"avg_consecutive_loss_pnl", "avgConsecutiveLossPnl", trade<&TradeStats::avg_consecutive_loss_pnl>},
    {"avg_win_duration", "avgWinDuration", trade<&TradeStats::avg_win_duration>},
    {"avg_loss_duration", "avgLossDuration", trade<&TradeStats::avg_loss_duration>},
    {"sortino_ratio", "sortinoRatio", trade<&TradeStats::sortino_ratio>},
    {"calmar_ratio", "calmarRatio", trade<&TradeStats::calmar_ratio>},
    {"recovery_factor", "recoveryFactor", trade<&TradeStats::recovery_factor>},
    {"annualized_sharpe_ratio", "annualizedSharpeRatio", trade<&TradeStats::annualized_sharpe_ratio>},
    {"certainty_ratio", "certaintyRatio", trade<&TradeStats::certainty_ratio>},
    {"expected_yearly_returns", "expectedYearlyReturns", trade<&TradeStats::expected_yearly_returns>},
    {"trades_per_year", "tradesPerYear", row<&HeatRow::trades_per_year>},
    {"median_step_size", "medianStepSize", heat_profile<&PriceProfile::median_step_size>},
    {"buyer_pressure", "buyerPressure", heat_profile<&PriceProfile::buyer_pressure>},
    {"seller_pressure", "sellerPressure", heat_profile<&PriceProfile::seller_pressure>},
    {"buyer_strength", "buyerStrength", heat_profile<&PriceProfile::buyer_strength>},
    {"seller_strength", "sellerStrength", heat_profile<&PriceProfile::seller_strength>},
    {"pressure_imbalance", "pressureImbalance", heat_profile<&PriceProfile::pressure_imbalance>},
    {"trend", "trend", heat_profile<&PriceProfile::trend>},
    {"trend_strength", "trendStrength", heat_profile<&PriceProfile::trend_strength>},
    {"trend_confidence", "trendConfidence", heat_profile<&PriceProfile::trend_confidence>},
});

constexpr auto kPortfolioFields = std::to_array<FieldOf<Portfolio>>({
    {"total_symbols", "totalSymbols", whole<&Portfolio::total_symbols>},
    {"portfolio_total_pnl", "portfolioTotalPnl", whole<&Portfolio::total_pnl>},
    {"portfolio_sharpe_ratio", "portfolioSharpeRatio", whole<&Portfolio::sharpe_ratio>},
    {"portfolio_total_trades", "portfolioTotalTrades", whole<&Portfolio::total_trades>},
    {"portfolio_avg_peak_pnl", "portfolioAvgPeakPnl", whole<&Portfolio::avg_peak_pnl>},
    {"portfolio_avg_fall_pnl", "portfolioAvgFallPnl", whole<&Portfolio::avg_fall_pnl>},
    {"portfolio_peak_profit_pnl", "portfolioPeakProfitPnl", whole<&Portfolio::peak_profit_pnl>},
    {"portfolio_max_drawdown_pnl", "portfolioMaxDrawdownPnl", whole<&Portfolio::max_drawdown_pnl>},
    {"portfolio_std_dev", "portfolioStdDev", whole<&Portfolio::std_dev>},
    {"portfolio_sortino_ratio", "portfolioSortinoRatio", whole<&Portfolio::sortino_ratio>},
    {"portfolio_calmar_ratio", "portfolioCalmarRatio", whole<&Portfolio::calmar_ratio>},
    {"portfolio_recovery_factor", "portfolioRecoveryFactor", whole<&Portfolio::recovery_factor>},
    {"portfolio_expectancy", "portfolioExpectancy", whole<&Portfolio::expectancy>},
    {"portfolio_avg_duration", "portfolioAvgDuration", whole<&Portfolio::avg_duration>},
    {"portfolio_median_pnl", "portfolioMedianPnl", whole<&Portfolio::median_pnl>},
    {"portfolio_avg_consecutive_win_pnl", "portfolioAvgConsecutiveWinPnl",
     whole<&Portfolio::avg_consecutive_win_pnl>},
    {"portfolio_avg_consecutive_loss_pnl", "portfolioAvgConsecutiveLossPnl",
     whole<&Portfolio::avg_consecutive_loss_pnl>},
    {"portfolio_avg_win_duration", "portfolioAvgWinDuration", whole<&Portfolio::avg_win_duration>},
    {"portfolio_avg_loss_duration", "portfolioAvgLossDuration", whole<&Portfolio::avg_loss_duration>},
    {"portfolio_annualized_sharpe_ratio", "portfolioAnnualizedSharpeRatio",
     whole<&Portfolio::annualized_sharpe_ratio>},
    {"portfolio_certainty_ratio", "portfolioCertaintyRatio", whole<&Portfolio::certainty_ratio>},
    {"portfolio_expected_yearly_returns", "portfolioExpectedYearlyReturns",
     whole<&Portfolio::expected_yearly_returns>},
    {"portfolio_trades_per_year", "portfolioTradesPerYear", whole<&Portfolio::trades_per_year>},
});

}  // namespace

HeatStats heat_stats(std::span<const SymbolTrades> lists, std::optional<std::size_t> cap) {
  HeatStats stats;
  TradeRows pool;
  for (const SymbolTrades& list : lists) {
    const TradeRows rows = newest_first(list.trades, cap);
    if (rows.empty()) continue;
    stats.symbols.push_back(heat_row(list.symbol, rows));
    pool.insert(pool.end(), rows.begin(), rows.end());
  }
  if (pool.empty()) return stats;
  add_pooled(stats.portfolio, chronological(std::move(pool)));
  add_symbols(stats.portfolio, stats.symbols);
  std::stable_sort(stats.symbols.begin(), stats.symbols.end(), better_sharpe);
  return stats;
}

std::span<const FieldOf<HeatRow>> heat_row_fields() { return kRowFields; }
std::span<const FieldOf<Portfolio>> portfolio_fields() { return kPortfolioFields; }

}  // namespace btk
