// The example brokers with more in hand than the exchange takes in one market order: limit orders may be larger.
#include "tests/exchange_server/broker_desk.h"

using namespace btk;
using namespace btk::exchange_server;
using namespace btk::test;
using Catch::Matchers::Contains;

namespace {

// A limit order over 1000 is filled in minute 8, what it bought is sold at a profit in minute 20.
const std::string kLimitAt5 = R"(
  btk.add_strategy { strategy_name = "s", interval = "1m", get_signal = function(_, _, price)
    if at(5) then return { position = "long", price_open = price * 0.999, price_take_profit = price * 1.02, price_stop_loss = price * 0.9,
                           minute_estimated_time = 60, cost = 1000 } end
  end })";

double filled_then_risen(int m) { return m < 8 ? 100.0 : m < 20 ? 99.8 : 103.0; }

int sales(Desk& desk, const char* broker) {
  int count = 0;
  for (const std::string& line : desk.book(market_of(broker))) count += line == "SELL MARKET FILLED" ? 1 : 0;
  return count;
}

std::string limit_order(Desk& desk, const char* broker) {
  const Json book = desk.ask("GET", "/admin/book");
  return book[market_of(broker)].at(0)["clientOrderId"].get<std::string>();
}

void fill_of(Desk& desk, const char* broker, double quantity) {
  const Json wish{{"id", limit_order(desk, broker)}, {"quantity", quantity}, {"futures", std::string(market_of(broker)) == "futures"}};
  REQUIRE(desk.ask("POST", "/admin/fill", wish).contains("ok"));
}

}  // namespace

TEST_CASE("A position that is too large for one market order is closed in several", "[brokers]") {
  for (const char* broker : {"binance_spot", "binance_futures"}) {
    // With the second maximum the orders' remainder would be too small to be sold; and they are not known to be larger.
    for (const double most : {4.0, broker == std::string("binance_spot") ? 4.98 : 5.003}) {
      Desk desk(filled_then_risen, most);
      desk.bench.begin(script(broker, kLimitAt5));
      desk.minutes(0, 60);
      INFO(broker << " " << most << "\n" << desk.log());
      CHECK(sales(desk, broker) == 3);
      CHECK(desk.coins() < 0.001);
      CHECK(desk.position() == 0);
      CHECK(desk.bench.errors() == Lines{});
    }
  }
}

TEST_CASE("What a lost answer or a death in the middle of such a close has sold is not sold again", "[brokers]") {
  const auto [broker, kind, after, dies] = GENERATE(table<const char*, const char*, int, bool>(
      {{"binance_spot", "drop_after", 1, true}, {"binance_spot", "drop", 1, false}, {"binance_futures", "drop_after", 2, true},
       {"binance_futures", "500", 1, true}, {"binance_futures", "drop_after", 0, false}}));
  Desk desk(filled_then_risen, 4);
  desk.ask("POST", "/admin/balance", {{"asset", "BTC"}, {"free", 50}});  // the user's own
  const std::string text = script(broker, kLimitAt5);
  desk.bench.begin(text);
  desk.minutes(0, 19);
  desk.fault({{"kind", kind}, {"path", "/order"}, {"method", "POST"}, {"after", after}});
  desk.minutes(20, 20);
  if (dies) desk.restart(text, 21);
  desk.minutes(21, 60);
  INFO(broker << " " << kind << " " << after << "\n" << desk.log());
  CHECK(sales(desk, broker) == 3);
  CHECK(desk.coins() == Approx(50).margin(0.0011));
  CHECK(desk.position() == 0);
  const auto& finished = desk.bench.trader().finished();
  REQUIRE(finished.size() == 1);
  CHECK(*finished[0].signal.fills.back().quantity == Approx(10).margin(0.02));
}

TEST_CASE("A maximum that the exchange lowers while a position is open is heeded at the next try", "[brokers]") {
  Desk desk(filled_then_risen, 4);
  bool first = true;
  desk.bench.options.http = [&](const lua::HttpRequest& request) {
    auto answer = desk.http.send(request);
    if (first && request.url.find("exchangeInfo") != std::string::npos) {
      Json info = Json::parse(answer.body);
      for (Json& filter : info["symbols"][0]["filters"]) {
        if (filter["filterType"] == "MARKET_LOT_SIZE") filter["maxQty"] = "20.00000000";
      }
      answer.body = info.dump();
      first = false;
    }
    return answer;
  };
  desk.bench.begin(script("binance_futures", kLimitAt5));
  desk.minutes(0, 30);
  INFO(desk.log());
  CHECK_THAT(desk.log(), Contains("Quantity greater than max quantity"));
  CHECK(desk.position() == 0);
}

TEST_CASE("What a limit order bought while it was cancelled is given back in several orders", "[brokers]") {
  for (const char* broker : {"binance_spot", "binance_futures"}) {
    Desk desk([](int m) { return m < 9 ? 100.0 : 99.95; }, 4);
    desk.bench.begin(script(broker, R"(
      btk.add_strategy { strategy_name = "s", interval = "1m", get_signal = function(_, _, price)
        if at(5) then return { position = "long", price_open = price * 0.99, price_take_profit = price * 1.02, price_stop_loss = price * 0.9,
                               minute_estimated_time = 20, cost = 1000 } end
      end, callbacks = { on_schedule_ping = function(symbol) if at(10) then btk.commit_cancel_scheduled(symbol) end end } })"));
    desk.minutes(0, 8);
    fill_of(desk, broker, 9);
    desk.minutes(9, 20);
    INFO(broker << "\n" << desk.log());
    CHECK_THAT(desk.log(), Contains("was filled while it was being cancelled; it was given back at market"));
    CHECK(sales(desk, broker) == 3);
    CHECK(desk.coins() < 0.001);
    CHECK(desk.position() == 0);
  }
}

TEST_CASE("The rest of a limit order that is not waited for is bought in several orders, and the next process knows them", "[brokers]") {
  for (const char* broker : {"binance_spot", "binance_futures"}) {
    Desk desk([](int m) { return m < 25 ? 100.0 : 103.0; }, 3);
    const std::string text = script(broker, R"(
      btk.add_strategy { strategy_name = "s", interval = "1m", get_signal = function(_, _, price)
        if at(5) then return { position = "long", price_open = price * 0.999, price_take_profit = price * 1.02, price_stop_loss = price * 0.9,
                               minute_estimated_time = 60, cost = 1000 } end
      end, callbacks = { on_schedule_ping = function(symbol) if at(9) then btk.commit_activate_scheduled(symbol) end end } })");
    desk.bench.begin(text);
    desk.minutes(0, 8);
    fill_of(desk, broker, 2);
    desk.minutes(9, 16);
    INFO(broker << "\n" << desk.log());
    const double held = std::string(market_of(broker)) == "spot" ? desk.coins() : desk.position();
    CHECK(held == Approx(10).margin(0.02));
    desk.restart(text, 17);
    desk.minutes(17, 40);
    CHECK(desk.coins() < 0.001);
    CHECK(desk.position() == 0);
  }
}
