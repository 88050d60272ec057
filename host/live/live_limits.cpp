// What a trader tells the session's kill switches, and how it heeds them.
#include <fmt/format.h>

#include "engine/pnl.h"
#include "host/live/live_trader.h"

namespace btk::host {
namespace {

// Cost * multiplier of what is held or may be held at any moment: a position until its close is confirmed, an order
// on its way, a limit order that waits.
double exposure_of(const TraderState& s) {
  if (s.position) return remaining_basis(*s.position) * s.position->multiplier;
  const bool entering = s.question && (s.question->kind == OrderAsk::open || s.question->kind == OrderAsk::place);
  if (entering) return s.question->signal.cost * s.question->signal.multiplier;
  return s.order ? s.order->cost * s.order->multiplier : 0;
}

}  // namespace

// What the state holds, at `price`. Without a price (before the first candle) the profit is what it was last.
void LiveTrader::tell_open(const TraderState& s, double price, const Config& config) {
  double pnl = 0;
  if (s.position) {
    pnl = price > 0 ? pnl_at(*s.position, price, Costs(config)).pnl_cost : shared_.limits.last_pnl(trader_name(planned_));
  }
  shared_.limits.set_open(trader_name(planned_), clock_now(), pnl, exposure_of(s));
}

// What is open and what was closed since the last look. Before the journal: a close that was written is a loss that is known.
void LiveTrader::tell_limits(Timestamp now) {
  const Trader& t = trader();
  const auto& finished = t.finished();
  for (; told_finished_ < finished.size(); ++told_finished_) {
    const FinishedSignal& f = finished[told_finished_];
    if (f.action == Action::closed) shared_.limits.add_closed(trader_name(planned_), now, f.signal.id, f.pnl.pnl_cost);
  }
  tell_open(t.state(), t.visible_price(), t.config());
  try {
    shared_.keep_limits();
  } catch (const Error& e) {
    stop_all(fmt::format("cannot write state: {}", e.what()));
  }
}

// The kill switch of the day's loss. Its turning is an input: a replay turns it at the same moment.
void LiveTrader::apply_limits(Timestamp now) {
  const LimitBook::View view = shared_.limits.view(now);
  if (view.tripped != blocked_) {
    blocked_ = view.tripped;
    script_->command(blocked_ ? "block" : "unblock");
    if (blocked_) {
      shared_.logger.warn("{}: {}", planned_.symbol, view.why);
    } else {
      shared_.logger.info("{}: a new day, entries again", planned_.symbol);
    }
  }
  if (view.flatten && !flattened_) script_->command("flatten");
  flattened_ = view.flatten;
  const std::lock_guard lock(mutex_);
  limit_reason_ = view.why;
}

std::optional<std::string> LiveTrader::forbids(const OrderQuery& query) {
  return shared_.limits.refuse_entry(trader_name(planned_), clock_now(), query.signal.cost * query.signal.multiplier);
}

}  // namespace btk::host
