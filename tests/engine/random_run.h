// Random markets, settings, strategies and users for the property tests. All
// that is random follows from the seed and the simulated moment, never from what
// was drawn before: two runs that agree up to a moment do the same at it.
#pragma once

#include <algorithm>
#include <cmath>
#include <initializer_list>
#include <limits>
#include <string>
#include <vector>

#include "engine/error.h"
#include "engine/trader.h"

namespace btk::test {

/// Random numbers (splitmix64).
class Dice {
 public:
  Dice(std::uint64_t seed, std::uint64_t moment)
      : state_(seed * 0x9e3779b97f4a7c15u ^ moment * 0xd1b54a32d192ed03u) {
    next();
  }

  std::uint64_t next() {
    std::uint64_t z = state_ += 0x9e3779b97f4a7c15u;
    z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9u;
    z = (z ^ z >> 27) * 0x94d049bb133111ebu;
    return z ^ z >> 31;
  }
  int below(int n) { return static_cast<int>(next() % static_cast<std::uint64_t>(n)); }
  bool one_in(int n) { return below(n) == 0; }
  double between(double low, double high) {
    return low + (high - low) * (static_cast<double>(next() >> 11) * 0x1p-53);
  }
  template <class T>
  T pick(std::initializer_list<T> values) {
    return values.begin()[below(static_cast<int>(values.size()))];
  }

 private:
  std::uint64_t state_;
};

inline constexpr Timestamp kRandomStart = 1704067200000;

/// A walk of `count` candles with jumps and minutes without trades; `change` gives another walk from candle
/// `same` on, that is like this one before.
inline CandleSeries random_market(std::uint64_t seed, int count, int same = 0, std::uint64_t change = 0) {
  CandleSeries series(Interval::m1, kRandomStart);
  Dice style(seed, 1);
  const double swing = style.pick({0.0005, 0.002, 0.006, 0.015});
  const bool trades = !style.one_in(20);
  double price = 100;
  for (int i = 0; i < count; ++i) {
    Dice dice(i < same ? seed : seed + change, 1000 + static_cast<std::uint64_t>(i));
    const double open = price;
    price *= 1 + dice.between(-swing, swing) + (dice.one_in(80) ? dice.between(-0.08, 0.08) : 0);
    const double high = std::max(open, price) * (1 + dice.between(0, swing));
    const double low = std::min(open, price) * (1 - dice.between(0, swing));
    series.push(open, high, low, price, trades && !dice.one_in(10) ? dice.between(0, 50) : 0);
  }
  return series;
}

/// What surrounds a run; the candles are given separately.
struct RandomCase {
  std::uint64_t seed = 0;
  bool absurd = false;  ///< the user also gives impossible and enormous numbers
  Config config;
  TraderSetup setup;

  RandomCase(std::uint64_t the_seed, int candles) : seed(the_seed), absurd(the_seed % 2 == 1) {
    Dice dice(seed, 2);
    config.enable_dca_everywhere = dice.one_in(3);
    config.enable_pppl_everywhere = dice.one_in(3);
    config.enable_trailing_everywhere = dice.one_in(3);
    config.risk_reference_reservations = dice.one_in(8);
    config.schedule_await_minutes = dice.pick({3, 10, 40, 120});
    config.avg_price_candles_count = dice.pick({1, 5, 5, 5, 9});
    config.percent_fee = dice.pick({0.0, 0.1, 0.1, 0.5});
    config.percent_slippage = dice.pick({0.0, 0.1, 0.1});
    if (dice.one_in(6)) config.max_signal_lifetime_minutes = std::numeric_limits<double>::infinity();
    setup.symbol = "BTCUSDT";
    setup.strategy_name = "random";
    setup.exchange_name = "exchange";
    setup.frame_name = "frame";
    setup.seed = seed;
    setup.keep_decisions = true;
    setup.signal_interval =
        dice.pick({Interval::m1, Interval::m1, Interval::m3, Interval::m5, Interval::m15, Interval::h1});
    setup.frame_interval = dice.pick({Interval::m1, Interval::m1, Interval::m1, Interval::m3, Interval::m5});
    setup.frame_start = kRandomStart + dice.below(12) * kMinute;
    setup.frame_end = kRandomStart + (candles + dice.between(-30, 10) * 1.0) * kMinute;
    for (const char* profile : {"a", "b"}) {
      if (dice.one_in(2)) setup.risk_profiles.push_back(profile);
    }
  }
};

/// A strategy and a user who do anything at any moment.
class RandomUser {
 public:
  bool may_stop = true;

  explicit RandomUser(const RandomCase& c) : seed_(c.seed), absurd_(c.absurd) {}

  void strategy(Trader& t) const {
    Dice dice = at(t, 100);
    if (dice.one_in(40)) t.answer_warmup();
    if (!dice.one_in(3)) t.answer_signal(request(dice, t.now().price));
    if (dice.one_in(12)) command(dice, t);
  }
  void risk(Trader& t) const {
    Dice dice =
        at(t, 101 + t.risk_query().profile.size() + static_cast<std::uint64_t>(t.risk_query().profile[0]));
    if (dice.one_in(12)) command(dice, t);
    if (!dice.one_in(30)) t.answer_risk(!dice.one_in(6), "id", "note");
  }
  /// At most a few times at one moment: commands make events, and this user would never stop.
  void event(const Event& e, Trader& t) {
    Dice dice = at(t, 300 + static_cast<std::uint64_t>(e.kind));
    if (!dice.one_in(5)) return;
    if (moment_ != t.now().when) times_ = 0;
    moment_ = t.now().when;
    if (++times_ > 5) return;
    for (int n = 1 + dice.below(3); n > 0; --n) command(dice, t);
  }

 private:
  Dice at(const Trader& t, std::uint64_t what) const {
    return Dice(seed_, static_cast<std::uint64_t>(t.now().when) * 1024 + what);
  }

  double number(Dice& dice, double usual) const {
    constexpr double kInfinity = std::numeric_limits<double>::infinity();
    if (!absurd_ || !dice.one_in(6)) return usual;
    return dice.pick({0.0, -0.0, -1.0, 1e-320, 1e-300, 1e-9, 1e9, 1e300, 1.7e308, kInfinity, -kInfinity,
                      std::numeric_limits<double>::quiet_NaN()});
  }

  SignalRequest request(Dice& dice, double price) const {
    SignalRequest r;
    const bool up = dice.one_in(2);
    r.position = up ? "long" : "short";
    r.id = dice.pick({"", "", "a", "b"});
    double entry = price;
    if (dice.one_in(2)) r.price_open = entry = price * (1 + dice.between(-0.01, 0.01));
    const double gain = dice.between(0.004, 0.04), loss = dice.between(0.004, 0.04);
    const auto given = [&](double usual) {  // products must stay numbers
      const double value = number(dice, usual);
      return std::isfinite(value) && value > 0 ? std::clamp(value, 1e-100, 1e100) : value;
    };
    r.price_take_profit = given(entry * (up ? 1 + gain : 1 - gain));
    r.price_stop_loss = given(entry * (up ? 1 - loss : 1 + loss));
    if (!dice.one_in(4)) r.minute_estimated_time = given(1 + dice.below(90));
    if (dice.one_in(2)) r.cost = given(dice.between(1, 500));
    if (dice.one_in(2)) r.multiplier = std::min(given(dice.pick({1.0, 2.0, 10.0, 100.0, 300.0})), 1e6);
    if (dice.one_in(3)) r.isolated = SignalRequest::Flag::no;
    return r;
  }

  void command(Dice& dice, Trader& t) const {
    const double here = t.visible_price();
    const auto price = [&]() -> std::optional<double> {
      if (dice.one_in(2)) return std::nullopt;
      return number(dice, here * (1 + dice.between(-0.04, 0.04)));
    };
    const auto percent = [&] { return number(dice, dice.one_in(4) ? 100 : dice.between(0, 110)); };
    const auto shift = [&] { return number(dice, dice.between(-8, 4)); };
    const auto dollars = [&] { return number(dice, dice.between(0, 150)); };
    switch (dice.below(24)) {
      case 0:
      case 1:
        t.commit_partial(true, percent(), price());
        break;
      case 2:
      case 3:
        t.commit_partial(false, percent(), price());
        break;
      case 4:
        t.commit_partial_cost(true, dollars(), price());
        break;
      case 5:
        t.commit_partial_cost(false, dollars(), price());
        break;
      case 6:
      case 7:
        t.commit_trailing_stop(shift(), price().value_or(here));
        break;
      case 8:
        t.commit_trailing_take(shift(), price().value_or(here));
        break;
      case 9:
        t.commit_trailing_stop_cost(price().value_or(here), price());
        break;
      case 10:
        t.commit_trailing_take_cost(price().value_or(here), price());
        break;
      case 11:
        t.commit_breakeven(price());
        break;
      case 12:
      case 13:
        t.commit_average_buy({}, price());
        break;
      case 14:
      case 15:
        t.commit_average_buy(dollars(), price());
        break;
      case 16:
        t.commit_close_pending("close", "note");
        break;
      case 17:
        t.commit_cancel_scheduled("cancel");
        break;
      case 18:
        t.commit_activate_scheduled("activate");
        break;
      case 19:
        dice.one_in(2) ? t.commit_create_take_profit() : t.commit_create_stop_loss();
        break;
      case 20:
      case 21:
        may_be_refused([&] { t.commit_create_signal(request(dice, here)); });
        break;
      case 22:
        if (!dice.one_in(20)) {
          may_be_refused([&] { t.commit_signal_notify(); });
        } else if (may_stop) {
          t.stop();
        }
        break;
      case 23:
        t.set_paused(dice.one_in(3));
        break;
    }
  }

  template <class Command>
  static void may_be_refused(Command give) {
    try {
      give();
    } catch (const Error&) {
    }
  }

  std::uint64_t seed_;
  bool absurd_;
  double moment_ = 0;
  int times_ = 0;
};

/// A decision line, taken apart as far as the properties need it.
struct Decision {
  std::string line, kind;
  Timestamp time = 0;
  bool has(const std::string& field) const { return line.find('\t' + field) != std::string::npos; }
};

inline std::vector<Decision> decisions(const Trader& trader) {
  std::vector<Decision> found;
  const std::string& text = trader.decisions().text();
  for (std::size_t at = text.find('\n') + 1; at < text.size();) {  // the first line names the run
    const std::size_t end = text.find('\n', at), tab = text.find('\t', at);
    found.push_back({text.substr(at, end - at), text.substr(at, tab - at), std::stoll(text.substr(tab + 1))});
    at = end + 1;
  }
  return found;
}

}  // namespace btk::test
