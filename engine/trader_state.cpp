// Taking a trader apart into plain values, and putting it together again.
#include <utility>

#include "engine/error.h"
#include "engine/prices.h"
#include "engine/trader.h"

namespace btk {

TraderState Trader::state() const {
  switch (step_) {
    case Step::start:
    case Step::next:
    case Step::verdict:
    case Step::resume:
    case Step::finish:
    case Step::done: break;
    default: throw Error("state: the trader of " + setup_.symbol + " is in the middle of a step; take it at a step's end");
  }
  return state_so_far();
}

TraderState Trader::state_so_far() const {
  TraderState s;
  if (stage_ >= 0) {
    s.stage = stage_;
    s.minute = static_cast<Timestamp>(now_.when) + (stage_ == 0 ? kMinute : 0);
  }
  if (holding()) s.next_candle = candles_->first() + candle_ * kMinute;
  s.next_tick = frame_time(frame_);
  s.order = order_;
  s.position = position_;
  s.order_deferral = order_deferral_;
  s.position_deferral = position_deferral_;
  s.commits = commits_;
  s.queued_request = queued_request_;
  s.question = question_;
  s.last_interval_start = last_interval_start_;
  s.last_pending_id = last_pending_id_;
  s.paused = paused_;
  s.entries_blocked = entries_blocked_;
  s.halted = halted_;
  s.flatten = flatten_;
  s.levels_profit = levels_profit_;
  s.levels_loss = levels_loss_;
  s.breakeven_announced = breakeven_announced_;
  s.warmup_ticks = warmup_ticks_;
  s.signal_calls = signal_calls_;
  return s;
}

void Trader::restore(TraderState s, std::string_view earlier_decisions, std::vector<FinishedSignal> finished) {
  if (step_ != Step::start) throw Error("restore: the trader of " + setup_.symbol + " has begun already");
  const bool held = s.order || s.position;
  const Timestamp reach = s.next_candle - (static_cast<Timestamp>(window_) - 1) * kMinute;
  if (held && !candles_->empty() && reach < candles_->first()) {
    throw Error("restore: " + setup_.symbol + " needs candles from " + format_minute(reach) + " on to follow what it holds");
  }
  order_ = std::move(s.order);
  position_ = std::move(s.position);
  order_deferral_ = std::move(s.order_deferral);
  position_deferral_ = std::move(s.position_deferral);
  commits_ = std::move(s.commits);
  queued_request_ = std::move(s.queued_request);
  question_ = std::move(s.question);
  last_interval_start_ = s.last_interval_start;
  last_pending_id_ = std::move(s.last_pending_id);
  paused_ = s.paused;
  entries_blocked_ = s.entries_blocked;
  halted_ = s.halted;
  flatten_ = interrupted_ = s.flatten;
  levels_profit_ = s.levels_profit;
  levels_loss_ = s.levels_loss;
  breakeven_announced_ = s.breakeven_announced;
  warmup_ticks_ = s.warmup_ticks;
  signal_calls_ = s.signal_calls;
  finished_ = std::move(finished);
  if (!earlier_decisions.empty()) log_.resume(earlier_decisions);
  if (question_) careful_ = true;
  listen(mask_);

  frame_ = (s.next_tick - setup_.frame_start) / frame_step_;
  if (held) candle_ = candles_->index_of(s.next_candle);
  if (s.minute == 0) return;  // nothing was begun
  stage_ = static_cast<std::int8_t>(s.stage);
  const Timestamp when = s.stage == 0 ? s.minute - kMinute : s.minute;
  now_.when = static_cast<double>(when);
  now_.visible = candles_->index_of(when);
  now_.frame = frame_ - 1;
  step_ = question_ && question_->unanswered ? Step::resume : Step::next;

  if (position_) {
    refresh();
    put_risk(*position_, position_->pending_at);
  } else if (order_) {
    put_risk(*order_, asking(OrderAsk::activate) ? question_->since : order_->scheduled_at);
  } else if (question_) {
    put_risk(question_->signal, question_->since);
  }
}

// Goes on where a question was asked and the process ended. False: the candle of that moment is not there yet.
bool Trader::step_resume() {
  const auto size = static_cast<std::ptrdiff_t>(candles_->size());
  if (in_candle()) {
    if (candle_ >= size) return false;
    const auto index = static_cast<std::size_t>(candle_);
    now_.price = average_price(*candles_, index + 1, std::min(window_, index + 1));
  } else {
    if (now_.visible > size) return false;
    now_.price = visible_price();
  }
  order_query_ = query_about(*question_);
  if (!is_check(question_->kind)) --order_query_.attempt;  // it was counted when it was asked
  order_answer_ = {Verdict::unknown, "the process ended before the answer came", {}};
  step_ = Step::verdict;
  return true;
}

}  // namespace btk
