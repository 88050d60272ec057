#include "engine/validate.h"

#include <catch2/catch.hpp>

#include <algorithm>
#include <limits>
#include <set>

using namespace btk;

namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();
constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();
using Codes = std::vector<std::string>;

SignalRequest request(const char* side = "long", double take = 110, double stop = 95) {
  SignalRequest r;
  r.position = side;
  r.price_take_profit = take;
  r.price_stop_loss = stop;
  return r;
}

GivenNumber wrong_type() {
  GivenNumber n;
  n.kind = GivenNumber::Kind::wrong_type;
  return n;
}

// The codes of what is wrong with the request at an average price, defaults filled in.
Codes wrong(const SignalRequest& r, double price = 100, const Config& config = {}) {
  Codes codes;
  const auto refusals = validate(with_defaults(r, config), price, config);
  CHECK(refusals.empty() == join(refusals).empty());
  for (const Refusal& refusal : refusals) {
    // A level on the wrong side, or measured from an entry that is no price, is too close as well, and told once.
    const auto was = [&](const std::string& code) { return std::ranges::count(codes, code) > 0; };
    const bool told_before = refusal.code.ends_with("_too_close") &&
                             (was(refusal.code.substr(0, 2) + "_wrong_side") || was("price_open_not_positive"));
    CHECK((told_before ? refusal.sentence.empty() : refusal.sentence.size() > 20));
    codes.push_back(refusal.code);
  }
  return codes;
}

template <class Change>
Codes wrong_with(Change change, const Config& config = {}) {
  SignalRequest r = request();
  change(r);
  return wrong(r, 100, config);
}

}  // namespace

TEST_CASE("sound requests pass") {
  CHECK(wrong(request()) == Codes{});
  CHECK(wrong(request("short", 90, 105)) == Codes{});
  CHECK(wrong_with([](auto& r) { r.price_open = 99; }) == Codes{});   // waits
  CHECK(wrong_with([](auto& r) { r.price_open = 101; }) == Codes{});  // enters now
}

TEST_CASE("what a request leaves out comes from the configuration") {
  Config config;
  config.max_signal_lifetime_minutes = 77;
  config.position_entry_cost = 250;
  config.signal_leverage_multiplier = 3;
  config.signal_isolated_margin = false;
  SignalRequest r = with_defaults(request(), config);
  CHECK(r.minute_estimated_time.value == 77);
  CHECK(r.cost.value == 250);
  CHECK(r.multiplier.value == 3);
  CHECK(r.isolated == SignalRequest::Flag::no);

  r = request();
  r.minute_estimated_time = 5;
  r.cost = 1;
  r.multiplier = 2;
  r.isolated = SignalRequest::Flag::yes;
  r = with_defaults(r, config);
  CHECK(r.minute_estimated_time.value == 5);
  CHECK(r.cost.value == 1);
  CHECK(r.multiplier.value == 2);
  CHECK(r.isolated == SignalRequest::Flag::yes);
}

TEST_CASE("position: given, known, allowed") {
  CHECK(wrong_with([](auto& r) { r.position.reset(); }) == Codes{"position_required", "position_invalid"});
  CHECK(wrong_with([](auto& r) { r.position = "Long"; }) == Codes{"position_invalid"});
  Config config;
  config.enable_long_signal = false;
  CHECK(wrong(request(), 100, config) == Codes{"long_disabled"});
  CHECK(wrong(request("short", 90, 105), 100, config) == Codes{});
  config.enable_short_signal = false;
  CHECK(wrong(request("short", 90, 105), 100, config) == Codes{"short_disabled"});
}

TEST_CASE("prices: numbers, finite, above zero") {
  const auto check = [](GivenNumber SignalRequest::*field, const std::string& name) {
    const auto codes = [&](GivenNumber value) {
      const Codes all = wrong_with([&](auto& r) { r.*field = value; });
      return std::set<std::string>(all.begin(), all.end());
    };
    INFO(name);
    CHECK(codes(wrong_type()).contains(name + "_type"));
    CHECK(codes(kNaN).contains(name + "_not_finite"));
    CHECK(codes(kInfinity).contains(name + "_not_finite"));
    CHECK(codes(0).contains(name + "_not_positive"));
    CHECK(codes(-1).contains(name + "_not_positive"));
  };
  check(&SignalRequest::price_open, "price_open");
  check(&SignalRequest::price_take_profit, "tp");
  check(&SignalRequest::price_stop_loss, "sl");
  CHECK(wrong_with([](auto& r) { r.price_take_profit = {}; }) == Codes{"tp_type", "tp_not_finite"});
}

TEST_CASE("levels lie on their sides of the entry") {
  CHECK(wrong(request("long", 99, 95)) == Codes{"tp_wrong_side", "tp_too_close"});
  CHECK(wrong(request("long", 110, 101)) == Codes{"sl_wrong_side", "sl_too_close"});
  CHECK(wrong(request("short", 101, 105)) == Codes{"tp_wrong_side", "tp_too_close"});
  CHECK(wrong(request("short", 90, 99)) == Codes{"sl_wrong_side", "sl_too_close"});
  CHECK(wrong(request("long", 100, 100)) ==
        Codes{"tp_wrong_side", "sl_wrong_side", "tp_too_close", "sl_too_close"});
}

TEST_CASE("distances from the entry: the bounds themselves are allowed") {
  Config config;
  config.min_takeprofit_distance_percent = 2;
  config.min_stoploss_distance_percent = 1;
  config.max_stoploss_distance_percent = 25;
  CHECK(wrong(request("long", 102, 99), 100, config) == Codes{});
  CHECK(wrong(request("long", 102, 75), 100, config) == Codes{});
  CHECK(wrong(request("short", 98, 101), 100, config) == Codes{});
  CHECK(wrong(request("short", 98, 125), 100, config) == Codes{});
  CHECK(wrong(request("long", 101.99, 99), 100, config) == Codes{"tp_too_close"});
  CHECK(wrong(request("long", 102, 99.01), 100, config) == Codes{"sl_too_close"});
  CHECK(wrong(request("long", 102, 74.99), 100, config) == Codes{"sl_too_far"});
  CHECK(wrong(request("short", 98.01, 100.99), 100, config) == Codes{"tp_too_close", "sl_too_close"});
  CHECK(wrong(request("short", 98, 125.01), 100, config) == Codes{"sl_too_far"});

  config.min_takeprofit_distance_percent = config.min_stoploss_distance_percent = 0;
  config.max_stoploss_distance_percent = 0;
  CHECK(wrong(request("long", 100.001, 99.999), 100, config) == Codes{});  // zero switches a bound off
  CHECK(wrong(request("long", 101, 1), 100, config) == Codes{});
}

TEST_CASE("distances count from a limit order's own price") {
  SignalRequest r = request("long", 90.4, 85);
  r.price_open = 90;
  CHECK(wrong(r) == Codes{"tp_too_close"});
  r.price_take_profit = 91;
  CHECK(wrong(r) == Codes{});
}

TEST_CASE("life time: a positive whole number of minutes within the limit") {
  const auto codes = [](GivenNumber minutes, const Config& config = {}) {
    return wrong_with([&](auto& r) { r.minute_estimated_time = minutes; }, config);
  };
  CHECK(codes(1) == Codes{});
  CHECK(codes(1440) == Codes{});
  CHECK(codes(1441) == Codes{"time_too_large"});
  CHECK(codes(0) == Codes{"time_not_positive"});
  CHECK(codes(-5) == Codes{"time_not_positive"});
  CHECK(codes(1.5) == Codes{"time_not_integer"});
  CHECK(codes(kNaN) == Codes{"time_not_integer"});
  CHECK(codes(wrong_type()) == Codes{"time_type", "time_not_integer"});
  CHECK(codes(kInfinity) == Codes{"time_infinite", "time_too_large"});
  Config forever;
  forever.max_signal_lifetime_minutes = kInfinity;
  CHECK(codes(kInfinity, forever) == Codes{});
  CHECK(codes(1e6, forever) == Codes{});
}

TEST_CASE("leverage, margin and cost") {
  CHECK(wrong_with([](auto& r) { r.multiplier = 0; }) == Codes{"multiplier_not_positive"});
  CHECK(wrong_with([](auto& r) { r.multiplier = -2; }) == Codes{"multiplier_not_positive"});
  CHECK(wrong_with([](auto& r) { r.multiplier = kInfinity; }) == Codes{"multiplier_not_finite"});
  CHECK(wrong_with([](auto& r) { r.multiplier = wrong_type(); }) == Codes{"multiplier_not_finite"});
  CHECK(wrong_with([](auto& r) { r.multiplier = 0.1; }) == Codes{});
  CHECK(wrong_with([](auto& r) { r.isolated = SignalRequest::Flag::wrong_type; }) == Codes{"isolated_type"});
  for (const double cost : {0.0, -1.0, kNaN, kInfinity}) {
    CHECK(wrong_with([&](auto& r) { r.cost = cost; }) == Codes{"cost_not_positive"});
  }
  CHECK(wrong_with([](auto& r) { r.cost = wrong_type(); }) == Codes{"cost_not_positive"});
  CHECK(wrong_with([](auto& r) { r.cost = 0.01; }) == Codes{});
}

TEST_CASE("an entry now must lie strictly between stop and take profit") {
  SignalRequest r = request();
  r.price_open = 100;
  CHECK(wrong(r, 95) == Codes{"immediate_beyond_sl"});
  CHECK(wrong(r, 95.01) == Codes{});
  SignalRequest s = request("short", 90, 105);
  s.price_open = 100;
  CHECK(wrong(s, 105) == Codes{"immediate_beyond_sl"});
  CHECK(wrong(s, 104.99) == Codes{});
  CHECK(wrong(r, 200) == Codes{});  // far above a long limit: it waits
}

TEST_CASE("without an average price nothing can be checked") {
  for (const double price : {0.0, -1.0, kNaN, kInfinity}) {
    CHECK(wrong(request(), price) == Codes{"current_price_invalid"});
  }
}

TEST_CASE("entry: at market, at once at the named price, or waiting for it") {
  SignalRequest r = request();
  CHECK(entry_mode(r, 100) == EntryMode::market);
  r.price_open = 100;
  CHECK(entry_mode(r, 99) == EntryMode::immediate);
  CHECK(entry_mode(r, 100) == EntryMode::immediate);
  CHECK(entry_mode(r, 101) == EntryMode::scheduled);
  r.position = "short";
  CHECK(entry_mode(r, 101) == EntryMode::immediate);
  CHECK(entry_mode(r, 100) == EntryMode::immediate);
  CHECK(entry_mode(r, 99) == EntryMode::scheduled);
}

TEST_CASE("all broken rules are told at once, in words") {
  SignalRequest r = request("long", 99, 95);
  r.minute_estimated_time = 2000;
  const auto refusals = validate(with_defaults(r, Config{}), 100, Config{});
  REQUIRE(refusals.size() == 3);
  CHECK(join(refusals) == refusals[0].sentence + "; " + refusals[2].sentence);
  CHECK(refusals[0].sentence == "price_take_profit 99 of a long must be above the entry 100");
  CHECK(refusals[2].sentence.find("CC_MAX_SIGNAL_LIFETIME_MINUTES") != std::string::npos);
}

TEST_CASE("A level on the wrong side is told once, a distance with few digits") {
  const auto text = [](const SignalRequest& r) { return join(validate(with_defaults(r, Config()), 100, Config())); };
  CHECK(text(request("long", 110, 101)) == "price_stop_loss 101 of a long must be below the entry 100");
  CHECK(text(request("long", 110, 99.7)) ==
        "price_stop_loss is 0.30 % from the entry; at least 0.5 % is allowed (CC_MIN_STOPLOSS_DISTANCE_PERCENT)");
  CHECK(text(request("long", 110, 99.500001)) ==
        "price_stop_loss is 0.499999 % from the entry; at least 0.5 % is allowed (CC_MIN_STOPLOSS_DISTANCE_PERCENT)");
}
