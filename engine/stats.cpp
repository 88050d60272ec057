#include "engine/stats.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <vector>

#include "engine/stats_rows.h"

namespace btk {
namespace {

constexpr double kMinuteMs = 60'000;

bool is_usable(const ClosedTrade& trade) { return trade.pending_at > 0 && trade.close_timestamp > 0; }

std::optional<double> usable_mean(const std::vector<double>& values) {
  const auto m = mean(values);
  return m ? finite(*m) : std::nullopt;
}

void add_basics(TradeStats& stats, const TradeRows& rows, std::span<const double> results, const Sides& sides) {
  const auto decided = static_cast<double>(sides.wins.size() + sides.losses.size());
  stats.win_count = sides.wins.size();
  stats.loss_count = sides.losses.size();
  stats.win_rate = decided > 0 ? static_cast<double>(sides.wins.size()) / decided * 100 : 0;
  stats.avg_pnl = finite(*mean(results));
  stats.total_pnl = finite(sum(results));
  stats.median_pnl = finite(*median({results.begin(), results.end()}));
  stats.avg_peak_pnl = usable_mean(values_of(rows, [](const ClosedTrade& t) { return t.peak_pnl; }));
  stats.avg_fall_pnl = usable_mean(values_of(rows, [](const ClosedTrade& t) { return t.fall_pnl; }));
}

void add_durations(TradeStats& stats, const TradeRows& rows, Durations which) {
  const auto mean_duration = [&](auto belongs) {
    return usable_mean(values_of(rows, [&](const ClosedTrade& t) -> std::optional<double> {
      if (!belongs(t.pnl_percentage)) return std::nullopt;
      if (which == Durations::of_usable_rows && !is_usable(t)) return std::nullopt;
      return (t.close_timestamp - t.pending_at) / kMinuteMs;
    }));
  };
  stats.avg_duration = mean_duration([](double) { return true; });
  stats.avg_win_duration = mean_duration([](double r) { return r > 0; });
  stats.avg_loss_duration = mean_duration([](double r) { return r < 0; });
}

void add_streaks(TradeStats& stats, std::span<const double> results) {
  const std::vector<double> in_order_of_arrival(results.rbegin(), results.rend());
  const Streaks found = streaks(in_order_of_arrival);
  if (found.mean_win_sum) stats.avg_consecutive_win_pnl = finite(*found.mean_win_sum);
  if (found.mean_loss_sum) stats.avg_consecutive_loss_pnl = finite(*found.mean_loss_sum);
}

// Ratios of the single results, which need a minimum of trades.
void add_ratios(TradeStats& stats, std::span<const double> results, const Sides& sides) {
  const double average = *mean(results);
  stats.std_dev = finite(*sample_deviation(results));
  if (stats.std_dev && *stats.std_dev > kDispersionEps) stats.sharpe_ratio = finite(average / *stats.std_dev);

  const auto n = static_cast<double>(results.size());
  stats.expectancy = finite(static_cast<double>(sides.wins.size()) / n * sides.mean_win() +
                            static_cast<double>(sides.losses.size()) / n * sides.mean_loss());
  if (sides.losses.empty()) return;
  const double mean_loss = std::fabs(sides.mean_loss());
  if (mean_loss > kDispersionEps) stats.certainty_ratio = finite(sides.mean_win() / mean_loss);
  const double downside = *downside_deviation(results);
  if (downside > kDispersionEps) stats.sortino_ratio = finite(average / downside);
}

// Figures per year and those of the compounded curve.
void add_curve(TradeStats& stats, const TradeRows& by_close_time) {
  std::vector<CurveStep> steps;
  steps.reserve(by_close_time.size());
  double first_pending = by_close_time.front()->pending_at;
  for (const ClosedTrade* row : by_close_time) {
    steps.push_back({row->pnl_percentage, row->fall_pnl});
    first_pending = std::min(first_pending, row->pending_at);
  }
  const EquityCurve curve = equity_curve(steps);
  stats.recovery_factor = recovery_factor(curve);

  const auto per_year = annual_trades(steps.size(), first_pending, by_close_time.back()->close_timestamp);
  if (!per_year) return;
  if (stats.sharpe_ratio) stats.annualized_sharpe_ratio = finite(*stats.sharpe_ratio * std::sqrt(*per_year));
  stats.expected_yearly_returns = yearly_return(curve, *per_year, steps.size());
  stats.calmar_ratio = calmar_ratio(stats.expected_yearly_returns, curve);
}

template <auto Member>
StatValue stat(const TradeStats& stats) {
  return stat_value(stats.*Member);
}

template <auto Member>
StatValue profile(const TradeStats& stats) {
  return stat_value(stats.profile.*Member);
}

using S = TradeStats;
using P = PriceProfile;

constexpr std::array<StatField, kTradeStatCount> kFields{{
    {"total_signals", "totalSignals", stat<&S::total_signals>},
    {"win_count", "winCount", stat<&S::win_count>},
    {"loss_count", "lossCount", stat<&S::loss_count>},
    {"win_rate", "winRate", stat<&S::win_rate>},
    {"avg_pnl", "avgPnl", stat<&S::avg_pnl>},
    {"total_pnl", "totalPnl", stat<&S::total_pnl>},
    {"std_dev", "stdDev", stat<&S::std_dev>},
    {"sharpe_ratio", "sharpeRatio", stat<&S::sharpe_ratio>},
    {"annualized_sharpe_ratio", "annualizedSharpeRatio", stat<&S::annualized_sharpe_ratio>},
    {"certainty_ratio", "certaintyRatio", stat<&S::certainty_ratio>},
    {"expected_yearly_returns", "expectedYearlyReturns", stat<&S::expected_yearly_returns>},
    {"avg_peak_pnl", "avgPeakPnl", stat<&S::avg_peak_pnl>},
    {"avg_fall_pnl", "avgFallPnl", stat<&S::avg_fall_pnl>},
    {"sortino_ratio", "sortinoRatio", stat<&S::sortino_ratio>},
    {"calmar_ratio", "calmarRatio", stat<&S::calmar_ratio>},
    {"recovery_factor", "recoveryFactor", stat<&S::recovery_factor>},
    {"expectancy", "expectancy", stat<&S::expectancy>},
    {"avg_duration", "avgDuration", stat<&S::avg_duration>},
    {"avg_win_duration", "avgWinDuration", stat<&S::avg_win_duration>},
    {"avg_loss_duration", "avgLossDuration", stat<&S::avg_loss_duration>},
    {"median_pnl", "medianPnl", stat<&S::median_pnl>},
    {"avg_consecutive_win_pnl", "avgConsecutiveWinPnl", stat<&S::avg_consecutive_win_pnl>},
    {"avg_consecutive_loss_pnl", "avgConsecutiveLossPnl", stat<&S::avg_consecutive_loss_pnl>},
    {"trend", "trend", profile<&P::trend>},
    {"trend_strength", "trendStrength", profile<&P::trend_strength>},
    {"trend_confidence", "trendConfidence", profile<&P::trend_confidence>},
    {"buyer_pressure", "buyerPressure", profile<&P::buyer_pressure>},
    {"seller_pressure", "sellerPressure", profile<&P::seller_pressure>},
    {"buyer_strength", "buyerStrength", profile<&P::buyer_strength>},
    {"seller_strength", "sellerStrength", profile<&P::seller_strength>},
    {"pressure_imbalance", "pressureImbalance", profile<&P::pressure_imbalance>},
    {"median_step_size", "medianStepSize", profile<&P::median_step_size>},
}};

}  // namespace

TradeRows newest_first(std::span<const ClosedTrade> trades, std::optional<std::size_t> cap) {
  if (cap && trades.size() > *cap) trades = trades.last(*cap);
  TradeRows rows;
  rows.reserve(trades.size());
  for (auto trade = trades.rbegin(); trade != trades.rend(); ++trade) rows.push_back(&*trade);
  return rows;
}

TradeRows chronological(TradeRows newest_first_rows) {
  std::stable_sort(
      newest_first_rows.begin(), newest_first_rows.end(),
      [](const ClosedTrade* a, const ClosedTrade* b) { return a->close_timestamp < b->close_timestamp; });
  return newest_first_rows;
}

Sides sides_of(const TradeRows& rows) {
  Sides sides;
  for (const ClosedTrade* row : rows) {
    if (row->pnl_percentage > 0) sides.wins.push_back(row->pnl_percentage);
    if (row->pnl_percentage < 0) sides.losses.push_back(row->pnl_percentage);
  }
  return sides;
}

std::vector<double> results_of(const TradeRows& rows) {
  return values_of(rows, [](const ClosedTrade& t) { return std::optional(t.pnl_percentage); });
}

TradeStats stats_of(const TradeRows& rows, Durations durations) {
  TradeStats stats;
  stats.total_signals = rows.size();
  if (rows.empty()) return stats;

  const std::vector<double> results = results_of(rows);
  const Sides sides = sides_of(rows);
  const TradeRows by_close_time = chronological(rows);

  add_basics(stats, rows, results, sides);
  add_durations(stats, rows, durations);
  add_streaks(stats, results);
  if (rows.size() >= kMinRatioTrades) {
    add_ratios(stats, results, sides);
    add_curve(stats, by_close_time);
  }
  std::vector<PricePoint> points;
  points.reserve(by_close_time.size());
  for (const ClosedTrade* row : by_close_time) points.push_back({row->close_timestamp, row->close_price});
  stats.profile = price_profile(points);
  return stats;
}

TradeStats trade_stats(std::span<const ClosedTrade> trades, std::optional<std::size_t> cap) {
  TradeRows rows = newest_first(trades, cap);
  std::erase_if(rows, [](const ClosedTrade* row) { return !is_usable(*row); });
  return stats_of(rows, Durations::of_all_rows);
}

std::span<const StatField> trade_stat_fields() { return kFields; }

const StatField* find_trade_stat(std::string_view snake) {
  const auto found = std::ranges::find(kFields, snake, &StatField::snake);
  return found == kFields.end() ? nullptr : &*found;
}

}  // namespace btk
