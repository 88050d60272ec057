#include "host/cli/report_rows.h"

#include <algorithm>
#include <functional>

#include "engine/pnl.h"

namespace btk::host {
namespace {

template <class Visit>
void each_trade(const lua::RunReport& report, Visit visit) {
  for (const FinishedSignal& finished : report.signals) {
    if (finished.action == Action::closed) visit(finished);
  }
}

}  // namespace

std::vector<TradeRow> trade_rows(const lua::RunReport& report) {
  std::vector<TradeRow> rows;
  each_trade(report, [&](const FinishedSignal& f) {
    const Signal& s = f.signal;
    TradeRow row;
    row.id = s.id;
    row.symbol = report.symbol;
    row.position = s.position;
    row.note = s.note;
    row.price_open = effective_price(s);
    row.close_price = f.current_price;
    row.price_take_profit = s.take();
    row.price_stop_loss = s.stop();
    row.original_price_open = s.price_open;
    row.original_price_take_profit = s.price_take_profit;
    row.original_price_stop_loss = s.price_stop_loss;
    row.entries = s.entries;
    row.partials = s.partials;
    row.partial_executed = closed_percent(s);
    row.multiplier = s.multiplier;
    row.isolated = s.isolated;
    row.pnl = f.pnl;
    row.peak_pnl = s.peak.pnl.pnl_percentage;
    row.fall_pnl = s.fall.pnl.pnl_percentage;
    row.close_reason = to_string(f.close_reason);
    row.scheduled_at = s.scheduled_at;
    row.pending_at = s.pending_at;
    row.close_timestamp = f.close_timestamp;
    rows.push_back(std::move(row));
  });
  return rows;
}

std::vector<MoneyTrade> money_trades(const lua::RunReport& report) {
  std::vector<MoneyTrade> trades;
  each_trade(report, [&](const FinishedSignal& f) {
    trades.push_back({.pending_at = f.signal.pending_at,
                      .close_timestamp = f.close_timestamp,
                      .pnl_percentage = f.pnl.pnl_percentage,
                      .cost = f.pnl.pnl_entries});
  });
  return trades;
}

std::vector<MoneyTrade> held_times(const lua::RunReport& report) {
  std::vector<MoneyTrade> times = money_trades(report);
  // What a session told of its newest signal; what waits is not in the market.
  const auto told = std::ranges::find_if(report.live_events.rbegin(), report.live_events.rend(),
                                         [](const LiveEvent& e) { return e.signal.has_value(); });
  if (told != report.live_events.rend() && (told->action == Action::opened || told->action == Action::active)) {
    times.push_back({.pending_at = told->signal->pending_at, .close_timestamp = report.frame_end + kMinute});
  }
  return times;
}

Span seen_span(const lua::RunReport& report) {
  if (report.candles_end > report.candles_start) return {report.candles_start, report.candles_end};
  return {report.frame_start, report.frame_end + kMinute};
}

Span seen_span(std::span<const lua::RunReport* const> reports) {
  const bool any = std::ranges::any_of(reports, [](const lua::RunReport* r) { return r->candles > 0; });
  Span whole;
  for (const lua::RunReport* r : reports) {
    if (any && r->candles == 0) continue;
    const Span one = seen_span(*r);
    if (whole.to == 0) whole = one;
    whole.from = std::min(whole.from, one.from);
    whole.to = std::max(whole.to, one.to);
  }
  return whole;
}

std::vector<Gap> longest_gaps(const std::vector<Gap>& gaps, std::size_t most) {
  std::vector<Gap> shown = gaps;
  if (shown.size() <= most) return shown;
  std::ranges::stable_sort(shown, std::greater(), &Gap::candles);
  shown.resize(most);
  return shown;
}

double total_fees(const lua::RunReport& report) {
  double fees = 0;
  each_trade(report, [&](const FinishedSignal& f) { fees += f.fees; });
  return fees;
}

}  // namespace btk::host
