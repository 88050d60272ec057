#include "host/exchange/binance_clock.h"

#include <fmt/format.h>

#include <cstdlib>

#include "engine/error.h"
#include "host/clock/machine_clock.h"

namespace btk::host {
namespace {

using namespace std::chrono_literals;

constexpr Timestamp kWild = 30'000;       ///< ms that no healthy pair of clocks is apart
constexpr Timestamp kStep = 1000;         ///< ms by which a clock that was set differs from one that ran
constexpr auto kWildPatience = 10s;       ///< between two looks at a wild offset
constexpr auto kFailurePatience = 60s;    ///< after an offset could not be measured again

}  // namespace

BinanceClock::BinanceClock(std::string name, std::function<Timestamp()> session, Ask ask, Log log)
    : name_(std::move(name)),
      wall_(!session),
      session_(session ? std::move(session) : wall_now),
      ask_(std::move(ask)),
      log_(std::move(log)) {}

// Only the wall clock can be compared with one that nobody sets; a session's own clock may run at any speed.
bool BinanceClock::clock_was_set(Timestamp session) const {
  if (session < offset_->measured - kStep) return true;
  if (!wall_) return false;
  const auto ran = std::chrono::duration_cast<std::chrono::milliseconds>(Steady::now() - offset_->steady).count();
  return std::llabs(session - offset_->measured - ran) > kStep;
}

bool BinanceClock::is_due(Timestamp session) const {
  if (session - offset_->measured >= kHour) return true;
  return offset_->wild && Steady::now() - offset_->steady > kWildPatience;
}

Timestamp BinanceClock::now() {
  const std::lock_guard lock(mutex_);
  const Timestamp session = session_();
  if (!offset_ || clock_was_set(session)) {
    offset_.reset();
    measure();
  } else if (is_due(session) && Steady::now() - failed_ > kFailurePatience) {
    try {
      measure();
    } catch (const Error& e) {
      failed_ = Steady::now();
      if (log_) log_("warn", fmt::format("exchange {}: its time could not be asked for again: {}", name_, e.what()));
    }
  }
  return session_() + offset_->ms;
}

Timestamp BinanceClock::ahead() {
  const std::lock_guard lock(mutex_);
  return offset_ ? offset_->ms : 0;
}

void BinanceClock::forget() {
  const std::lock_guard lock(mutex_);
  offset_.reset();
}

void BinanceClock::measure() {
  // A wild offset may come from one bad answer: it is believed when it comes twice.
  for (int look = 0; look < 2; ++look) {
    const TimeSample sample = ask_();
    const Timestamp half = (sample.received - sample.sent) / 2;
    const Timestamp ms = sample.exchange - (sample.sent + half);
    const bool wild = std::llabs(ms) > kWild + half;
    offset_ = Offset{ms, sample.received, Steady::now(), wild};
    if (!wild) return;
  }
  if (warned_ || !log_) return;
  warned_ = true;
  log_("warn", fmt::format("exchange {}: its time {} is {} s {} the session's clock; candles count as closed when both say so",
                           name_, format_iso(session_() + offset_->ms), std::llabs(offset_->ms) / 1000,
                           offset_->ms > 0 ? "ahead of" : "behind"));
}

}  // namespace btk::host
