// The example brokers when an order was carried out and nobody can say at once what it did: nothing of it is forgotten.
#include "tests/exchange_server/broker_desk.h"

using namespace btk;
using namespace btk::exchange_server;
using namespace btk::test;
using Catch::Matchers::Contains;

namespace {

// A position of 1000 that gets one command in minute 10 and ends in minute 30.
std::string with_command(const std::string& broker, const std::string& command) {
  return script(broker, fmt::format(R"(
    btk.set_config {{ CC_ENABLE_PPPL_EVERYWHERE = true, CC_ENABLE_DCA_EVERYWHERE = true }}
    btk.add_strategy {{ strategy_name = "s", interval = "1m",
      get_signal = function(_, _, price)
        if at(5) then return long(price, {{ cost = 1000, price_take_profit = price * 1.1, price_stop_loss = price * 0.9, minute_estimated_time = 25 }}) end
      end,
      callbacks = {{ on_active_ping = function(symbol) if at(10) then print("done", btk.{}) end end }} }})",
                                    command));
}

}  // namespace

TEST_CASE("A command whose order was carried out while its trades could not be read is taken up", "[brokers]") {
  for (const char* broker : {"binance_spot", "binance_futures"}) {
    for (const char* command : {"commit_partial_profit(symbol, 50)", "commit_partial_loss(symbol, 50)", "commit_average_buy(symbol, 500)"}) {
      const std::string name = command;
      Desk desk([up = name.find("profit") != std::string::npos](int m) { return m < 8 ? 100.0 : up ? 101.0 : 99.0; });
      desk.ask("POST", "/admin/balance", {{"asset", "BTC"}, {"free", 50}});  // the user's own, which nobody may touch
      desk.bench.begin(with_command(broker, command));
      desk.minutes(0, 9);
      if (broker == std::string_view("binance_spot")) {
        desk.fault({{"kind", "drop_after"}, {"path", "/order"}, {"method", "POST"}});
        desk.fault({{"kind", "500"}, {"path", "myTrades"}});
      } else {
        desk.fault({{"kind", "500"}, {"path", "userTrades"}});
      }
      desk.minutes(10, 14);
      INFO(broker << " " << command << "\n" << desk.log());
      CHECK_THAT(desk.bench.text(), Contains("done\tfalse"));
      REQUIRE(desk.bench.trader().pending() != nullptr);
      const Signal& row = *desk.bench.trader().pending();
      CHECK(row.partials.size() + row.entries.size() == 2);  // the command stands in the books
      CHECK(row.fills.size() == 2);
      desk.minutes(15, 60);
      CHECK(desk.book(market_of(broker)).size() == 3);
      CHECK(desk.coins() == Approx(50).margin(0.001));
      CHECK(desk.position() == 0);
    }
  }
}
