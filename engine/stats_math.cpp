#include "engine/stats_math.h"

#include <algorithm>
#include <cmath>

#include "engine/det_math.h"

namespace btk {
namespace {

constexpr double kSidewaysConfidence = 0.30;
constexpr double kNeutralStepShare = 0.25;

std::optional<double> clamped_ratio(double value) {
  const auto usable = finite(value);
  return usable ? std::optional(std::clamp(*usable, -kMaxRatio, kMaxRatio)) : std::nullopt;
}

// Relative step from each price to the next.
std::vector<double> price_steps(std::span<const PricePoint> points) {
  std::vector<double> steps;
  steps.reserve(points.size());
  for (std::size_t i = 1; i < points.size(); ++i) {
    steps.push_back((points[i].price - points[i - 1].price) / points[i - 1].price);
  }
  return steps;
}

void add_pressures(PriceProfile& profile, std::span<const double> steps) {
  double up = 0, down = 0, up_sum = 0, down_sum = 0;
  for (const double step : steps) {
    if (step > 0) {
      ++up;
      up_sum += step;
    } else if (step < 0) {
      ++down;
      down_sum += -step;
    }
  }
  if (up + down > 0) {
    profile.buyer_pressure = finite(up / (up + down));
    profile.seller_pressure = finite(down / (up + down));
  }
  if (up_sum + down_sum > 0) {
    profile.buyer_strength = finite(up_sum / (up_sum + down_sum));
    profile.seller_strength = finite(down_sum / (up_sum + down_sum));
    profile.pressure_imbalance = finite(*profile.buyer_strength - *profile.seller_strength);
  }
}

// Straight line through (days, ln price) by least squares.
void add_trend(PriceProfile& profile, std::span<const PricePoint> points) {
  std::vector<double> days, logs;
  days.reserve(points.size());
  logs.reserve(points.size());
  for (const PricePoint& point : points) {
    days.push_back((point.time - points.front().time) / kDayMs);
    logs.push_back(det_log(point.price));
  }
  const double mean_day = *mean(days), mean_log = *mean(logs);
  double sxx = 0, sxy = 0, syy = 0;
  for (std::size_t i = 0; i < days.size(); ++i) {
    const double x = days[i] - mean_day, y = logs[i] - mean_log;
    sxx += x * x;
    sxy += x * y;
    syy += y * y;
  }
  if (!(days.back() - days.front() > 0) || !(sxx > 0)) return;

  const auto strength = finite(sxy / sxx * 100);
  const auto confidence = finite(syy > 0 ? std::clamp(sxy * sxy / (sxx * syy), 0.0, 1.0) : 0.0);
  if (!strength || !confidence) return;
  profile.trend_strength = strength;
  profile.trend_confidence = confidence;
  if (*confidence < kSidewaysConfidence) {
    profile.trend = Trend::sideways;
  } else if (std::fabs(*strength) < kNeutralStepShare * profile.median_step_size.value_or(0)) {
    profile.trend = Trend::neutral;
  } else {
    profile.trend = *strength > 0 ? Trend::bullish : Trend::bearish;
  }
}

}  // namespace

std::optional<double> finite(double value) {
  return std::isfinite(value) ? std::optional(value) : std::nullopt;
}

double sum(std::span<const double> values) {
  double total = 0;
  for (const double value : values) total += value;
  return total;
}

std::optional<double> mean(std::span<const double> values) {
  if (values.empty()) return std::nullopt;
  return sum(values) / static_cast<double>(values.size());
}

std::optional<double> median(std::vector<double> values) {
  if (values.empty()) return std::nullopt;
  const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
  std::nth_element(values.begin(), middle, values.end());
  return values.size() % 2 == 1 ? *middle : (*std::max_element(values.begin(), middle) + *middle) / 2;
}

std::optional<double> sample_deviation(std::span<const double> values) {
  if (values.size() < 2) return std::nullopt;
  const double center = *mean(values);
  double squares = 0;
  for (const double value : values) squares += (value - center) * (value - center);
  return std::sqrt(squares / static_cast<double>(values.size() - 1));
}

std::optional<double> downside_deviation(std::span<const double> values) {
  if (values.empty()) return std::nullopt;
  double squares = 0;
  for (const double value : values) {
    if (value < 0) squares += value * value;
  }
  return std::sqrt(squares / static_cast<double>(values.size()));
}

EquityCurve equity_curve(std::span<const CurveStep> steps) {
  return equity_curve(std::vector<CurveFactors>(steps.begin(), steps.end()));
}

EquityCurve equity_curve(std::span<const CurveFactors> steps) {
  constexpr EquityCurve kBlown{0, 100, true};
  // Of all falls from a peak the deepest is the one to the lowest point before the next peak: it alone needs a division.
  double equity = 1, peak = 1, lowest = 1, drawdown = 0;
  const auto deepest = [&] { return std::max(drawdown, (peak - lowest) / peak * 100); };
  for (const CurveFactors& step : steps) {
    const double trough = equity * step.trough;
    equity *= step.growth;
    if (trough <= 0 || equity <= 0) return kBlown;
    lowest = std::min(lowest, trough);
    if (equity > peak) {
      drawdown = deepest();
      peak = lowest = equity;
    } else {
      lowest = std::min(lowest, equity);
    }
  }
  return {equity, deepest(), false};
}

Streaks streaks(std::span<const double> results) {
  std::vector<double> wins, losses;
  Streaks found;
  double running = 0;
  std::size_t length = 0;
  const auto finish = [&] {
    if (length > 0 && running > 0) {
      wins.push_back(running);
      found.longest_win = std::max(found.longest_win, length);
    } else if (length > 0) {
      losses.push_back(running);
      found.longest_loss = std::max(found.longest_loss, length);
    }
    running = 0;
    length = 0;
  };
  for (const double r : results) {
    const bool goes_on = length > 0 && ((r > 0 && running > 0) || (r < 0 && running < 0));
    if (!goes_on) finish();
    if (r > 0 || r < 0) {
      running += r;
      ++length;
    }
  }
  finish();
  found.mean_win_sum = mean(wins);
  found.mean_loss_sum = mean(losses);
  return found;
}

std::optional<double> annual_trades(std::size_t trades, double first_pending_at, double last_close) {
  const double span_days = (last_close - first_pending_at) / kDayMs;
  if (trades < kMinAnnualTrades || !(span_days >= kMinSpanDays)) return std::nullopt;
  const double per_year = static_cast<double>(trades) / span_days * 365;
  if (!(per_year > 0 && per_year <= kMaxTradesPerYear)) return std::nullopt;
  return per_year;
}

std::optional<double> yearly_return(const EquityCurve& curve, double trades_per_year, std::size_t trades) {
  if (curve.blown) return std::nullopt;
  const double percent = (det_pow(curve.final, trades_per_year / static_cast<double>(trades)) - 1) * 100;
  return std::fabs(percent) <= kMaxYearlyPercent ? finite(percent) : std::nullopt;
}

std::optional<double> calmar_ratio(std::optional<double> yearly, const EquityCurve& curve) {
  if (!yearly || curve.max_drawdown == 0) return std::nullopt;
  return clamped_ratio(*yearly / curve.max_drawdown);
}

std::optional<double> recovery_factor(const EquityCurve& curve) {
  if (curve.blown || curve.max_drawdown <= 0) return std::nullopt;
  return clamped_ratio((curve.final - 1) * 100 / curve.max_drawdown);
}

std::string_view to_string(Trend trend) {
  switch (trend) {
    case Trend::bullish:
      return "bullish";
    case Trend::bearish:
      return "bearish";
    case Trend::sideways:
      return "sideways";
    case Trend::neutral:
      return "neutral";
  }
  return {};
}

PriceProfile price_profile(std::span<const PricePoint> points) {
  std::vector<PricePoint> usable;
  usable.reserve(points.size());
  for (const PricePoint& point : points) {
    if (std::isfinite(point.time) && point.time > 0 && std::isfinite(point.price) && point.price > 0) {
      usable.push_back(point);
    }
  }
  PriceProfile profile;
  if (usable.size() < kMinRatioTrades) return profile;

  const std::vector<double> steps = price_steps(usable);
  std::vector<double> sizes;
  for (const double step : steps) sizes.push_back(std::fabs(step));
  profile.median_step_size = finite(*median(std::move(sizes)) * 100);
  add_pressures(profile, steps);
  add_trend(profile, usable);
  return profile;
}

}  // namespace btk
