// The life of an order, as far as the exchange is asked about it (engine.md 9.5
// to 9.7, differences.md 8 and 9). A trader has at most one question at a time:
//
//   gate       asked when                              confirmed    rejected
//   open       a market candidate passed risk          opens        dropped, id consumed, throttle rolled back
//   place      a limit candidate passed risk           waits        the same
//   activate   a waiting order was touched or called   opens        cancelled (user), id consumed
//   close      5.5, a user, flatten() want out         closes       closed in the books all the same, with an alarm
//
// Fills that the broker reports itself (commit_create_take_profit, ..._stop_loss)
// and closes that a check leads to pass no gate.
//
// No verdict: the question stays and is asked again with the same row, before
// anything else is done with it: an entry at the next tick that may enter, an
// activation or a close on the next candle, a close with its reason, whether or
// not its condition still holds. A level keeps its price; other closes take the
// market's price of then. Meanwhile no other signal is generated, an order in
// question is neither cancelled nor timed out, a position in question takes no
// commands but is monitored as ever. An entry confirmed late keeps its row and
// is pending from that minute on. Its risk places stay taken all the time.
//
// check_position, check_order: asked on every candle of what is held, before
// time-out and exits, unless a command or a question is being carried out.
// Deleted: closed (reason closed) at the average price, or cancelled (user).
// Anything but confirmed and deleted is no verdict: the candle goes on.
//
// Budgets (CC_ORDER_*_RETRY_ATTEMPTS): n allows n unknown answers in a row after
// the first; the one after them is an exit_alarm and blocks new entries until
// the next verdict, or until the signal is over. The asking goes on. 0: the
// first unknown answer is one already; for closes, as in the reference, none ever is.
#include <algorithm>
#include <utility>

#include "engine/trader.h"

namespace btk {

// Ends the ordinary course of a candle: true when a question goes first.
bool Trader::careful_candle(double price) {
  if (question_ && fill_reported()) question_.reset();  // the fill is the verdict
  if (question_) {
    ask(price);
    return true;
  }
  if (!setup_.ask_orders || deferred()) return false;
  begin_question({.kind = order_ ? OrderAsk::check_order : OrderAsk::check_position}, price);
  return true;
}

void Trader::gate_entry(Signal signal, bool waits) {
  begin_question({.kind = waits ? OrderAsk::place : OrderAsk::open, .signal = std::move(signal)}, now_.price);
}

void Trader::gate_activation(bool by_user) {
  if (!setup_.ask_orders) return activate(static_cast<Timestamp>(now_.when), now_.price, by_user);
  begin_question({.kind = OrderAsk::activate, .by_user = by_user}, now_.price);
}

void Trader::gate_close(CloseReason reason, double price, bool at_level, bool by_user) {
  if (!setup_.ask_orders) return close(reason, price, static_cast<Timestamp>(now_.when), !by_user);
  begin_question(
      {.kind = OrderAsk::close, .close_reason = reason, .price = price, .at_level = at_level, .by_user = by_user}, price);
}

void Trader::begin_question(OpenQuestion question, double market_price) {
  question.since = static_cast<Timestamp>(now_.when);
  question_ = std::move(question);
  ask(market_price);
}

// Asks the open question, for the first time or again.
void Trader::ask(double market_price) {
  OpenQuestion& q = *question_;
  if (!q.at_level) q.price = q.kind == OrderAsk::close || is_check(q.kind) ? market_price : asked_row().price_open;
  order_query_ = query_about(q);
  order_answer_ = {Verdict::unknown, "no answer was given", {}};
  ++q.attempts;
  q.unanswered = true;
  if (!is_check(q.kind)) ++changes_;
  step_ = Step::order;
  emit_order(is_check(q.kind) ? EventKind::order_check : EventKind::order_sync);
}

OrderQuery Trader::query_about(const OpenQuestion& q) const {
  const Signal& row = asked_row();
  return {.kind = q.kind,
          .signal = row,
          .price = q.price,
          .pnl = pnl_at(row, q.price, costs_),
          .close_reason = q.close_reason,
          .attempt = is_check(q.kind) ? check_failures_ : q.attempts,
          .may_send = may_send(q),
          .time = static_cast<Timestamp>(now_.when)};
}

// The first time nothing has changed since the signal. Later a new order must still be what the strategy wanted, as a signal
// that is tried again must pass the rules at the price of then (engine.md 5.4). A limit order may have been touched long before
// it is worked on; what pauses entries does not hold it back, for it was made before.
bool Trader::may_send(const OpenQuestion& q) const {
  const bool activation = q.kind == OrderAsk::activate;
  if (!activation && q.kind != OrderAsk::open && q.kind != OrderAsk::place) return true;
  if (!activation && q.attempts == 0) return true;
  if (flatten_) return false;
  if (activation ? work().minute < entries_from_ : paused_ || stopped_ || halted_ || entries_blocked_) return false;
  const double late = now_.when - static_cast<double>(q.since);
  const double retries = (config_.order_open_retry_attempts + 1) * static_cast<double>(kMinute);
  if (late > std::max(retries, config_.max_entry_delay_seconds * 1000)) return false;
  const Signal& row = asked_row();
  const double low = std::min(row.take(), row.stop()), high = std::max(row.take(), row.stop());
  return now_.price > low && now_.price < high;
}

const Signal& Trader::asked_row() const {
  if (asking(OrderAsk::open) || asking(OrderAsk::place)) return question_->signal;
  return order_ ? *order_ : *position_;
}

void Trader::step_verdict() {
  question_->unanswered = false;
  if (is_check(question_->kind)) return check_answered();
  ++changes_;
  switch (order_answer_.verdict) {
    case Verdict::confirmed: return confirmed(*std::exchange(question_, std::nullopt));
    case Verdict::rejected: return rejected(*std::exchange(question_, std::nullopt));
    default: return unknown();
  }
}

void Trader::confirmed(OpenQuestion asked) {
  const auto time = static_cast<Timestamp>(now_.when);
  settled();
  Signal& row = asked.kind == OrderAsk::open || asked.kind == OrderAsk::place ? asked.signal
                : order_                                                      ? *order_
                                                                              : *position_;
  take_fill_of(row, to_string(asked.kind));
  emit_order(EventKind::order_fill);
  switch (asked.kind) {
    case OrderAsk::activate: return activate(time, now_.price, asked.by_user);
    case OrderAsk::close: return close(asked.close_reason, asked.price, time, !asked.by_user);
    default: break;
  }
  enter(std::move(asked.signal), asked.kind == OrderAsk::place);
  if (stopped_ && order_) order_deferral_ = {Deferral::cancel, {}, "stop_strategy"};
}

void Trader::rejected(OpenQuestion asked) {
  const auto time = static_cast<Timestamp>(now_.when);
  settled();
  log_.line("order-rejected", time).text("id", order_query_.signal.id).text("kind", to_string(asked.kind));
  emit_order(EventKind::order_reject, order_answer_.why);
  if (asked.kind == OrderAsk::close) {
    emit_order(EventKind::alarm, "the exchange refused to close " + order_query_.signal.id + " (" + order_answer_.why +
                                     "); it is closed in the books, look after it there");
    return close(asked.close_reason, asked.price, time, !asked.by_user);
  }
  last_pending_id_ = order_query_.signal.id;
  if (asked.kind == OrderAsk::activate) return cancel(CancelReason::user, now_.price, time, true);
  release_risk();
  roll_back_throttle();
  step_idle();
}

void Trader::unknown() {
  const auto time = static_cast<Timestamp>(now_.when);
  const bool closing = asking(OrderAsk::close);
  const double budget = closing ? config_.order_close_retry_attempts : config_.order_open_retry_attempts;
  alarm(question_->attempts, budget, closing && budget == 0);
  if (closing) {
    if (in_candle()) return monitor(time, now_.price);
    step_ = Step::next;
  } else if (order_) {
    ++schedule_pings_;
    emit_row(EventKind::schedule_ping, time, now_.price, true);
    step_ = Step::candle_done;
  } else {
    step_idle();
  }
}

void Trader::check_answered() {
  const OrderAsk kind = std::exchange(question_, std::nullopt)->kind;
  step_ = Step::checked;
  if (order_answer_.verdict == Verdict::deleted && !deferred()) return gone();
  if (order_answer_.verdict == Verdict::confirmed || order_answer_.verdict == Verdict::deleted) {
    check_failures_ = 0;
    settled();
    // A check that found the stop or the take profit filled tells of the exit.
    take_fill_of(order_ ? *order_ : *position_, to_string(fill_reported() ? OrderAsk::close : kind));
  } else {
    alarm(++check_failures_, config_.order_check_retry_attempts, false);
  }
  emit_order(EventKind::order_continue, {}, check_failures_);
}

void Trader::gone() {
  const auto time = static_cast<Timestamp>(now_.when);
  log_.line("order-deleted", time).text("id", order_query_.signal.id).text("kind", to_string(order_query_.kind));
  take_fill_of(order_ ? *order_ : *position_, order_ ? "cancel" : "close");
  emit_order(EventKind::order_stop, order_answer_.why);
  if (wants(EventKind::order_stop)) outbox_.back().codes = {"deleted"};
  if (order_) return cancel(CancelReason::user, now_.price, time);
  close(CloseReason::closed, now_.price, time, false);
}

// What the check's listeners asked for takes effect at the next candle; this one is over then.
void Trader::step_checked() {
  const auto time = static_cast<Timestamp>(now_.when);
  if (deferred()) {
    step_candle_done();
  } else if (order_) {
    step_order(time, now_.price);
  } else {
    step_position(time, now_.price);
  }
}

// `failures` unknown answers in a row so far.
void Trader::alarm(int failures, double budget, bool endless) {
  emit_order(EventKind::alarm, order_answer_.why, failures);
  if (endless || !(failures > budget)) return;
  if (!entries_blocked_) ++changes_;
  entries_blocked_ = true;
  if (failures - 1 <= budget) emit_order(EventKind::exit_alarm, order_answer_.why, failures);
}

// The exchange has spoken, or the signal is over.
void Trader::settled() {
  if (question_ || !entries_blocked_) return;
  entries_blocked_ = false;
  ++changes_;
}

void Trader::take_fill_of(Signal& row, std::string_view action) {
  if (!order_answer_.fill) return;
  Fill fill = *std::exchange(order_answer_.fill, std::nullopt);
  fill.action = action;
  fill.time = static_cast<Timestamp>(now_.when);
  if (!row.fills.empty()) {  // a check tells the same on every candle
    const Fill& last = row.fills.back();
    if (last.action == fill.action && last.order_id == fill.order_id && last.price == fill.price &&
        last.quantity == fill.quantity && last.fee == fill.fee) {
      return;
    }
  }
  order_query_.signal.fills.push_back(fill);
  row.fills.push_back(std::move(fill));
  ++changes_;
}

// Whether a candle is being worked on; if not, the question was raised between two works.
bool Trader::in_candle() const {
  return stage_ == 0 && candles_->first() + candle_ * kMinute == static_cast<Timestamp>(now_.when);
}

void Trader::emit_order(EventKind kind, std::string note, int attempt) {
  if (!wants(kind)) return;
  const OrderQuery& q = order_query_;
  Event& e = emit(kind, q.time, q.price);
  e.order = q.kind;
  e.attempt = attempt < 0 ? q.attempt : attempt;
  e.waiting = q.kind == OrderAsk::place || q.kind == OrderAsk::activate || q.kind == OrderAsk::check_order;
  e.close_reason = q.close_reason;
  e.signal = q.signal;
  e.pnl = q.pnl;
  e.id = q.signal.id;
  e.note = std::move(note);
}

}  // namespace btk
