// Short cuts of a back-test that nobody watches: ticks and candles on which the
// state machine would do nothing but go on. Whatever is out of the ordinary is
// left to it, so that it stays the only place where something is decided.
#include <algorithm>
#include <limits>

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

// Prices between those that were seen already, on a candle that touches no stop, change nothing: peak and fall stay, and
// the way covered, which grows with the distance, passes no level that was not passed. Goes on to the first candle of
// which that cannot be said.
void Trader::pass_quiet_candles() {
  if (quiet_changes_ != changes_) return;
  const Signal& p = *position_;
  const double elapsed_limit = p.minute_estimated_time * kMinute;
  const Timestamp last = std::min({frame_end_, horizon_.minute - kMinute, candles_->end() - kMinute});
  const double stop = p.stop();
  const bool is_long = p.is_long();
  const bool liquidates = liquidation_ && (is_long ? *liquidation_ > stop : *liquidation_ < stop);
  const double level = liquidates ? *liquidation_ : stop;
  const double* const extreme = is_long ? candles_->low().data() : candles_->high().data();
  const std::ptrdiff_t begin = candle_;
  double price = 0;
  for (Timestamp time = candles_->first() + candle_ * kMinute; time <= last; time += kMinute) {
    const double next = averages_.before(static_cast<std::size_t>(candle_) + 1);
    const double reached = extreme[candle_];
    if (next < quiet_low_ || next > quiet_high_ || (is_long ? reached <= level : reached >= level) ||
        static_cast<double>(time - p.pending_at) >= elapsed_limit) {
      break;
    }
    price = next;
    ++candle_;
  }
  if (candle_ == begin) return;
  active_pings_ += candle_ - begin;
  now_.visible = candle_ - 1;
  now_.when = static_cast<double>(candles_->time(static_cast<std::size_t>(candle_ - 1)));
  now_.price = price;
  stage_ = 0;
}

// Before a candle is worked through: what was seen counts only for the position as it was then.
void Trader::check_quiet() {
  quiet_candle_ = !every_candle_;
  if (quiet_changes_ == changes_) return;
  constexpr double kInfinity = std::numeric_limits<double>::infinity();
  seen_low_ = kInfinity, seen_high_ = -kInfinity;
  costly_ = position_->is_long() ? -kInfinity : kInfinity;
}

// After it, unless listeners had a say in between.
void Trader::widen_quiet(double price) {
  if (!quiet_candle_) {
    quiet_changes_ = ~std::uint64_t{0};
    return;
  }
  seen_low_ = std::min(seen_low_, price);
  seen_high_ = std::max(seen_high_, price);
  const Signal& p = *position_;
  if (p.is_long()) {
    quiet_low_ = std::max(seen_low_, p.fall.price);
    quiet_high_ = std::min(seen_high_, std::max(p.peak.price, costly_));
  } else {
    quiet_low_ = std::max(seen_low_, std::min(p.peak.price, costly_));
    quiet_high_ = std::min(seen_high_, p.fall.price);
  }
  quiet_changes_ = changes_;
}

}  // namespace btk
