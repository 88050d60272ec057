// What the user, or a liquidation, does to a futures position beside the strategy that holds it.
#include "tests/exchange_server/broker_desk.h"

using namespace btk;
using namespace btk::exchange_server;
using namespace btk::test;
using Catch::Matchers::Contains;

namespace {

std::string averaging_at(int minute) {
  return script("binance_futures", fmt::format(R"(
    btk.set_config {{ CC_ENABLE_DCA_EVERYWHERE = true }}
    btk.add_strategy {{ strategy_name = "s", interval = "1m",
      get_signal = function(_, _, price)
        if at(5) then return long(price, {{ cost = 1000, price_stop_loss = price * 0.8, price_take_profit = price * 1.2, minute_estimated_time = 30 }}) end
      end,
      callbacks = {{ on_active_ping = function(symbol) if at({}) then print("average", btk.commit_average_buy(symbol, 500)) end end,
                     on_close = function() print("closed") end }} }})", minute), true);
}

void sell_by_hand(Desk& desk, const char* quantity, bool reduces) {
  const Json done = desk.by_hand("POST", "/fapi/v1/order", fmt::format("symbol=BTCUSDT&side=SELL&type=MARKET&quantity={}&newClientOrderId=by-hand&reduceOnly={}", quantity, reduces));
  REQUIRE(done.value("status", "") == "FILLED");
}

int count_of(const std::string& text, const std::string& part) {
  int count = 0;
  for (auto at = text.find(part); at != std::string::npos; at = text.find(part, at + 1)) ++count;
  return count;
}

}  // namespace

TEST_CASE("A futures position that was closed by hand is closed in the books two minutes later", "[brokers]") {
  Desk desk([](int m) { return m < 8 ? 100.0 : 97.0; });
  desk.bench.begin(averaging_at(15));
  desk.minutes(0, 10);
  REQUIRE(desk.position() == Approx(10));
  sell_by_hand(desk, "10", true);
  desk.minutes(11, 12);
  INFO(desk.log());
  CHECK(desk.bench.trader().pending() == nullptr);
  desk.minutes(13, 40);
  CHECK(desk.bench.text() == "closed");
  CHECK(desk.position() == 0);
  CHECK(desk.book("futures") == Lines{"BUY MARKET FILLED", "SELL STOP_MARKET CANCELED", "SELL MARKET FILLED"});
  CHECK(desk.bench.errors() == Lines{});
  CHECK(count_of(desk.log(), "the exchange has no such position any more, it has 0.000: closed by hand, or liquidated") == 1);
}

TEST_CASE("An average buy does not open a futures position anew that was closed by hand", "[brokers]") {
  Desk desk([](int m) { return m < 8 ? 100.0 : 97.0; });
  desk.bench.begin(averaging_at(10));  // when that minute is over
  desk.minutes(0, 10);
  sell_by_hand(desk, "10", true);
  desk.minutes(11, 40);
  INFO(desk.log());
  CHECK_THAT(desk.bench.text(), Contains("average\tfalse\tthe exchange does not have this position any more"));
  CHECK(desk.position() == 0);
}

TEST_CASE("A futures position that was turned round by hand is the user's own from then on", "[brokers]") {
  Desk desk(flat);
  desk.bench.begin(averaging_at(200));
  desk.minutes(0, 10);
  sell_by_hand(desk, "15", false);
  desk.minutes(11, 40);
  INFO(desk.log());
  CHECK(desk.bench.text() == "closed");
  CHECK(desk.position() == Approx(-5));
}

TEST_CASE("A futures position that somebody made smaller is told of once, and what is left is closed", "[brokers]") {
  Desk desk(flat);
  desk.bench.begin(averaging_at(200));
  desk.minutes(0, 10);
  sell_by_hand(desk, "4", true);
  desk.minutes(11, 45);
  INFO(desk.log());
  CHECK(count_of(desk.log(), "somebody else has traded it") == 1);
  CHECK_THAT(desk.log(), Contains("the exchange has 6.000 of this position, 10.000 should be there"));
  CHECK(desk.bench.text() == "closed");
  CHECK(desk.position() == 0);
}
