// The example brokers of scripts/brokers against this exchange: from the entry to the last sale, and what a lost answer
// or a restart on the way costs.
#include "tests/exchange_server/broker_desk.h"

using namespace btk;
using namespace btk::exchange_server;
using namespace btk::test;
using Catch::Matchers::Contains;

TEST_CASE("Spot: what is bought is sold, net of the fee, and the fills stand beside the model", "[brokers]") {
  Desk desk(ramp(20, 10, 3));
  desk.bench.begin(script("binance_spot", kLongAt5));
  desk.minutes(0, 40);
  INFO(desk.log());
  CHECK(desk.bench.errors() == Lines{});
  CHECK(desk.book("spot") == Lines{"BUY MARKET FILLED", "SELL MARKET FILLED"});
  CHECK(desk.coins() < 0.001);
  const auto report = desk.bench.script->finish();
  REQUIRE(report.signals.size() == 1);
  const auto& fills = report.signals[0].signal.fills;
  REQUIRE(fills.size() == 2);
  CHECK(fills[0].action == "open");
  CHECK(*fills[0].price == Approx(100.01));
  CHECK(*fills[0].quantity == Approx(10 * 0.999));  // 1000 USDT at 100, a thousandth off
  CHECK(fills[1].action == "close");
  CHECK(*fills[1].quantity == Approx(9.99));
  CHECK_FALSE(fills[0].order_id.empty());
  CHECK(desk.log().find("the-secret") == std::string::npos);
}

TEST_CASE("An answer that is lost after the deed costs no second order", "[brokers]") {
  for (const char* broker : {"binance_spot", "binance_futures"}) {
    Desk desk(ramp(20, 10, 3));
    desk.bench.begin(script(broker, kLongAt5));
    desk.minutes(0, 4);
    desk.fault({{"kind", "drop_after"}, {"path", "/order"}, {"method", "POST"}});
    desk.minutes(5, 15);
    desk.fault({{"kind", "drop_after"}, {"path", "/order"}, {"method", "POST"}});
    desk.minutes(16, 40);
    INFO(broker << "\n" << desk.log());
    CHECK(desk.book(market_of(broker)) == Lines{"BUY MARKET FILLED", "SELL MARKET FILLED"});
    CHECK(desk.coins() < 0.001);
    CHECK(desk.position() == 0);
    CHECK(desk.bench.script->finish().signals.size() == 1);
  }
}

TEST_CASE("Whatever goes wrong with an order ends in that order, once", "[brokers]") {
  for (const char* kind : {"429", "418", "500", "503", "drop", "truncate"}) {
    Desk desk(ramp(20, 10, 3));
    desk.bench.begin(script("binance_spot", kLongAt5));
    desk.fault({{"kind", kind}, {"path", "/order"}, {"count", 2}});
    desk.minutes(0, 15);
    desk.fault({{"kind", kind}, {"path", "/order"}, {"count", 2}, {"execute", true}});
    desk.minutes(16, 45);
    INFO(kind << "\n" << desk.log());
    CHECK(desk.book("spot") == Lines{"BUY MARKET FILLED", "SELL MARKET FILLED"});
    CHECK(desk.coins() < 0.001);
  }
}

TEST_CASE("The exchange's refusal ends a signal; the run goes on", "[brokers]") {
  Desk desk(flat);
  desk.bench.begin(script("binance_spot", R"(
    btk.listen_order_reject(function(e) print("rejected", e.message) end)
    btk.add_strategy { strategy_name = "s", interval = "1m", get_signal = function(_, _, price)
      if at(5) then return long(price, { cost = 1e8 }) end
      if at(6) then return { position = "short", price_take_profit = price * 0.98, price_stop_loss = price * 1.02, minute_estimated_time = 9 } end
      if at(7) then return long(price, { cost = 1 }) end
    end })"));
  desk.minutes(0, 10);
  INFO(desk.log());
  CHECK(desk.book("spot") == Lines{});
  CHECK_THAT(desk.bench.text(), Contains("insufficient balance") && Contains("spot can only be long") &&
                                    Contains("is worth less than"));
}

TEST_CASE("Partial closes and average buys are real orders; the close takes what is left", "[brokers]") {
  for (const char* broker : {"binance_spot", "binance_futures"}) {
    Desk desk([](int m) { return m < 8 ? 100.0 : m < 12 ? 99.0 : 101.5; });
    desk.bench.begin(script(broker, R"(
      btk.add_strategy { strategy_name = "s", interval = "1m",
        get_signal = function(_, _, price) if at(5) then return long(price, { cost = 1000, price_take_profit = price * 1.1, minute_estimated_time = 25 }) end end,
        callbacks = { on_active_ping = function(symbol)
          if at(10) then print("average", btk.commit_average_buy(symbol, 500)) end
          if at(20) then print("partial", btk.commit_partial_profit(symbol, 40)) end
        end } })",
                            true));
    desk.minutes(0, 60);
    INFO(broker << "\n" << desk.log() << desk.bench.text());
    CHECK(desk.bench.errors() == Lines{});
    CHECK_THAT(desk.bench.text(), Contains("average\ttrue") && Contains("partial\ttrue"));
    CHECK(desk.coins() < 0.001);
    CHECK(desk.position() == 0);
    const Lines orders = desk.book(market_of(broker));
    Lines market;
    for (const std::string& line : orders) {
      if (line.find("MARKET FILLED") != std::string::npos) market.push_back(line.substr(0, line.find(' ')));
      CHECK(line.find("NEW") == std::string::npos);  // no stop is left behind
    }
    CHECK(market == Lines{"BUY", "BUY", "SELL", "SELL"});
    const auto report = desk.bench.script->finish();
    REQUIRE(report.signals.size() == 1);
    CHECK(report.signals[0].signal.fills.size() == 4);
  }
}

TEST_CASE("The protective stop sells while the process is down, and the restarted one notices", "[brokers]") {
  Desk desk([](int m) { return m < 20 ? 100.0 : m < 40 ? 97.0 : 100.0; });
  const std::string text = script("binance_spot", R"(
    btk.add_strategy { strategy_name = "s", interval = "1m",
      get_signal = function(_, _, price) if at(5) then return long(price, { cost = 1000 }) end end })",
                                  true);
  desk.bench.begin(text);
  desk.minutes(0, 15);
  INFO(desk.log());
  CHECK(desk.book("spot") == Lines{"BUY MARKET FILLED", "SELL STOP_LOSS_LIMIT NEW"});
  desk.ask("POST", "/admin/clock", {{"jump_to", kStart + 50 * kMinute}});
  desk.restart(text, 50);
  desk.minutes(50, 60);
  CHECK(desk.book("spot") == Lines{"BUY MARKET FILLED", "SELL STOP_LOSS_LIMIT FILLED"});
  CHECK(desk.coins() < 0.001);
  const auto report = desk.bench.script->finish();
  REQUIRE(report.signals.size() == 1);
  CHECK(report.signals[0].close_reason == CloseReason::stop_loss);
}

TEST_CASE("What a partial close sold just before a kill is told with the stop's fill", "[brokers]") {
  Desk desk([](int m) { return m < 20 ? 100.0 : m < 40 ? 97.0 : 100.0; });
  const std::string text = script("binance_spot", R"(
    btk.set_config { CC_ENABLE_PPPL_EVERYWHERE = true }
    btk.add_strategy { strategy_name = "s", interval = "1m",
      get_signal = function(_, _, price) if at(5) then return long(price, { cost = 1000 }) end end,
      callbacks = { on_active_ping = function(symbol) if at(15) then btk.commit_partial_loss(symbol, 60) end end } })",
                                  true);
  desk.bench.begin(text);
  desk.minutes(0, 15);
  const Desk::Written before = desk.written();
  desk.minutes(16, 17);
  INFO(desk.log());
  CHECK(desk.book("spot") == Lines{"BUY MARKET FILLED", "SELL STOP_LOSS_LIMIT CANCELED", "SELL MARKET FILLED", "SELL STOP_LOSS_LIMIT NEW"});
  desk.ask("POST", "/admin/clock", {{"jump_to", kStart + 50 * kMinute}});
  desk.restart(text, 50, before);
  desk.minutes(50, 60);
  CHECK(desk.book("spot") == Lines{"BUY MARKET FILLED", "SELL STOP_LOSS_LIMIT CANCELED", "SELL MARKET FILLED", "SELL STOP_LOSS_LIMIT FILLED"});
  const auto report = desk.bench.script->finish();
  REQUIRE(report.signals.size() == 1);
  double sold = 0;
  for (const Fill& fill : report.signals[0].signal.fills) {
    if (fill.action != "open") sold += *fill.quantity;
  }
  CHECK(sold == Approx(9.99));
}

TEST_CASE("The protective stop covers what is held after the commands of on_open", "[brokers]") {
  for (const char* command : {"commit_partial_loss(symbol, 60)", "commit_average_buy(symbol, 500)"}) {
    Desk desk([](int m) { return m < 20 ? 100.0 : 97.0; });
    desk.bench.begin(script("binance_spot", fmt::format(R"(
      btk.set_config {{ CC_ENABLE_PPPL_EVERYWHERE = true, CC_ENABLE_DCA_EVERYWHERE = true }}
      btk.add_strategy {{ strategy_name = "s", interval = "1m",
        get_signal = function(_, _, price) if at(5) then return long(price, {{ cost = 1000 }}) end end,
        callbacks = {{ on_open = function(symbol) print("done", btk.{}) end }} }})", command), true));
    desk.minutes(0, 5);
    INFO(command << "\n" << desk.log() << desk.bench.text());
    REQUIRE_THAT(desk.bench.text(), Contains("done\ttrue"));
    const Json book = desk.ask("GET", "/admin/book");
    double resting = 0;
    for (const Json& order : book["spot"]) {
      if (order["status"] == "NEW") resting += Desk::number(order["origQty"]);
    }
    CHECK(resting > 0);
    CHECK(resting == Approx(desk.coins()).margin(0.0002));
    // It sells while the session runs: its fill is the exit that reports show.
    desk.minutes(6, 30);
    CHECK(desk.coins() < 0.001);
    const auto report = desk.bench.script->finish();
    REQUIRE(report.signals.size() == 1);
    CHECK(report.signals[0].close_reason == CloseReason::stop_loss);
    REQUIRE_FALSE(report.signals[0].signal.fills.empty());
    CHECK(report.signals[0].signal.fills.back().action == "close");
    CHECK(*report.signals[0].signal.fills.back().quantity == Approx(resting));
  }
}

TEST_CASE("After a restart the position is closed by what the exchange knows of it", "[brokers]") {
  Desk desk(ramp(40, 10, 3));
  const std::string text = script("binance_spot", kLongAt5);
  desk.bench.begin(text);
  desk.minutes(0, 15);
  desk.restart(text, 16);
  desk.minutes(16, 60);
  INFO(desk.log());
  CHECK(desk.book("spot") == Lines{"BUY MARKET FILLED", "SELL MARKET FILLED"});
  CHECK(desk.coins() < 0.001);
  CHECK_THAT(desk.log(), Contains("agrees: signal"));
}

TEST_CASE("A limit order rests at the exchange, is filled there, or goes when the signal ends", "[brokers]") {
  const auto text = [](const std::string& callback) {
    return script("binance_spot", R"(
      btk.add_strategy { strategy_name = "s", interval = "1m", get_signal = function()
        if at(5) then return { position = "long", price_open = 99, price_take_profit = 102, price_stop_loss = 97,
                               minute_estimated_time = 60, cost = 1000 } end end,
        callbacks = { )" + callback + " } }");
  };
  SECTION("filled") {
    Desk desk([](int m) { return m < 20 ? 100.0 : 98.5; });
    desk.bench.begin(
        text("on_active_ping = function(symbol) if at(30) then btk.commit_close_pending(symbol) end end"));
    desk.minutes(0, 10);
    CHECK(desk.book("spot") == Lines{"BUY LIMIT NEW"});
    desk.minutes(11, 40);
    INFO(desk.log());
    CHECK(desk.book("spot") == Lines{"BUY LIMIT FILLED", "SELL MARKET FILLED"});
    CHECK(desk.coins() < 0.001);
  }
  SECTION("cancelled") {
    Desk desk(flat);
    desk.bench.begin(text(
        "on_schedule_ping = function(symbol) if at(12) then btk.commit_cancel_scheduled(symbol) end end"));
    desk.fault({{"kind", "drop"}, {"path", "/order"}, {"method", "DELETE"}});
    desk.minutes(0, 16);
    INFO(desk.log());
    CHECK(desk.book("spot") == Lines{"BUY LIMIT CANCELED"});
  }
}

TEST_CASE("A limit order that was touched an hour ago and not filled is cancelled, not bought at the price of now", "[brokers]") {
  const std::string text = script("binance_spot", R"(
    btk.add_strategy { strategy_name = "s", interval = "1m", get_signal = function()
        if at(5) then return { position = "long", price_open = 99, price_take_profit = 106, price_stop_loss = 90,
                               minute_estimated_time = 600, cost = 1000 } end end })");
  Desk desk(flat);  // at the exchange nobody sold at 99
  desk.bench.begin(text);
  desk.minutes(0, 10);
  REQUIRE(desk.book("spot") == Lines{"BUY LIMIT NEW"});
  desk.bench.source->prices["BTCUSDT"] = [](int m) { return m == 20 ? 99.0 : 100.0; };
  desk.restart(text, 11);
  desk.ask("POST", "/admin/clock", {{"jump_to", kStart + 80 * kMinute}});
  LiveBench& bench = desk.bench;
  bench.source->now = bench.hooks.now = kStart + 80 * kMinute + 500;
  bench.script->append_candles(bench.script->closed_candles(bench.script->candles_end(), kStart + 80 * kMinute));
  bench.trader().forbid_entries_before(kStart + 80 * kMinute);
  bench.script->advance({kStart + 80 * kMinute, 1});
  INFO(desk.log());
  CHECK(desk.book("spot") == Lines{"BUY LIMIT CANCELED"});
  CHECK(desk.coins() == 0);
  REQUIRE(bench.trader().finished().size() == 1);
  CHECK(bench.trader().finished()[0].action == Action::cancelled);
}

TEST_CASE("What a limit order bought while it was cancelled is given back by the next process, once", "[brokers]") {
  const std::string text = script("binance_spot", R"(
    btk.add_strategy { strategy_name = "s", interval = "1m", get_signal = function()
        if at(5) then return { position = "long", price_open = 99, price_take_profit = 102, price_stop_loss = 97,
                               minute_estimated_time = 60, cost = 1000 } end end,
      callbacks = { on_schedule_ping = function(symbol) if at(12) then btk.commit_cancel_scheduled(symbol) end end } })");
  Desk desk([](int m) { return m < 20 ? 100.0 : 98.5; });
  desk.bench.begin(text);
  desk.minutes(0, 10);
  desk.fault({{"kind", "500"}, {"path", "/order"}, {"method", "DELETE"}, {"count", -1}});
  desk.minutes(11, 16);  // the process is killed here, and the order is filled at the exchange
  desk.ask("DELETE", "/admin/faults");
  desk.ask("POST", "/admin/clock", {{"jump_to", kStart + 29 * kMinute}});
  REQUIRE(desk.book("spot") == Lines{"BUY LIMIT FILLED"});
  desk.restart(text, 30);
  desk.minutes(30, 34);
  INFO(desk.log());
  CHECK(desk.book("spot") == Lines{"BUY LIMIT FILLED", "SELL MARKET FILLED"});
  CHECK(desk.coins() < 0.001);
  CHECK_THAT(desk.log(), Contains("LEFT BEHIND"));
  desk.restart(text, 35);
  desk.minutes(35, 38);
  CHECK(desk.book("spot").size() == 2);
}

TEST_CASE("A limit order whose cancelling failed goes at the next start", "[brokers]") {
  const std::string text = script("binance_spot", R"(
    btk.add_strategy { strategy_name = "s", interval = "1m", get_signal = function()
        if at(5) then return { position = "long", price_open = 99, price_take_profit = 102, price_stop_loss = 97,
                               minute_estimated_time = 60, cost = 1000 } end end,
      callbacks = { on_schedule_ping = function(symbol) if at(12) then btk.commit_cancel_scheduled(symbol) end end } })");
  Desk desk(flat);
  desk.bench.begin(text);
  desk.minutes(0, 10);
  desk.fault({{"kind", "500"}, {"path", "/order"}, {"method", "DELETE"}, {"count", -1}});
  desk.minutes(11, 16);
  INFO(desk.log());
  CHECK(desk.book("spot") == Lines{"BUY LIMIT NEW"});
  REQUIRE_FALSE(desk.bench.errors().empty());
  CHECK_THAT(desk.bench.errors()[0], Contains("still rests at the exchange"));
  desk.ask("DELETE", "/admin/faults");
  auto before = desk.written();
  if (GENERATE(false, true)) desk.bench.setup.earlier = std::exchange(before.finished, {});  // with another list of symbols
  desk.restart(text, 17, std::move(before));
  desk.minutes(17, 20);
  INFO(desk.log());
  CHECK(desk.book("spot") == Lines{"BUY LIMIT CANCELED"});
  CHECK_THAT(desk.log(), Contains("LEFT BEHIND"));
}

TEST_CASE("A position that no order opened is MISSING at the exchange", "[brokers]") {
  Desk desk(flat);
  desk.bench.begin(kLongAt5);  // the model fills it
  desk.minutes(0, 8);
  REQUIRE(desk.bench.trader().pending() != nullptr);
  desk.restart(script("binance_spot", kLongAt5), 9);
  desk.minutes(9, 11);
  INFO(desk.log());
  CHECK_THAT(desk.log(), Contains("MISSING: no order opened it") && !Contains("agrees"));
}

TEST_CASE("An entry that never reached the exchange is not bought when it is too late", "[brokers]") {
  Desk desk([](int m) { return m < 6 ? 100.0 : 97.0; });
  desk.bench.begin(script("binance_spot", kLongAt5 + " btk.listen_order_reject(function(e) print(e.message) end)"));
  desk.minutes(0, 4);
  desk.fault({{"kind", "503"}, {"path", "/order"}, {"method", "POST"}, {"count", -1}});
  desk.minutes(5, 9);
  desk.ask("DELETE", "/admin/faults");
  desk.minutes(10, 15);
  INFO(desk.log());
  CHECK(desk.book("spot") == Lines{});
  CHECK_THAT(desk.bench.text(), Contains("it is too late to send one"));
  CHECK_FALSE(desk.bench.trader().question());
}

TEST_CASE("Futures: a short is opened, guarded and closed", "[brokers]") {
  Desk desk(ramp(20, 10, -3));
  desk.bench.begin(script("binance_futures", R"(
    btk.add_strategy { strategy_name = "s", interval = "1m", get_signal = function(_, _, price)
      if at(5) then return { position = "short", price_take_profit = price * 0.98, price_stop_loss = price * 1.02,
                             minute_estimated_time = 60, cost = 1000, multiplier = 3 } end end })",
                          true));
  desk.minutes(0, 10);
  CHECK(desk.position() == Approx(-30));
  CHECK(desk.book("futures") == Lines{"SELL MARKET FILLED", "BUY STOP_MARKET NEW"});
  desk.minutes(11, 40);
  INFO(desk.log());
  CHECK(desk.bench.errors() == Lines{});
  CHECK(desk.position() == 0);
  CHECK(desk.book("futures") == Lines{"SELL MARKET FILLED", "BUY STOP_MARKET CANCELED", "BUY MARKET FILLED"});
}

TEST_CASE("Without keys nothing is sent and the reason is told", "[brokers]") {
  Desk desk(flat);
  ::unsetenv("BINANCE_API_SECRET");
  desk.bench.begin(script("binance_spot", kLongAt5));
  desk.minutes(0, 8);
  CHECK(desk.ask("GET", "/admin/orders").empty());
  CHECK_THAT(desk.log(), Contains("set BINANCE_API_KEY and BINANCE_API_SECRET"));
}

TEST_CASE("A limit order that is filled in the minute after a restart is not bought again", "[brokers]") {
  const std::string limit_at_5 = script("binance_spot", R"(
    btk.add_strategy { strategy_name = "s", interval = "1m", get_signal = function(_, _, price)
      if at(5) then return long(price, { cost = 1000, price_open = price * 0.995 }) end end })");
  Desk desk([](int m) { return m < 6 ? 100.0 : 99.0; });
  desk.bench.begin(limit_at_5);
  desk.minutes(0, 5);
  desk.restart(limit_at_5, 6);
  desk.minutes(6, 8);
  INFO(desk.log());
  CHECK(desk.book("spot") == Lines{"BUY LIMIT FILLED"});
}

TEST_CASE("A partial close whose answer is lost is taken up when the exchange can be asked again", "[brokers]") {
  for (const int lost : {1, 3}) {  // only the answer; the exchange is silent for a while
    Desk desk(ramp(8, 4, 0.5));
    desk.bench.begin(script("binance_spot", kLongAt5 + R"(
      btk.listen_partial_profit_available(function(e) if e.level == 10 then btk.commit_partial_profit(e.symbol, 50) end end))"));
    desk.minutes(0, 6);
    desk.fault({{"kind", "drop_after"}, {"path", "/order"}, {"method", "POST"}});
    if (lost > 1) desk.fault({{"kind", "drop"}, {"path", "/order"}, {"method", "GET"}, {"after", 1}, {"count", lost}});
    desk.minutes(7, 19);
    INFO(lost << "\n" << desk.log());
    CHECK(desk.book("spot") == Lines{"BUY MARKET FILLED", "SELL MARKET FILLED"});
    REQUIRE(desk.bench.trader().pending() != nullptr);
    const Signal& row = *desk.bench.trader().pending();
    REQUIRE(row.partials.size() == 1);
    CHECK(row.partials[0].percent == Approx(50).margin(0.1));
    REQUIRE(row.fills.size() == 2);
    CHECK(*row.fills[1].quantity == Approx(5).margin(0.01));
  }
}
