// The building blocks that the statistics of back-tests, live runs and the heat
// map share (analytics.md 1.0.3 and 1.0.4): averages, the compounded equity
// curve, streaks, the gate for annual figures and the price profile. Percent
// values are plain numbers (1.5 = 1.5 %); an absent result is nullopt.
#pragma once

#include <algorithm>
#include <cstddef>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

namespace btk {

inline constexpr std::size_t kMinRatioTrades = 10;   ///< trades needed for any ratio
inline constexpr std::size_t kMinAnnualTrades = 10;  ///< trades needed to annualise
inline constexpr double kMinSpanDays = 14;
inline constexpr double kMaxTradesPerYear = 365;
inline constexpr double kMaxYearlyPercent = 100;  ///< larger yearly returns are no statement
inline constexpr double kMaxRatio = 1000;         ///< clamp of calmar and recovery
inline constexpr double kDispersionEps = 1e-9;    ///< a deviation up to this counts as none
inline constexpr double kDayMs = 86'400'000;

/// The value, or nothing when it is NaN or infinite.
std::optional<double> finite(double value);

/// Sums run in list order.
double sum(std::span<const double> values);
/// Nothing for an empty list, as with the next two.
std::optional<double> mean(std::span<const double> values);
std::optional<double> median(std::vector<double> values);
/// sqrt(sum of (r - mean)^2 / (n - 1)); needs two values.
std::optional<double> sample_deviation(std::span<const double> values);
/// sqrt(sum of r^2 over r < 0 / n), n counting all values.
std::optional<double> downside_deviation(std::span<const double> values);

/// One step of the equity curve.
struct CurveStep {
  double pnl = 0;              ///< result, percent
  std::optional<double> fall;  ///< worst open result, percent; counts only below zero
};

struct EquityCurve {
  double final = 1;         ///< what 1 became; 0 when blown
  double max_drawdown = 0;  ///< percent of the peak, troughs inside trades included; 100 when blown
  bool blown = false;       ///< lost everything on the way
};

/// The same step as what it makes of the account at its worst moment, and in the end: for whoever walks it many times.
struct CurveFactors {
  explicit CurveFactors(const CurveStep& step) : trough(1 + std::min(step.fall.value_or(0), 0.0) / 100), growth(1 + step.pnl / 100) {}
  double trough, growth;
};

/// Compounds the steps in the order given: sorted by close time.
EquityCurve equity_curve(std::span<const CurveStep> steps);
EquityCurve equity_curve(std::span<const CurveFactors> steps);

struct Streaks {
  std::optional<double> mean_win_sum;   ///< mean over win streaks of the summed percent
  std::optional<double> mean_loss_sum;  ///< the same over loss streaks, negative
  std::size_t longest_win = 0;
  std::size_t longest_loss = 0;
};

/// Walks results in order of arrival, oldest first. A zero ends both kinds of streak.
Streaks streaks(std::span<const double> results);

/// Trades per year, or nothing when the list may not be annualised: too few, too short, too dense.
std::optional<double> annual_trades(std::size_t trades, double first_pending_at, double last_close);

/// (final^(trades_per_year/trades) - 1) * 100; nothing when blown or beyond kMaxYearlyPercent.
std::optional<double> yearly_return(const EquityCurve& curve, double trades_per_year, std::size_t trades);
/// yearly / drawdown, clamped; nothing without a drawdown.
std::optional<double> calmar_ratio(std::optional<double> yearly, const EquityCurve& curve);
/// Whole compounded gain / drawdown, clamped; nothing when blown or without a drawdown.
std::optional<double> recovery_factor(const EquityCurve& curve);

enum class Trend { bullish, bearish, sideways, neutral };
std::string_view to_string(Trend trend);

/// What the close prices of the trades say about the market; the pressures count trade closes, not volume.
struct PriceProfile {
  std::optional<Trend> trend;
  std::optional<double> trend_strength;                   ///< percent per day
  std::optional<double> trend_confidence;                 ///< R squared, 0 to 1
  std::optional<double> buyer_pressure, seller_pressure;  ///< share of rising and falling steps
  std::optional<double> buyer_strength, seller_strength;  ///< the same weighted by size
  std::optional<double> pressure_imbalance;
  std::optional<double> median_step_size;  ///< percent
};

struct PricePoint {
  double time = 0;  ///< ms
  double price = 0;
};

/// Points in the order of the equity curve; those without a usable time or price are left out.
PriceProfile price_profile(std::span<const PricePoint> points);

}  // namespace btk
