// The protective stops of futures, which rest at the exchange's algo service and become real orders when they are set off.
#include "tests/exchange_server/broker_desk.h"

using namespace btk;
using namespace btk::exchange_server;
using namespace btk::test;
using Catch::Matchers::Contains;

namespace {

// A position of 10 from minute 5 on, with a stop at 95.
std::string guarded(const std::string& command = "", bool stops = true, const char* signal = "") {
  return script("binance_futures", fmt::format(R"(
    btk.set_config {{ CC_ENABLE_PPPL_EVERYWHERE = true, CC_ENABLE_DCA_EVERYWHERE = true }}
    btk.add_strategy {{ strategy_name = "s", interval = "1m",
      get_signal = function(_, _, price)
        if at(5) then return long(price, {{ cost = 1000, price_take_profit = price * 1.2, price_stop_loss = price * 0.95, minute_estimated_time = 200 {} }}) end
      end,
      callbacks = {{ on_active_ping = function(symbol) {} end }} }})", signal, command), stops);
}

// For a moment the exchange trades at this price, and no minute of the session shows it.
void dip(Desk& desk, int minute, double low) {
  REQUIRE(desk.ask("POST", "/admin/candle", {{"symbol", "BTCUSDT"}, {"time", kStart + minute * kMinute}, {"low", low}}).contains("ok"));
}

// Exits that the engine was told of, as quantity @ price.
Lines exits(const Desk& desk) {
  Lines lines;
  const auto report = desk.bench.script->finish();
  for (const auto& result : report.signals) {
    for (const Fill& fill : result.signal.fills) {
      if (fill.action != "open" && fill.action != "average-buy") lines.push_back(fmt::format("{} {:.3f} @ {:.2f}", fill.action, *fill.quantity, *fill.price));
    }
  }
  return lines;
}

int stops_sent(Desk& desk) {
  int count = 0;
  for (const Json& each : desk.ask("GET", "/admin/orders")) {
    if (each["path"] == "/fapi/v1/algoOrder" && each["method"] == "POST") ++count;
  }
  return count;
}

const Lines kGuarded{"BUY MARKET FILLED", "SELL STOP_MARKET NEW"};
const Lines kStopped{"BUY MARKET FILLED", "SELL STOP_MARKET FILLED"};

}  // namespace

TEST_CASE("Futures: the answer to placing a stop is lost, and there is one stop", "[brokers]") {
  for (const int silent : {0, 1, 4}) {  // requests after it that are not answered either
    Desk desk(flat);
    desk.bench.begin(guarded());
    desk.fault({{"kind", "drop_after"}, {"path", "/algoOrder"}, {"method", "POST"}});
    if (silent > 0) desk.fault({{"kind", "500"}, {"path", "lgoOrder"}, {"method", "GET"}, {"count", silent}, {"after", 1}});
    desk.minutes(0, 20);
    INFO(silent << "\n" << desk.log());
    CHECK(desk.book("futures") == kGuarded);
    CHECK(stops_sent(desk) == 1);
    CHECK(desk.bench.trader().pending() != nullptr);
    if (silent < 4) CHECK(desk.bench.errors() == Lines{});
  }
}

TEST_CASE("Futures: a stop that never arrived is placed later", "[brokers]") {
  for (const char* kind : {"drop", "500", "503", "429", "truncate"}) {
    Desk desk(flat);
    desk.bench.begin(guarded());
    desk.fault({{"kind", kind}, {"path", "/algoOrder"}, {"count", 3}});
    desk.minutes(0, 20);
    INFO(kind << "\n" << desk.log());
    CHECK(desk.book("futures") == kGuarded);
  }
}

TEST_CASE("Futures: a stop that is set off between two checks closes the books at its real price", "[brokers]") {
  for (const bool stops : {true, false}) {  // as it is; switched off by a restart: the stop rests still
    Desk desk(flat);
    desk.bench.begin(guarded());
    desk.minutes(0, 15);
    if (!stops) desk.restart(guarded("", false), 16);
    desk.minutes(16, 19);
    dip(desk, 20, 94.5);
    desk.minutes(20, 21);
    INFO(stops << "\n" << desk.log());
    CHECK(desk.bench.trader().pending() == nullptr);
    desk.minutes(22, 30);
    CHECK(exits(desk) == Lines{"close 10.000 @ 95.00"});
    CHECK(desk.book("futures") == kStopped);
    CHECK(desk.position() == 0);
    CHECK(desk.bench.script->finish().signals.at(0).close_reason == CloseReason::stop_loss);
  }
}

TEST_CASE("Futures: a short's stop is set off too", "[brokers]") {
  Desk desk(flat);
  desk.bench.begin(guarded("", true, ", position = 'short', price_take_profit = price * 0.8, price_stop_loss = price * 1.05"));
  desk.minutes(0, 19);
  REQUIRE(desk.ask("POST", "/admin/candle", {{"symbol", "BTCUSDT"}, {"time", kStart + 20 * kMinute}, {"high", 106}}).contains("ok"));
  desk.minutes(20, 25);
  INFO(desk.log());
  CHECK(desk.book("futures") == Lines{"SELL MARKET FILLED", "BUY STOP_MARKET FILLED"});
  CHECK(exits(desk) == Lines{"close 10.000 @ 105.00"});
}

TEST_CASE("Futures: a stop that is set off in the moment when it is replaced is not followed by another one", "[brokers]") {
  for (const int ms : {0, 30'000, 90'000}) {  // until it is filled
    for (const char* command : {"commit_trailing_stop(symbol, 2)", "commit_partial_loss(symbol, 50)"}) {
      Desk desk([](int m) { return m < 8 ? 100.0 : 99.0; });
      desk.bench.begin(guarded(fmt::format("if at(10) then btk.{} end", command)));
      desk.minutes(0, 9);
      REQUIRE(desk.book("futures") == kGuarded);
      desk.fault({{"kind", "trigger"}, {"path", "/algoOrder"}, {"method", "DELETE"}, {"ms", ms}});
      desk.minutes(10, 15);
      INFO(command << " " << ms << "\n" << desk.log());
      CHECK(desk.book("futures") == kStopped);
      CHECK(desk.position() == 0);
      CHECK(desk.bench.trader().pending() == nullptr);
      CHECK(exits(desk) == Lines{"close 10.000 @ 95.00"});
    }
  }
}

TEST_CASE("Futures: a stop that is set off in the moment when the position is closed is counted once", "[brokers]") {
  for (const int ms : {0, 30'000, 90'000}) {
    Desk desk(flat);
    desk.bench.begin(guarded("if at(10) then btk.commit_close_pending(symbol) end"));
    desk.minutes(0, 9);
    desk.fault({{"kind", "trigger"}, {"path", "/algoOrder"}, {"method", "DELETE"}, {"ms", ms}});
    desk.minutes(10, 15);
    INFO(ms << "\n" << desk.log());
    CHECK(desk.book("futures") == kStopped);
    CHECK(desk.position() == 0);
    CHECK(desk.bench.trader().pending() == nullptr);
    CHECK(exits(desk) == Lines{"close 10.000 @ 95.00"});
  }
}

TEST_CASE("Futures: what a stop does not cover that is set off in the moment when it is replaced is sold too", "[brokers]") {
  Desk desk([](int m) { return m < 8 ? 100.0 : 99.0; });
  desk.bench.begin(guarded("if at(10) then print(btk.commit_average_buy(symbol, 495)) end"));
  desk.minutes(0, 9);
  desk.fault({{"kind", "trigger"}, {"path", "/algoOrder"}, {"method", "DELETE"}, {"ms", 0}});
  desk.minutes(10, 15);
  INFO(desk.log() << desk.bench.text());
  CHECK(desk.position() == 0);
  CHECK(desk.bench.trader().pending() == nullptr);
  CHECK(desk.book("futures") == Lines{"BUY MARKET FILLED", "SELL STOP_MARKET FILLED", "BUY MARKET FILLED", "SELL MARKET FILLED"});
}

TEST_CASE("Futures: a stop that an earlier process left rests on, and is replaced and closed by the next one", "[brokers]") {
  Desk desk(flat);
  desk.bench.begin(guarded());
  desk.minutes(0, 15);
  const std::string text = guarded("if at(20) then btk.commit_trailing_stop(symbol, 2) end if at(30) then btk.commit_close_pending(symbol) end");
  desk.restart(text, 16);
  desk.minutes(16, 18);
  INFO(desk.log());
  CHECK(desk.book("futures") == kGuarded);
  CHECK(stops_sent(desk) == 1);
  CHECK_THAT(desk.log(), Contains("our order") && Contains("agrees: signal"));
  desk.minutes(19, 40);
  const Lines book = desk.book("futures");
  CHECK(book.back() == "SELL MARKET FILLED");
  for (const std::string& line : book) CHECK_THAT(line, !Contains("NEW"));
  CHECK(desk.position() == 0);
}

TEST_CASE("Futures: a stop that was set off while the process was down is found with its real price", "[brokers]") {
  Desk desk([](int m) { return m < 20 || m > 25 ? 100.0 : 94.0; });
  desk.bench.begin(guarded());
  desk.minutes(0, 15);
  const Desk::Written before = desk.written();
  desk.ask("POST", "/admin/clock", {{"jump_to", kStart + 50 * kMinute}});
  desk.restart(guarded(), 50, before);
  desk.minutes(50, 52);
  INFO(desk.log());
  CHECK(desk.book("futures") == kStopped);
  CHECK(desk.bench.trader().pending() == nullptr);
  const Lines sold = exits(desk);
  REQUIRE(sold.size() == 1);
  CHECK_THAT(sold[0], Contains("close 10.000 @ 9"));
}

TEST_CASE("Futures: a stop that was left by a signal that has ended goes at the next start", "[brokers]") {
  Desk desk(flat);
  const std::string text = guarded("if at(10) then btk.commit_close_pending(symbol) end");
  desk.bench.begin(text);
  desk.minutes(0, 9);
  desk.minutes(10, 12);
  REQUIRE(desk.bench.trader().pending() == nullptr);
  const Json orders = desk.ask("GET", "/admin/book")["futures"];
  REQUIRE(orders.size() == 3);
  const std::string id = orders[1]["clientOrderId"];
  // As if it had not been cancelled.
  REQUIRE(desk.by_hand("POST", "/fapi/v1/algoOrder", "algoType=CONDITIONAL&symbol=BTCUSDT&side=SELL&type=STOP_MARKET&reduceOnly=true&quantity=10&triggerPrice=95&clientAlgoId=" + id).contains("algoId"));
  desk.restart(text, 13);
  desk.minutes(13, 15);
  INFO(desk.log());
  CHECK(desk.book("futures").back() == "SELL STOP_MARKET CANCELED");
  CHECK_THAT(desk.log(), Contains("LEFT BEHIND"));
}

TEST_CASE("Futures: a stop that the version before placed as an ordinary order is kept, counted and cancelled", "[brokers]") {
  for (const std::string end : {"close", "dip", "trail"}) {
    Desk desk(flat);
    desk.bench.begin(guarded("", false));
    desk.minutes(0, 9);
    const std::string opened = desk.ask("GET", "/admin/book")["futures"][0]["clientOrderId"];
    desk.ask("POST", "/admin/stops", {{"ordinary", true}});
    REQUIRE(desk.by_hand("POST", "/fapi/v1/order", "symbol=BTCUSDT&side=SELL&type=STOP_MARKET&reduceOnly=true&quantity=10&stopPrice=95&newClientOrderId=" + opened.substr(0, opened.size() - 1) + "s9500").contains("orderId"));
    desk.ask("POST", "/admin/stops", {{"ordinary", false}});
    desk.restart(guarded(end == "close" ? "if at(20) then btk.commit_close_pending(symbol) end" : end == "trail" ? "if at(20) then btk.commit_trailing_stop(symbol, 2) end" : ""), 10);
    desk.minutes(10, 19);
    INFO(end << "\n" << desk.log());
    CHECK(desk.book("futures") == kGuarded);
    CHECK(stops_sent(desk) == 0);
    if (end == "dip") dip(desk, 20, 94);
    desk.minutes(20, 25);
    if (end == "dip") {
      CHECK(desk.book("futures") == kStopped);
      CHECK(exits(desk) == Lines{"close 10.000 @ 95.00"});
    } else if (end == "close") {
      CHECK(desk.book("futures") == Lines{"BUY MARKET FILLED", "SELL STOP_MARKET CANCELED", "SELL MARKET FILLED"});
      CHECK(exits(desk).size() == 1);
    } else {
      CHECK(desk.book("futures") == Lines{"BUY MARKET FILLED", "SELL STOP_MARKET CANCELED", "SELL STOP_MARKET NEW"});
      CHECK(stops_sent(desk) == 1);
    }
  }
}

TEST_CASE("Futures: a stop of the same level is placed anew under its id, and its fill is the one that counts", "[brokers]") {
  Desk desk(flat);
  // Away from its level and back.
  desk.bench.begin(guarded("if at(10) then btk.commit_average_buy(symbol, 500) end"));
  desk.minutes(0, 9);
  desk.fault({{"kind", "drop_after"}, {"path", "/algoOrder"}, {"method", "POST"}});
  desk.minutes(10, 19);
  dip(desk, 20, 94);
  desk.minutes(20, 25);
  INFO(desk.log());
  CHECK(desk.position() == 0);
  CHECK(desk.bench.trader().pending() == nullptr);
  const Lines sold = exits(desk);
  REQUIRE(sold.size() == 1);
  CHECK_THAT(sold[0], Contains("@ 95.00"));
}
