// What only a live trader meets between and before its works: minutes too old
// for an entry, entries that are blocked from outside, and the order to get out
// of everything at once.
#include <utility>

#include "engine/prices.h"
#include "engine/trader.h"

namespace btk {

void Trader::forbid_entries_before(Timestamp first) {
  entries_from_ = first;
  careful_ = true;
  listen(mask_);
}

void Trader::block_entries(bool blocked) {
  if (halted_ == blocked) return;
  halted_ = blocked;
  ++changes_;
}

void Trader::set_stamps(Timestamp observed_at, int script_version) {
  observed_at_ = observed_at;
  script_version_ = script_version;
}

void Trader::add_fill(Fill fill) {
  if (!holding()) return;
  (order_ ? *order_ : *position_).fills.push_back(std::move(fill));
  ++changes_;
}

// Whether the tick is not an ordinary one: too old for an entry, or there is an entry without a verdict.
bool Trader::careful_tick(Timestamp when) {
  if (when < entries_from_) {
    ++skipped_ticks_;
    step_ = Step::next;
    return true;
  }
  if (!question_) return false;
  now_.price = visible_price();
  ask(now_.price);
  return true;
}

bool Trader::flatten() {
  if (!holding() && !question_ && !queued_request_) return false;
  flatten_ = interrupted_ = true;
  ++changes_;
  return true;
}

// True: something was begun. Until an entry or an activation in question is settled there is nothing to close yet.
bool Trader::step_flatten() {
  if (queued_request_) {
    queued_request_.reset();
    ++changes_;
  }
  if (asking(OrderAsk::open) || asking(OrderAsk::place) || asking(OrderAsk::activate)) return false;
  const double price = visible_price();
  if (holding() && !(price > 0)) return false;  // the candles are not there yet
  flatten_ = false;
  interrupted_ = abandoned_;
  if (!holding()) return false;
  const auto when = static_cast<Timestamp>(now_.when);
  if (order_) {
    if (order_deferral_.kind != Deferral::cancel) order_deferral_ = {Deferral::cancel, {}, "flatten"};
    cancel(CancelReason::user, price, when);
    return true;
  }
  switch (position_deferral_.kind) {
    case Deferral::take_fill: close(CloseReason::take_profit, position_->take(), when, false); return true;
    case Deferral::stop_fill: close(CloseReason::stop_loss, position_->stop(), when, false); return true;
    default: break;
  }
  if (question_) {
    ask(price);
  } else {
    if (position_deferral_.kind == Deferral::none) position_deferral_ = {Deferral::close, {}, "flatten"};
    gate_close(CloseReason::closed, price, false, true);
  }
  return true;
}

}  // namespace btk
