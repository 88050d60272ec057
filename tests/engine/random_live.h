// Random live runs: the markets and users of random_run.h, driven minute by
// minute, with an exchange whose answers follow from the moment as well.
#pragma once

#include "engine/text.h"
#include "tests/engine/live_kit.h"
#include "tests/engine/random_run.h"

namespace btk::test {

/// What live runs and back-tests both tell.
inline constexpr std::uint32_t kOldEvents = (bit(EventKind::order_sync) - 1) & ~bit(EventKind::progress);

/// Whether a back-test tells `e` as well. What a minute came to while something is held, a session alone tells.
inline bool is_old_event(const Event& e) {
  const bool held = e.kind == EventKind::tick && (e.action == Action::active || e.action == Action::waiting);
  return !held && (kOldEvents >> static_cast<unsigned>(e.kind) & 1) != 0;
}

inline RandomCase live_case(std::uint64_t seed, int candles) {
  RandomCase c(seed, candles);
  c.config.risk_reference_reservations = false;
  c.setup.frame_interval = Interval::m1;
  c.setup.frame_end = kRandomStart + 100000 * kMinute;
  return c;
}

/// Sets up a session in which a random user trades.
inline void give(LiveSession& s, const RandomCase& c, RandomUser& user) {
  s.config = c.config;
  s.setup = c.setup;
  s.setup.live = s.setup.ask_orders = true;
  s.strategy = [&](Trader& t) { user.strategy(t); };
  s.judge = [&](Trader& t) { user.risk(t); };
  s.on_event = [&](const Event& e, Trader& t) {
    if (is_old_event(e)) user.event(e, t);
  };
}

/// An exchange that mostly confirms.
inline OrderAnswer random_verdict(std::uint64_t seed, const OrderQuery& q) {
  Dice dice(seed, static_cast<std::uint64_t>(q.time) * 64 + static_cast<std::uint64_t>(q.kind));
  const bool outage = Dice(seed, static_cast<std::uint64_t>(q.time / (40 * kMinute))).one_in(6);
  if (outage || dice.one_in(4)) return says(Verdict::unknown, "time-out");
  if (dice.one_in(12)) return says(Verdict::rejected, "no");
  if (dice.one_in(is_check(q.kind) ? 60 : 12)) return says(Verdict::deleted, "gone");
  return dice.one_in(2) ? filled(q.price) : says(Verdict::confirmed);
}

/// The row as one text, for comparisons.
inline std::string describe(const Signal& s) {
  std::string out = s.id + ' ' + s.note;
  const auto add = [&](auto... values) { ((out += ' ' + shortest(static_cast<double>(values))), ...); };
  add(s.position == Side::long_side, s.price_open, s.price_take_profit, s.price_stop_loss, s.cost, s.multiplier,
      s.isolated, s.scheduled_at, s.pending_at, s.timestamp, s.trailing_stop.value_or(0), s.trailing_take.value_or(0));
  for (const Entry& e : s.entries) add(e.price, e.cost, e.timestamp);
  for (const Partial& p : s.partials) add(p.profit, p.percent, p.current_price, p.cost_basis_at_close, p.timestamp);
  for (const Excursion& x : {s.peak, s.fall}) add(x.price, x.timestamp, x.pnl.pnl_percentage);
  for (const Fill& f : s.fills) out += ' ' + f.action + std::to_string(f.time) + f.order_id;
  return out;
}

/// A trader's state as one text.
inline std::string describe(const TraderState& s) {
  std::string out;
  const auto add = [&](auto... values) { ((out += ' ' + std::to_string(values)), ...); };
  add(s.minute, s.stage, s.next_candle, s.next_tick, s.paused, s.entries_blocked, s.halted, s.flatten, s.levels_profit,
      s.levels_loss, s.breakeven_announced, s.warmup_ticks, s.signal_calls, s.last_interval_start.value_or(0),
      static_cast<int>(s.order_deferral.kind), static_cast<int>(s.position_deferral.kind), s.commits.size(),
      s.queued_request.has_value());
  out += s.last_pending_id + s.order_deferral.id + s.position_deferral.id;
  if (s.order) out += " order " + describe(*s.order);
  if (s.position) out += " position " + describe(*s.position);
  if (const auto& q = s.question) {
    out += " question " + describe(q->signal) + shortest(q->price);
    add(static_cast<int>(q->kind), static_cast<int>(q->close_reason), q->at_level, q->by_user, q->attempts, q->since,
        q->unanswered);
  }
  return out;
}

/// The first line in which two decision logs differ; empty when they are equal.
inline std::string difference(const std::string& a, const std::string& b) {
  if (a == b) return {};
  const auto at = static_cast<std::size_t>(std::mismatch(a.begin(), a.end(), b.begin(), b.end()).first - a.begin());
  const auto begin = at == 0 ? 0 : a.rfind('\n', at - 1) + 1;
  const auto line = [&](const std::string& text) { return text.substr(begin, text.find('\n', at) - begin); };
  return line(a) + " | " + line(b);
}

/// What was told of what back-tests know too.
inline std::vector<std::string> old_events(const LiveSession& s) {
  std::vector<std::string> out;
  for (const Event& e : s.events) {
    if (!is_old_event(e)) continue;
    out.push_back(std::to_string(static_cast<int>(e.kind)) + ' ' + std::to_string(e.time) + ' ' +
                  shortest(e.current_price) + ' ' + shortest(e.level) + ' ' + (e.signal ? describe(*e.signal) : ""));
  }
  return out;
}

/// The decisions of a back-test that has done all work up to the minute `end`.
inline std::string backtest_log(const RandomCase& c, const CandleSeries& candles, Timestamp end) {
  RiskBook book;
  Trader trader(c.setup, c.config, candles, book);
  trader.listen(kOldEvents);
  trader.set_horizon({end, 1});
  RandomUser user(c);
  for (;;) {
    switch (trader.advance()) {
      case Ask::signal_due: user.strategy(trader); break;
      case Ask::risk_check: user.risk(trader); break;
      case Ask::event: {
        const Event e = trader.event();
        user.event(e, trader);
        break;
      }
      default: return trader.decisions().text();
    }
  }
}

}  // namespace btk::test
