// What one candle does to a waiting limit order or an open position
// (engine.md 5.5, 5.6, 8.1).
#include <algorithm>
#include <cmath>
#include <utility>

#include "engine/trader.h"

namespace btk {
namespace {

/// Share of the way from the effective entry to a target in percent, 100 when the target is at or behind it.
double way_covered(double gone, double whole) {
  if (!(whole > 0)) return 100;
  return std::clamp(std::abs(gone) / whole * 100, 0.0, 100.0);
}

}  // namespace

void Trader::step_candle() {
  const auto index = static_cast<std::size_t>(candle_);
  const Timestamp time = candles_->time(index);
  now_.when = static_cast<double>(time);
  now_.visible = candle_;
  now_.price = averages_.before(index + 1);
  stage_ = 0;
  if (careful_ && careful_candle(now_.price)) return;
  if (order_) {
    step_order(time, now_.price);
  } else {
    check_quiet();
    step_position(time, now_.price);
  }
}

void Trader::step_order(Timestamp time, double price) {
  const Signal& order = *order_;
  const auto index = static_cast<std::size_t>(candle_);
  if (time > frame_end_) return cancel(CancelReason::timeout, price, time);
  if (order_deferral_.kind == Deferral::cancel) return cancel(CancelReason::user, price, time);
  if (order_deferral_.kind == Deferral::activate) {
    if (stopped_) return cancel(CancelReason::user, price, time, true);
    return check_risk(RiskOrigin::user, price);
  }
  if (static_cast<double>(time - order.scheduled_at) >= config_.schedule_await_minutes * kMinute) {
    return cancel(CancelReason::timeout, price, time);
  }
  const bool rejected = order.is_long() ? candles_->low()[index] <= order.price_stop_loss
                                        : candles_->high()[index] >= order.price_stop_loss;
  if (rejected) return cancel(CancelReason::price_reject, price, time);
  const bool touched = order.is_long() ? candles_->low()[index] <= order.price_open
                                       : candles_->high()[index] >= order.price_open;
  if (touched) {
    if (stopped_) return cancel(CancelReason::user, price, time, true);
    return check_risk(RiskOrigin::touched, order.price_open);
  }
  ++schedule_pings_;
  emit_row(EventKind::schedule_ping, time, price, true);
  if (setup_.live) emit_tick(Action::waiting, time, price);  // what a minute came to; back-tests have the ping only
  step_ = Step::candle_done;
}

void Trader::step_position(Timestamp time, double price) {
  const Signal& p = *position_;
  if (time > frame_end_) return close(CloseReason::time_expired, price, time, true);
  switch (position_deferral_.kind) {
    case Deferral::close:
    case Deferral::full_close: return gate_close(CloseReason::closed, price, false, true);
    case Deferral::take_fill: return close(CloseReason::take_profit, p.take(), time, false);
    case Deferral::stop_fill: return close(CloseReason::stop_loss, p.stop(), time, false);
    default: break;
  }
  if (static_cast<double>(time - p.pending_at) >= p.minute_estimated_time * kMinute) {
    return gate_close(CloseReason::time_expired, price, false, false);
  }
  const auto index = static_cast<std::size_t>(candle_);
  const double stop = p.stop(), take = p.take();
  if (p.is_long()) {
    const bool liquidates = liquidation_ && *liquidation_ > stop;
    const double level = liquidates ? *liquidation_ : stop;
    if (candles_->low()[index] <= level) {
      return gate_close(liquidates ? CloseReason::liquidation : CloseReason::stop_loss, level, true, false);
    }
    if (price >= take) return gate_close(CloseReason::take_profit, take, true, false);
  } else {
    const bool liquidates = liquidation_ && *liquidation_ < stop;
    const double level = liquidates ? *liquidation_ : stop;
    if (candles_->high()[index] >= level) {
      return gate_close(liquidates ? CloseReason::liquidation : CloseReason::stop_loss, level, true, false);
    }
    if (price <= take) return gate_close(CloseReason::take_profit, take, true, false);
  }
  monitor(time, price);
}

// Where `price` lies between the effective entry and the target or the stop.
void Trader::measure(double price) {
  const Signal& p = *position_;
  distance_ = p.is_long() ? price - effective_ : effective_ - price;
  if (distance_ > 0) {
    progress_ = way_covered(distance_, p.is_long() ? p.take() - effective_ : effective_ - p.take());
  } else if (distance_ < 0) {
    progress_ = way_covered(distance_, p.is_long() ? effective_ - p.stop() : p.stop() - effective_);
  }
}

void Trader::monitor(Timestamp time, double price) {
  Signal& p = *position_;
  measure(price);
  if (distance_ > 0) {
    if (p.is_long() ? price > p.peak.price : price < p.peak.price) {
      const Pnl pnl = pnl_at(p, price, costs_);
      if (pnl.pnl_percentage > 0) {
        p.peak = {price, time, pnl};
        ++changes_;
        emit_row(EventKind::write, time, price);
        emit_row(EventKind::highest_profit, time, price);
      }
    }
  } else if (distance_ < 0) {
    if (p.is_long() ? price < p.fall.price : price > p.fall.price) {
      p.fall = {price, time, pnl_at(p, price, costs_)};
      ++changes_;
      emit_row(EventKind::write, time, price);
      emit_row(EventKind::max_drawdown, time, price);
    }
  }
  ++active_pings_;
  emit_row(EventKind::active_ping, time, price);
  if (outbox_.empty()) return step_ping_done();  // nobody listens: nothing can change in between
  step_ = Step::ping_done;
}

// Commands of the ping's listeners have changed the row by now; the way covered stays as it was (engine.md 8.1).
void Trader::step_ping_done() {
  step_ = Step::levels;
  if (!reaches_breakeven(now_.price)) return step_levels();
  const auto time = static_cast<Timestamp>(now_.when);
  announce_breakeven(time, now_.price);
  emit_row(EventKind::breakeven, time, now_.price);
}

bool Trader::reaches_breakeven(double price) const {
  if (!(distance_ > 0) || breakeven_announced_) return false;
  const double threshold = breakeven_threshold(config_);
  return position_->is_long() ? price >= effective_ * (1 + threshold / 100) : price <= effective_ * (1 - threshold / 100);
}

void Trader::announce_breakeven(Timestamp time, double price) {
  breakeven_announced_ = true;
  ++changes_;
  log_.line("breakeven", time).number("price", price);
}

// One level at a time, so that each listener sees what the one before it did.
void Trader::step_levels() {
  if (!reaches_level()) return step_progress();
  step_ = Step::levels;
  const auto time = static_cast<Timestamp>(now_.when);
  const EventKind kind = distance_ > 0 ? EventKind::partial_profit : EventKind::partial_loss;
  const int level = announce_level(time, now_.price);
  if (!wants(kind)) return;
  emit_row(kind, time, now_.price);
  outbox_.back().level = level;
}

bool Trader::reaches_level() const {
  const int announced = distance_ > 0 ? levels_profit_ : levels_loss_;
  return distance_ != 0 && announced < 10 && progress_ >= (announced + 1) * 10;
}

/// Returns the level in percent.
int Trader::announce_level(Timestamp time, double price) {
  const int level = ++(distance_ > 0 ? levels_profit_ : levels_loss_) * 10;
  ++changes_;
  log_.line(distance_ > 0 ? "level-profit" : "level-loss", time).number("level", level).number("price", price);
  return level;
}

void Trader::step_progress() {
  const auto time = static_cast<Timestamp>(now_.when);
  const EventKind kind = distance_ > 0 ? EventKind::profit_progress : EventKind::loss_progress;
  step_ = Step::candle_done;
  if (distance_ != 0 && wants(kind)) {
    emit_row(kind, time, now_.price);
    outbox_.back().level = progress_;
  }
  if (setup_.live) emit_tick(Action::active, time, now_.price);
  if (outbox_.empty()) step_candle_done();
}

void Trader::step_candle_done() {
  if (position_) widen_quiet(now_.price);
  announce_commits(static_cast<Timestamp>(now_.when));
  ++candle_;
  step_ = Step::next;
}

// No candle is left: what is open ends at the last one (differences.md 6).
void Trader::step_data_end() {
  data_ended_ = true;
  candle_ = static_cast<std::ptrdiff_t>(candles_->size()) - 1;
  const auto index = static_cast<std::size_t>(candle_);
  const Timestamp time = candles_->time(index);
  now_.when = static_cast<double>(time);
  now_.visible = candle_;
  now_.price = averages_.before(index + 1);
  if (order_) {
    return cancel(order_deferral_.kind == Deferral::cancel ? CancelReason::user : CancelReason::timeout, now_.price, time);
  }
  switch (position_deferral_.kind) {
    case Deferral::none: return close(CloseReason::time_expired, now_.price, time, true);
    case Deferral::take_fill: return close(CloseReason::take_profit, position_->take(), time, false);
    case Deferral::stop_fill: return close(CloseReason::stop_loss, position_->stop(), time, false);
    default: return close(CloseReason::closed, now_.price, time, false);
  }
}

void Trader::schedule(Signal signal) {
  const auto when = static_cast<Timestamp>(now_.when);
  signal.peak = {signal.price_open, when, {}};
  signal.fall = {signal.price_open, when, {}};
  order_ = std::move(signal);
  order_deferral_ = {};
  check_failures_ = 0;
  ++changes_;
  log_opened("scheduled", *order_, when, now_.price);
  if (wants(EventKind::order)) {
    Event& e = emit(EventKind::order, when, now_.price);
    e.action = Action::scheduled;
    e.waiting = e.live_row = true;
  }
  emit_tick(Action::scheduled, when, now_.price);
  step_ = Step::next;
}

/// Makes `signal` the open position from `time` on; `event_price` is what the events name as current price.
void Trader::open(Signal signal, Timestamp time, double event_price) {
  signal.pending_at = time;
  signal.peak = {signal.price_open, time, {}};
  position_ = std::move(signal);
  position_->fall = {position_->price_open, time, pnl_at(*position_, position_->price_open, costs_)};
  position_deferral_ = {};
  levels_profit_ = levels_loss_ = 0;
  breakeven_announced_ = false;
  check_failures_ = 0;
  ++changes_;
  last_pending_id_ = position_->id;
  refresh();
  put_risk(*position_, time);
  log_opened("opened", *position_, time, event_price);
  emit_row(EventKind::write, time, event_price);
  if (wants(EventKind::position)) {
    Event& e = emit(EventKind::position, time, event_price);
    e.action = Action::opened;
    e.live_row = true;
  }
}

// A limit order opens at its own price, whoever activates it; only the commit of a user names the market's.
void Trader::activate(Timestamp time, double market_price, bool by_user) {
  const Deferral why = std::exchange(order_deferral_, {});
  Signal signal = *std::exchange(order_, std::nullopt);
  const double price = signal.price_open;
  if (by_user) announce_deferred(CommitAction::activate_scheduled, signal, why, market_price, time);
  open(std::move(signal), time, price);
  emit_tick(Action::opened, time, price);
  ++candle_;  // this candle's extremes do not count for exits
  step_ = Step::next;
}

void Trader::refresh() {
  effective_ = effective_price(*position_);
  invested_ = invested(*position_);
  knows_even_ = false;
  liquidation_ = position_->isolated ? liquidation_price(*position_, costs_) : std::nullopt;
}

void Trader::close(CloseReason reason, double price, Timestamp time, bool fold) {
  announce_commits(time);
  Signal& p = *position_;
  const Pnl pnl = pnl_at(p, price, costs_);
  if (fold) {
    if (pnl.pnl_percentage < p.fall.pnl.pnl_percentage) p.fall = {price, time, pnl};
    if (pnl.pnl_percentage > 0 && pnl.pnl_percentage > p.peak.pnl.pnl_percentage) p.peak = {price, time, pnl};
  }
  FinishedSignal done;
  done.action = Action::closed;
  done.close_reason = reason;
  done.close_timestamp = time;
  done.current_price = price;
  done.pnl = pnl;
  done.fees = fees_paid(p, price, costs_);
  done.id = position_deferral_.id;
  done.data_ended = data_ended_;
  release_risk();
  if (position_deferral_.kind != Deferral::none) {
    announce_deferred(CommitAction::close_pending, p, position_deferral_, price, time);
  }
  log_.line("closed", time)
      .text("id", p.id)
      .text("reason", to_string(reason))
      .number("price", price)
      .number("price_open", pnl.price_open)
      .number("price_take_profit", p.take())
      .number("price_stop_loss", p.stop())
      .number("pnl_percentage", pnl.pnl_percentage)
      .number("pnl_cost", pnl.pnl_cost)
      .number("invested", pnl.pnl_entries)
      .number("peak", p.peak.pnl.pnl_percentage)
      .number("fall", p.fall.pnl.pnl_percentage)
      .flag("data_ended", data_ended_);
  const auto closed_event = [&](EventKind kind) {
    if (!wants(kind)) return;
    Event& e = emit(kind, time, price);
    e.action = Action::closed;
    e.close_reason = reason;
    e.signal = p;
    e.pnl = pnl;
    e.id = done.id;
    e.data_ended = data_ended_;
  };
  closed_event(EventKind::position);
  if (wants(EventKind::write)) emit(EventKind::write, time, price);
  closed_event(EventKind::tick);
  done.signal = std::move(p);
  position_.reset();
  position_deferral_ = {};
  finished_.push_back(std::move(done));
  question_.reset();
  settled();
  finish_signal(time);
}

void Trader::cancel(CancelReason reason, double price, Timestamp time, bool failed_activation) {
  const Deferral why = std::exchange(order_deferral_, {});
  FinishedSignal done;
  done.signal = *std::exchange(order_, std::nullopt);
  done.action = Action::cancelled;
  done.cancel_reason = reason;
  done.close_timestamp = time;
  done.current_price = price;
  done.id = why.id;
  done.data_ended = data_ended_;
  release_risk();
  log_.line("cancelled", time)
      .text("id", done.signal.id)
      .text("reason", to_string(reason))
      .number("price", price)
      .flag("data_ended", data_ended_);
  const auto cancelled_event = [&](EventKind kind) {
    if (!wants(kind)) return;
    Event& e = emit(kind, time, price);
    e.action = Action::cancelled;
    e.cancel_reason = reason;
    e.waiting = true;
    e.signal = done.signal;
    e.id = done.id;
    e.data_ended = data_ended_;
  };
  cancelled_event(EventKind::order);
  if (why.kind == Deferral::cancel || failed_activation) {
    announce_deferred(CommitAction::cancel_scheduled, done.signal, why, price, time);
  }
  cancelled_event(EventKind::tick);
  finished_.push_back(std::move(done));
  question_.reset();
  settled();
  finish_signal(time);
}

// The next tick is strictly later than the end of the signal.
void Trader::finish_signal(Timestamp time) {
  const Timestamp since_start = time - setup_.frame_start;
  frame_ = std::max(frame_, since_start / frame_step_ + 1);
  step_ = data_ended_ ? Step::finish : Step::next;
}

void Trader::log_opened(std::string_view kind, const Signal& s, Timestamp time, double price) {
  log_.line(kind, time)
      .text("id", s.id)
      .text("position", to_string(s.position))
      .number("price", price)
      .number("price_open", s.price_open)
      .number("price_take_profit", s.price_take_profit)
      .number("price_stop_loss", s.price_stop_loss)
      .number("minute_estimated_time", s.minute_estimated_time)
      .number("cost", s.cost)
      .number("multiplier", s.multiplier)
      .flag("isolated", s.isolated)
      .text("note", s.note);
}

}  // namespace btk
