// Ids that a script gives its signals may come again; the orders of each signal are its own all the same.
#include "engine/sha256.h"
#include "tests/exchange_server/broker_desk.h"

using namespace btk;
using namespace btk::exchange_server;
using namespace btk::test;
using Catch::Matchers::Contains;

namespace {

// Three trades of ten minutes: setup-a, setup-b and setup-a again. `third` happens while the third is open.
std::string setups(const std::string& broker, const std::string& third) {
  return script(broker, R"(
    btk.set_config { CC_ENABLE_PPPL_EVERYWHERE = true }
    btk.add_strategy { strategy_name = "s", interval = "1m",
      get_signal = function(_, _, price)
        local id = at(5) and "setup-a" or at(25) and "setup-b" or at(45) and "setup-a"
        if id then return long(price, { id = id, cost = 1000, minute_estimated_time = 10 }) end
      end,
      callbacks = { on_active_ping = function(symbol) )" + third + R"( end } })");
}

}  // namespace

TEST_CASE("A signal whose id was used before gets partial closes of its own", "[brokers]") {
  for (const char* broker : {"binance_spot", "binance_futures"}) {
    Desk desk([](int m) { return m < 8 || (m > 20 && m < 48) ? 100.0 : 101.0; });
    desk.ask("POST", "/admin/balance", {{"asset", "BTC"}, {"free", 50}});
    desk.bench.begin(setups(broker, "if at(10) or at(50) then print('done', btk.commit_partial_profit(symbol, 50)) end"));
    desk.minutes(0, 70);
    INFO(broker << "\n" << desk.log());
    CHECK(desk.bench.text() == "done\ttrue\ndone\ttrue");
    CHECK(desk.book(market_of(broker)).size() == 8);
    CHECK(desk.coins() == Approx(50).margin(0.003));
    CHECK(desk.position() == 0);
  }
}

TEST_CASE("An entry that the exchange did not take is not found among those of an earlier signal of the same id", "[brokers]") {
  for (const char* broker : {"binance_spot", "binance_futures"}) {
    Desk desk(flat);
    desk.bench.begin(setups(broker, ""));
    desk.minutes(0, 40);
    desk.fault({{"kind", "503"}, {"path", "/order"}, {"method", "POST"}});
    desk.minutes(41, 50);
    INFO(broker << "\n" << desk.log());
    REQUIRE(desk.bench.trader().pending() != nullptr);
    CHECK(desk.book(market_of(broker)).size() == 5);
    CHECK(desk.coins() + desk.position() == Approx(10).margin(0.02));  // what the books hold is there
    desk.minutes(51, 70);
    CHECK(desk.book(market_of(broker)).size() == 6);
    CHECK(desk.coins() + desk.position() < 0.001);
  }
}

TEST_CASE("A position whose orders are called by the id alone, as earlier versions did, is still known", "[brokers]") {
  for (const char* id : {"setup-a", "the setup of the morning: breakout"}) {
    Desk desk(flat);
    const std::string text = fmt::format(R"(btk.add_strategy {{ strategy_name = "s", interval = "1m", get_signal = function(_, _, price)
        if at(5) then return long(price, {{ id = "{}", cost = 1000, minute_estimated_time = 30 }}) end end }})", id);
    desk.bench.begin(text);
    desk.minutes(0, 5);
    const std::string name = std::string_view(id).size() <= 24 ? id : sha256_hex(id).substr(0, 24);
    desk.by_hand("POST", "/api/v3/order", "symbol=BTCUSDT&side=BUY&type=MARKET&quantity=10&newClientOrderId=" + name + "-o");
    desk.minutes(6, 10);
    desk.restart(script("binance_spot", text), 11);
    desk.minutes(11, 50);
    INFO(desk.log());
    CHECK_THAT(desk.log(), Contains("agrees: signal"));
    CHECK(desk.book("spot") == Lines{"BUY MARKET FILLED", "SELL MARKET FILLED"});
    CHECK(desk.coins() < 0.001);
  }
}
