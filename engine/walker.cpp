#include "engine/walker.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>

namespace btk {
namespace {

constexpr std::array<std::string_view, 7> kMetrics{"sharpe_ratio", "annualized_sharpe_ratio", "win_rate", "total_pnl",
                                                   "certainty_ratio", "avg_pnl", "expected_yearly_returns"};

const StatField* find_field(std::string_view metric) {
  if (const StatField* field = find_trade_stat(metric)) return field;
  for (const StatField& field : trade_stat_fields()) {
    if (field.camel == metric) return &field;
  }
  return nullptr;
}

}  // namespace

std::span<const std::string_view> walker_metrics() { return kMetrics; }

std::optional<double> metric_value(const TradeStats& stats, std::string_view metric) {
  const StatField* field = find_field(metric);
  if (field == nullptr) return std::nullopt;
  const StatValue value = field->value(stats);
  if (const auto* count = std::get_if<std::size_t>(&value)) return static_cast<double>(*count);
  const auto* number = std::get_if<double>(&value);
  return number != nullptr && std::isfinite(*number) ? std::optional(*number) : std::nullopt;
}

bool is_metric(std::string_view metric) { return find_field(metric) != nullptr && metric != "trend"; }

const WalkerResult& WalkerRanking::add(std::string strategy_name, std::span<const ClosedTrade> trades) {
  WalkerResult result;
  result.strategy_name = std::move(strategy_name);
  result.stats = trade_stats(trades);
  result.metric_value = btk::metric_value(result.stats, metric_);
  for (const ClosedTrade& trade : trades) {
    result.first_event_time = std::min(result.first_event_time.value_or(trade.pending_at), trade.pending_at);
    result.last_event_time = std::max(result.last_event_time.value_or(trade.close_timestamp), trade.close_timestamp);
  }
  auto best = best_.empty() ? std::nullopt : best_.back();
  if (result.metric_value && (!best || *result.metric_value > *results_[*best].metric_value)) best = results_.size();
  best_.push_back(best);
  results_.push_back(std::move(result));
  return results_.back();
}

const WalkerResult* WalkerRanking::best_after(std::size_t index) const {
  return best_[index] ? &results_[*best_[index]] : nullptr;
}

std::vector<const WalkerResult*> WalkerRanking::ranked() const {
  std::vector<const WalkerResult*> order;
  for (auto it = results_.rbegin(); it != results_.rend(); ++it) order.push_back(&*it);
  const auto value = [](const WalkerResult* r) { return r->metric_value.value_or(-std::numeric_limits<double>::infinity()); };
  std::stable_sort(order.begin(), order.end(), [&](const auto* a, const auto* b) { return value(a) > value(b); });
  return order;
}

}  // namespace btk
