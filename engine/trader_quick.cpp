// Short cuts of a back-test that nobody watches: ticks and candles on which the
// state machine would do nothing but go on. Whatever is out of the ordinary is
// left to it, so that it stays the only place where something is decided.
#include <algorithm>
#include <limits>
#include <utility>

#include "engine/trader.h"

namespace btk {

// The strategy had nothing to say, and is asked again a minute later. False: not so simple.
bool Trader::ask_again() {
  if (request_ || queued_request_ || !outbox_.empty() || every_frame_ || frame_step_ != kMinute || interval_step_ != kMinute ||
      interrupted_ || stopped_ || paused_ || entries_blocked_ || halted_) {
    return false;
  }
  const Timestamp when = frame_time(frame_);
  if (frame_ >= frame_count_ || when >= candles_->end() || WorkKey{when, 1} > horizon_) return false;
  now_.when = static_cast<double>(when);
  now_.visible = (when - candles_->first()) / kMinute;
  now_.frame = frame_++;
  now_.price = averages_.before(static_cast<std::size_t>(now_.visible));
  last_interval_start_ = when;
  ++signal_calls_;
  return true;
}

// What a candle does to a position that nobody watches: nothing when its price lies between those that were seen
// already (peak and fall stay, and the way covered, which grows with the distance, passes no level that was not
// passed), else milestones of the position's own. Goes on to the first candle that touches a stop or a target, or of
// which that cannot be said.
void Trader::pass_quiet_candles() {
  if (quiet_changes_ != changes_) return;
  const Signal& p = *position_;
  const double elapsed_limit = p.minute_estimated_time * kMinute;
  const Timestamp last = std::min({frame_end_, horizon_.minute - kMinute, candles_->end() - kMinute});
  const double stop = p.stop(), take = p.take();
  const bool is_long = p.is_long();
  const bool liquidates = liquidation_ && (is_long ? *liquidation_ > stop : *liquidation_ < stop);
  const double level = liquidates ? *liquidation_ : stop;
  const double* const extreme = is_long ? candles_->low().data() : candles_->high().data();
  const std::ptrdiff_t begin = candle_;
  double price = 0;
  for (Timestamp time = candles_->first() + candle_ * kMinute; time <= last; time += kMinute) {
    const double next = averages_.before(static_cast<std::size_t>(candle_) + 1);
    const double reached = extreme[candle_];
    if ((is_long ? reached <= level : reached >= level) || static_cast<double>(time - p.pending_at) >= elapsed_limit) break;
    if ((next < quiet_low_ || next > quiet_high_) &&
        ((is_long ? next >= take : next <= take) || !pass_milestones(time, next))) {
      break;
    }
    price = next;
    ++candle_;
  }
  settle_extremes();
  if (candle_ == begin) return;
  active_pings_ += candle_ - begin;
  now_.visible = candle_ - 1;
  now_.when = static_cast<double>(candles_->time(static_cast<std::size_t>(candle_ - 1)));
  now_.price = price;
  stage_ = 0;
}

// monitor() and what follows it, for a price beyond those that were seen. False, and nothing is done, when it takes
// the exact result to tell whether this is a new peak.
bool Trader::pass_milestones(Timestamp time, double price) {
  Signal& p = *position_;
  const bool is_long = p.is_long();
  measure(price);
  if (distance_ > 0 && (is_long ? price > p.peak.price : price < p.peak.price)) {
    if (!knows_even_) find_even();
    if (is_long ? price >= profit_from_ : price <= profit_from_) {
      p.peak = {price, time, {}};
      peak_due_ = true;
      ++changes_;
    } else if (!(is_long ? price <= loss_until_ : price >= loss_until_)) {
      return false;
    }
  } else if (distance_ < 0 && (is_long ? price < p.fall.price : price > p.fall.price)) {
    p.fall = {price, time, {}};
    fall_due_ = true;
    ++changes_;
  }
  if (reaches_breakeven(price)) announce_breakeven(time, price);
  while (reaches_level()) announce_level(time, price);
  widen_seen(price);
  return true;
}

// Only the last of the new extremes needs its result.
void Trader::settle_extremes() {
  Signal& p = *position_;
  if (std::exchange(peak_due_, false)) p.peak.pnl = pnl_at(p, p.peak.price, costs_);
  if (std::exchange(fall_due_, false)) p.fall.pnl = pnl_at(p, p.fall.price, costs_);
}

// The prices from which on a position is clearly in profit, and clearly not, costs included: the result is linear in
// the price. In between, rounding has a say.
void Trader::find_even() {
  constexpr double kMargin = 1e-6;   // of the price
  constexpr double kClearly = 1e-6;  // percent: far more than rounding could be
  const Signal& p = *position_;
  const auto result = [&](double price) { return pnl_at(p, price, costs_).pnl_percentage; };
  const double other = effective_ * 1.01, at_entry = result(effective_);
  const double even = effective_ - at_entry / ((result(other) - at_entry) / (other - effective_));
  const double ahead = p.is_long() ? 1 : -1;
  loss_until_ = even * (1 - ahead * kMargin);
  profit_from_ = even * (1 + ahead * kMargin);
  if (!(result(loss_until_) < -kClearly && result(profit_from_) > kClearly)) {
    loss_until_ = -ahead * std::numeric_limits<double>::infinity();
    profit_from_ = -loss_until_;
  }
  knows_even_ = true;
}

// Before a candle is worked through: what was seen counts only for the position as it was then.
void Trader::check_quiet() {
  quiet_candle_ = !every_candle_;
  if (quiet_changes_ == changes_) return;
  constexpr double kInfinity = std::numeric_limits<double>::infinity();
  seen_low_ = kInfinity, seen_high_ = -kInfinity;
}

// After it, unless listeners had a say in between.
void Trader::widen_quiet(double price) {
  if (quiet_candle_) {
    widen_seen(price);
  } else {
    quiet_changes_ = ~std::uint64_t{0};
  }
}

void Trader::widen_seen(double price) {
  seen_low_ = std::min(seen_low_, price);
  seen_high_ = std::max(seen_high_, price);
  const Signal& p = *position_;
  // A price that was seen is no peak where it is clearly none.
  if (p.is_long()) {
    quiet_low_ = std::max(seen_low_, p.fall.price);
    quiet_high_ = std::min(seen_high_, knows_even_ ? std::max(p.peak.price, loss_until_) : p.peak.price);
  } else {
    quiet_low_ = std::max(seen_low_, knows_even_ ? std::min(p.peak.price, loss_until_) : p.peak.price);
    quiet_high_ = std::min(seen_high_, p.fall.price);
  }
  quiet_changes_ = changes_;
}

}  // namespace btk
