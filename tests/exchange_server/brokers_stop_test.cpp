// Protective stops at the exchange: they never outlive their position, nor sell what is not theirs.
#include "tests/exchange_server/broker_desk.h"

using namespace btk;
using namespace btk::exchange_server;
using namespace btk::test;
using Catch::Matchers::Contains;

namespace {

// A position from minute 5 to 30 and another one from minute 40 on, with a stop that is farther away.
const std::string kTwoTrades = R"(
  btk.set_config { CC_ENABLE_PPPL_EVERYWHERE = true }
  btk.add_strategy { strategy_name = "s", interval = "1m", get_signal = function(_, _, price)
    if at(5) then return long(price, { cost = 1000, price_stop_loss = price * 0.95, price_take_profit = price * 1.2, minute_estimated_time = 25 }) end
    if at(40) then return long(price, { cost = 1000, price_stop_loss = price * 0.8, price_take_profit = price * 1.2, minute_estimated_time = 100 }) end
  end, callbacks = { on_active_ping = function(symbol) if at(20) then print("done", btk.commit_partial_profit(symbol, 50)) end end } })";

}  // namespace

TEST_CASE("A stop that was left when protective_stop was switched off goes with its position", "[brokers]") {
  for (const char* broker : {"binance_spot", "binance_futures"}) {
    Desk desk([](int m) { return m < 15 ? 100.0 : m < 50 ? 101.0 : m < 70 ? 94.0 : 100.0; });
    desk.bench.begin(script(broker, kTwoTrades, true));
    desk.minutes(0, 9);
    REQUIRE(desk.book(market_of(broker)).size() == 2);
    desk.restart(script(broker, kTwoTrades, false), 10);
    desk.minutes(10, 35);
    INFO(broker << "\n" << desk.log());
    CHECK(desk.bench.text() == "done\ttrue");
    CHECK(desk.coins() < 0.002);
    CHECK(desk.position() == 0);
    CHECK(desk.book(market_of(broker)).at(1).ends_with("CANCELED"));
    desk.minutes(36, 80);
    INFO(desk.log());
    CHECK(desk.bench.trader().pending() != nullptr);
    CHECK(desk.coins() + desk.position() == Approx(9.9).margin(0.02));  // nothing took the next position away
  }
}

TEST_CASE("What a left stop sold is noticed with protective_stop switched off", "[brokers]") {
  for (const char* broker : {"binance_spot", "binance_futures"}) {
    Desk desk([](int m) { return m < 20 ? 100.0 : 94.0; });
    desk.ask("POST", "/admin/balance", {{"asset", "BTC"}, {"free", 50}});
    desk.bench.begin(script(broker, kTwoTrades, true));
    desk.minutes(0, 9);
    desk.ask("POST", "/admin/clock", {{"jump_to", kStart + 29 * kMinute}});
    desk.restart(script(broker, kTwoTrades, false), 29);
    desk.minutes(29, 35);
    INFO(broker << "\n" << desk.log());
    CHECK(desk.bench.trader().pending() == nullptr);
    CHECK(desk.book(market_of(broker)).size() == 2);
    CHECK(desk.coins() == Approx(50).margin(0.002));
    CHECK(desk.position() == 0);
  }
}

TEST_CASE("A close waits while an order by hand locks the coins, and sells them when it has gone", "[brokers]") {
  Desk desk(flat);
  desk.bench.begin(script("binance_spot", kLongAt5 + " btk.listen_error(function(e) print(e.message) end)"));
  desk.minutes(0, 30);
  REQUIRE(desk.by_hand("POST", "/api/v3/order", "symbol=BTCUSDT&side=SELL&type=LIMIT&timeInForce=GTC&price=200&quantity=9.99&newClientOrderId=mine").contains("status"));
  desk.minutes(31, 70);
  INFO(desk.log());
  CHECK(desk.bench.trader().question());  // the close is still asked for
  CHECK_THAT(desk.bench.text(), Contains("locked by another open order"));
  desk.by_hand("DELETE", "/api/v3/order", "symbol=BTCUSDT&origClientOrderId=mine");
  desk.minutes(71, 73);
  CHECK(desk.bench.trader().pending() == nullptr);
  CHECK(desk.book("spot") == Lines{"BUY MARKET FILLED", "SELL LIMIT CANCELED", "SELL MARKET FILLED"});
  CHECK(desk.coins() < 0.001);
}

namespace {

// A guarded position of 1000 from minute 5 to 30.
std::string guarded_until_30(const std::string& broker, const std::string& callback = "") {
  return script(broker, R"(
    btk.set_config { CC_ENABLE_PPPL_EVERYWHERE = true }
    btk.add_strategy { strategy_name = "s", interval = "1m", get_signal = function(_, _, price)
      if at(5) then return long(price, { cost = 1000, price_take_profit = price * 1.2, price_stop_loss = price * 0.95, minute_estimated_time = 25 }) end
    end, callbacks = { on_active_ping = function(symbol) )" + callback + R"( end } })", true);
}

// Half of the stop that rests finds a buyer. Returns how much that was.
double fill_half_of_stop(Desk& desk, const std::string& broker) {
  const Json book = desk.ask("GET", "/admin/book");
  for (const Json& order : book[market_of(broker)]) {
    if (order["status"] != "NEW") continue;
    const double half = std::floor(Desk::number(order["origQty"]) * 500) / 1000;
    const Json done = desk.ask("POST", "/admin/fill", {{"id", order["clientOrderId"]}, {"quantity", half}, {"futures", broker == "binance_futures"}});
    REQUIRE(done.contains("ok"));
    return half;
  }
  FAIL("no stop rests");
  return 0;
}

// What the engine was told of sales.
double sold_in_books(const Desk& desk) {
  const auto report = desk.bench.script->finish();
  REQUIRE(report.signals.size() == 1);
  double sold = 0;
  for (const Fill& fill : report.signals[0].signal.fills) {
    if (fill.action != "open") sold += *fill.quantity;
  }
  return sold;
}

double resting(Desk& desk, const std::string& broker) {
  double sum = 0;
  const Json book = desk.ask("GET", "/admin/book");
  for (const Json& order : book[market_of(broker)]) {
    if (order["status"] == "NEW" || order["status"] == "PARTIALLY_FILLED") {
      sum += Desk::number(order["origQty"]) - Desk::number(order["executedQty"]);
    }
  }
  return sum;
}

constexpr double kOwn = 50;  // coins of the user, which no strategy may touch

}  // namespace

TEST_CASE("What a stop sold before it was cancelled is not sold again when the close is asked for again", "[brokers]") {
  for (const std::string broker : {"binance_spot", "binance_futures"}) {
    Desk desk(flat);
    desk.ask("POST", "/admin/balance", {{"asset", "BTC"}, {"free", kOwn}});
    desk.bench.begin(guarded_until_30(broker));
    desk.minutes(0, 29);
    fill_half_of_stop(desk, broker);
    desk.fault({{"kind", "503"}, {"path", "/order"}, {"method", "POST"}});
    desk.minutes(30, 35);
    INFO(broker << "\n" << desk.log());
    CHECK(desk.coins() == Approx(kOwn).margin(0.002));
    CHECK(desk.position() == 0);
    CHECK(sold_in_books(desk) == Approx(broker == "binance_spot" ? 9.99 : 10));
  }
}

TEST_CASE("What a stop sold before it was cancelled is known to the next process", "[brokers]") {
  for (const std::string broker : {"binance_spot", "binance_futures"}) {
    Desk desk(flat);
    desk.ask("POST", "/admin/balance", {{"asset", "BTC"}, {"free", kOwn}});
    const std::string text = guarded_until_30(broker);
    desk.bench.begin(text);
    desk.minutes(0, 29);
    fill_half_of_stop(desk, broker);
    desk.fault({{"kind", "503"}, {"path", "/order"}, {"method", "POST"}, {"count", -1}});
    desk.minutes(30, 31);  // the stop is cancelled, the sale is not taken, and the process is killed
    desk.ask("DELETE", "/admin/faults");
    desk.restart(text, 32);
    desk.minutes(32, 40);
    INFO(broker << "\n" << desk.log());
    CHECK(desk.coins() == Approx(kOwn).margin(0.002));
    CHECK(desk.position() == 0);
    CHECK(sold_in_books(desk) == Approx(broker == "binance_spot" ? 9.99 : 10));
    CHECK_THAT(desk.log(), Contains("its protective stop has sold"));
  }
}

TEST_CASE("A partial close takes of what a selling stop has left, and the rest is guarded again", "[brokers]") {
  for (const std::string broker : {"binance_spot", "binance_futures"}) {
    Desk desk([](int m) { return m < 8 ? 100.0 : 101.0; });
    desk.ask("POST", "/admin/balance", {{"asset", "BTC"}, {"free", kOwn}});
    desk.bench.begin(guarded_until_30(broker, R"(
      if at(10) then print("done", btk.commit_partial_profit(symbol, 50)) end)"));
    desk.minutes(0, 9);
    const double half = fill_half_of_stop(desk, broker);
    desk.minutes(10, 12);
    INFO(broker << "\n" << desk.log());
    const double held = (broker == "binance_spot" ? desk.coins() - kOwn : desk.position());
    CHECK(held > 0);
    CHECK(held < 10 - half + 0.001);
    CHECK(resting(desk, broker) == Approx(held).margin(0.0011));
    desk.minutes(13, 35);
    CHECK(desk.coins() == Approx(kOwn).margin(0.003));
    CHECK(desk.position() == 0);
  }
}

TEST_CASE("A protective stop that the exchange refuses is told as an error, once for each reason", "[brokers]") {
  for (const std::string broker : {"binance_spot", "binance_futures"}) {
    Desk desk(flat);
    desk.bench.begin(guarded_until_30(broker) + " btk.listen_error(function(e) print(e.message) end)");
    const auto refuse = [&](const char* why, int after) {
      desk.ask("DELETE", "/admin/faults");
      // Of whatever kind the order is: order, algoOrder.
      desk.fault({{"kind", "reject"}, {"path", "rder"}, {"method", "POST"}, {"after", after}, {"count", -1}, {"message", why}});
    };
    refuse("Filter failure: MAX_NUM_ALGO_ORDERS", 1);  // the entry is taken
    desk.minutes(0, 15);
    refuse("This symbol takes no stops now.", 0);
    desk.minutes(16, 20);
    INFO(broker << "\n" << desk.log());
    CHECK(desk.bench.text() == "BTCUSDT: no protective stop at 95: Filter failure: MAX_NUM_ALGO_ORDERS\n"
                               "BTCUSDT: no protective stop at 95: This symbol takes no stops now.");
    CHECK(desk.bench.errors().size() == 2);  // what `btkhost status` counts
    CHECK(desk.bench.trader().pending() != nullptr);
    desk.ask("DELETE", "/admin/faults");
    desk.minutes(21, 22);
    CHECK(resting(desk, broker) == Approx(desk.coins() + desk.position()).margin(0.001));  // it was tried again
  }
}

TEST_CASE("A protective stop is told of when the exchange does not take it for minutes, not when it is late by one", "[brokers]") {
  for (const int minutes : {1, 6}) {
    Desk desk(flat);
    desk.bench.begin(guarded_until_30("binance_spot") + " btk.listen_error(function(e) print(e.message) end)");
    desk.fault({{"kind", "503"}, {"path", "/order"}, {"method", "POST"}, {"after", 1}, {"count", minutes}});
    desk.minutes(0, 20);
    INFO(minutes << "\n" << desk.log());
    CHECK(desk.bench.errors().size() == (minutes > 1 ? 1 : 0));
    CHECK(resting(desk, "binance_spot") == Approx(desk.coins()).margin(0.001));
  }
}
