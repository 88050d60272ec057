// How a trader gets its candles, minute by minute.
#include <algorithm>

#include <fmt/format.h>

#include "host/cli/progress.h"
#include "host/live/left_behind.h"
#include "host/live/live_trader.h"

namespace btk::host {
namespace {

/// Between two looks for a candle that the exchange has not published yet, ms of the session's clock.
constexpr Timestamp kFirstPoll = 100, kLongestPoll = 5'000;

}  // namespace

// False: there is nothing to go on with now.
bool LiveTrader::fetch(Timestamp now, Timestamp until) {
  const Timestamp end = script_->candles_end();
  if (end >= until) return true;
  try {
    const auto fresh = feed_.accept(end, script_->closed_candles(end, until), now);
    if (!fresh.empty()) script_->append_candles(fresh);
    appended_.insert(appended_.end(), fresh.begin(), fresh.end());
    tell_outage_over();
    return true;
  } catch (const Error& e) {
    const auto* script = dynamic_cast<const lua::ScriptFailure*>(&e);
    if (script != nullptr && script->error().stop == lua::StopReason::interrupted) throw;
    tell_outage(end, e);
  }
  poll_later(now);
  return false;
}

// Once until it is over.
void LiveTrader::tell_outage(Timestamp end, const Error& problem) {
  if (!outage_told_) {
    shared_.logger.warn("{}: candles from {} could not be read: {}; trying again", planned_.symbol, format_iso(end), problem.what());
  }
  outage_told_ = true;
  const std::lock_guard lock(mutex_);
  ++failed_requests_;
  status_.errors = failed_requests_ + static_cast<std::uint64_t>(told_errors_);
  status_.last_error = problem.what();
}

void LiveTrader::tell_outage_over() {
  if (outage_told_) shared_.logger.info("{}: the exchange answers again", planned_.symbol);
  outage_told_ = false;
}

// Begins the run as soon as the exchange gives the candles before it. A trader that was here before waits for them: what it
// holds is not given up for a failure that passes. A first start, which holds nothing, tells its user at once. False: it was
// asked to end meanwhile.
bool LiveTrader::begin_run(const lua::LiveSetup& setup) {
  for (;;) {
    try {
      script_->begin_live(planned_, setup);
      tell_outage_over();
      polls_ = 0;
      return true;
    } catch (const Error& e) {
      const auto* script = dynamic_cast<const lua::ScriptFailure*>(&e);
      const bool stopped = script != nullptr && script->error().stop != lua::StopReason::none;
      if (!saved_ || stopped || !script_->lacked_candles()) throw;
      tell_outage(lua::live_history_start(setup), e);
    }
    poll_later(clock_now());
    do {
      if (asked_to_leave()) return false;
    } while (!shared_.clock.wait_until(next_poll_, shared_.options.mode + ":" + trader_name(planned_), wake_));
  }
}

// Before it has begun. Other requests stay for then; an end that waits for what is open has nothing to wait for.
bool LiveTrader::asked_to_leave() {
  const std::lock_guard lock(mutex_);
  const bool holds = !held_by(saved_->state).empty();
  leaving_ = std::ranges::any_of(requests_, [&](Request r) { return r == Request::detach || (r == Request::drain && !holds); });
  return leaving_;
}

void LiveTrader::poll_later(Timestamp now) {
  next_poll_ = now + std::min(kFirstPoll << std::min(polls_++, 16), kLongestPoll);
}

// A machine whose clock is slow takes old minutes for new ones: then the exchange's clock tells their age. A made-up clock may
// be anywhere.
Timestamp LiveTrader::market_time(Timestamp now) {
  return shared_.clock.name() == "wall" ? now + std::max<Timestamp>(0, script_->exchange_ahead()) : now;
}

// No entry is made for a minute that is too old; what is held is followed through all of them (differences.md 2).
void LiveTrader::skip_stale(Timestamp now, Timestamp ready) {
  now = market_time(now);
  const double delay = trader().config().max_entry_delay_seconds * 1000;
  // A tick that was under way when the process ended has had its signal: a replay must not skip it.
  const Timestamp first = next_minute_ + (tick_under_way_ ? kMinute : 0);
  tick_under_way_ = false;
  Timestamp fresh = first;
  while (fresh <= ready && static_cast<double>(now - fresh) > delay) fresh += kMinute;
  if (fresh == first) return;
  trader().forbid_entries_before(fresh);
  lua::RunInput skip;
  skip.kind = lua::RunInput::Kind::skip;
  skip.minute = first;
  skip.until = fresh - kMinute;
  record(std::move(skip));
  if (resumed_) {
    shared_.logger.info("{}: catches up from {} to {}, without entries", planned_.symbol, format_iso(first),
                        format_iso(fresh - kMinute));
  } else {
    shared_.logger.warn("{}: no entries from {} to {}: {} too late", planned_.symbol, format_iso(first),
                        format_iso(fresh - kMinute), duration_text(static_cast<double>(now - first) / 1000));
  }
}

}  // namespace btk::host
