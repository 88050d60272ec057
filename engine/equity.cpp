#include "engine/equity.h"

#include <algorithm>
#include <cmath>
#include <utility>
#include <vector>

namespace btk {
namespace {

template <typename Better>
std::optional<std::size_t> pick(std::span<const MoneyTrade> trades, Better better) {
  if (trades.empty()) return std::nullopt;
  std::size_t chosen = 0;
  for (std::size_t i = 1; i < trades.size(); ++i) {
    if (better(trades[i].pnl_percentage, trades[chosen].pnl_percentage)) chosen = i;
  }
  return chosen;
}

}  // namespace

double money_result(const MoneyTrade& trade) { return trade.pnl_percentage / 100 * trade.cost; }

double fees_paid(const MoneyTrade& trade, double percent_fee) {
  return percent_fee / 100 * (trade.entry_notional + trade.close_notional);
}

MoneyDrawdown max_drawdown(std::span<const MoneyTrade> trades, double initial_capital) {
  std::vector<const MoneyTrade*> by_close_time;
  for (const MoneyTrade& trade : trades) by_close_time.push_back(&trade);
  std::stable_sort(by_close_time.begin(), by_close_time.end(), [](const MoneyTrade* a, const MoneyTrade* b) {
    return a->close_timestamp < b->close_timestamp;
  });

  MoneyDrawdown worst;
  if (initial_capital > 0) worst.percent = 0;
  double level = initial_capital, peak = initial_capital;
  for (const MoneyTrade* trade : by_close_time) {
    level += money_result(*trade);
    peak = std::max(peak, level);
    const double fall = peak - level;
    const double percent = peak > 0 ? fall / peak * 100 : 0;
    if (peak > 0 ? percent > worst.percent.value_or(0) : fall > worst.amount) {
      worst.amount = fall;
      if (peak > 0) worst.percent = percent;
    }
  }
  return worst;
}

std::optional<double> exposure(std::span<const MoneyTrade> trades, Timestamp from, Timestamp to) {
  if (to <= from) return std::nullopt;
  std::vector<std::pair<Timestamp, Timestamp>> held;
  for (const MoneyTrade& trade : trades) {
    held.emplace_back(std::max(trade.pending_at, from), std::min(trade.close_timestamp, to));
  }
  std::sort(held.begin(), held.end());
  Timestamp total = 0, counted_to = from;
  for (const auto& [opened, closed] : held) {
    const Timestamp begin = std::max(opened, counted_to);
    if (closed <= begin) continue;
    total += closed - begin;
    counted_to = closed;
  }
  return static_cast<double>(total) / static_cast<double>(to - from) * 100;
}

std::optional<std::size_t> best_trade(std::span<const MoneyTrade> trades) {
  return pick(trades, [](double a, double b) { return a > b; });
}

std::optional<std::size_t> worst_trade(std::span<const MoneyTrade> trades) {
  return pick(trades, [](double a, double b) { return a < b; });
}

std::optional<double> buy_and_hold(double first_price, double last_price) {
  if (!(first_price > 0) || !(last_price > 0)) return std::nullopt;
  const double percent = (last_price - first_price) / first_price * 100;
  return std::isfinite(percent) ? std::optional(percent) : std::nullopt;
}

MoneySummary money_summary(std::span<const MoneyTrade> trades, double initial_capital, double percent_fee,
                           Timestamp from, Timestamp to) {
  MoneySummary summary;
  summary.initial_capital = initial_capital;
  for (const MoneyTrade& trade : trades) {
    summary.result += money_result(trade);
    summary.fees += fees_paid(trade, percent_fee);
  }
  summary.final_capital = initial_capital + summary.result;
  if (initial_capital > 0) summary.result_percent = summary.result / initial_capital * 100;
  summary.drawdown = max_drawdown(trades, initial_capital);
  summary.exposure = exposure(trades, from, to);
  summary.best = best_trade(trades);
  summary.worst = worst_trade(trades);
  return summary;
}

}  // namespace btk
