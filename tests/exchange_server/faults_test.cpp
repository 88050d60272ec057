// Every fault does what it says, as often as it says, and is logged.
#include <catch2/catch.hpp>

#include "tests/exchange_server/server_kit.h"

using namespace btk;
using namespace btk::exchange_server;

namespace {

const std::string kKlines = "symbol=BTCUSDT&interval=1m&limit=5";

WebAnswer klines(Kit& kit) { return kit.raw("GET", "/api/v3/klines", kKlines); }
void inject(Kit& kit, Json rule) {
  const Json said = kit.admin("faults", Json::array({rule}));
  REQUIRE(said.value("ok", false));
}
std::vector<Timestamp> times(const WebAnswer& answer) {
  std::vector<Timestamp> result;
  for (const Json& row : Json::parse(answer.body))
    result.push_back((row[0].get<Timestamp>() - kStart) / kMinute);
  return result;
}

}  // namespace

TEST_CASE("Refusals by status, once, with the time to stay away") {
  for (const char* status : {"429", "418", "500", "503"}) {
    Kit kit;
    inject(kit, {{"kind", status}, {"path", "klines"}, {"ms", 2500}});
    CHECK(kit.raw("GET", "/api/v3/time", "").status == 200);
    const WebAnswer refused = klines(kit);
    CHECK(refused.status == std::stoi(status));
    if (refused.status < 500)
      CHECK(refused.headers[0] == std::pair<std::string, std::string>("Retry-After", "3"));
    CHECK(klines(kit).status == 200);
  }
}

TEST_CASE("Distorted candles") {
  Kit kit;
  CHECK(times(klines(kit)) == std::vector<Timestamp>{6, 7, 8, 9, 10});
  inject(kit, {{"kind", "duplicate"}});
  CHECK(times(klines(kit)) == std::vector<Timestamp>{6, 7, 8, 8, 9, 10});
  inject(kit, {{"kind", "out_of_order"}});
  CHECK(times(klines(kit)) == std::vector<Timestamp>{6, 8, 7, 9, 10});
  inject(kit, {{"kind", "stale"}});
  CHECK(times(klines(kit)) == std::vector<Timestamp>{6, 7, 8});
  inject(kit, {{"kind", "truncate"}});
  CHECK_FALSE(Json::accept(klines(kit).body));
  CHECK(times(klines(kit)).size() == 5);
}

TEST_CASE("A wrong clock") {
  Kit kit;
  inject(kit, {{"kind", "wrong_time"}, {"path", "time"}, {"ms", -90'000}});
  CHECK(kit.get("/api/v3/time")["serverTime"] == kit.now() - 90'000);
  CHECK(kit.get("/api/v3/time")["serverTime"] == kit.now());
}

TEST_CASE("A connection lost before the deed and one lost after it") {
  Kit kit;
  const std::string text = "symbol=BTCUSDT&side=BUY&type=MARKET&quantity=1&newClientOrderId=";
  inject(kit, {{"kind", "drop"}, {"path", "order"}, {"method", "POST"}});
  CHECK(kit.sent("POST", "/api/v3/order", text + "lost").drop);
  CHECK(kit.find("lost")["code"] == -2013);
  inject(kit, {{"kind", "drop_after"}, {"path", "order"}, {"method", "POST"}});
  CHECK(kit.sent("POST", "/api/v3/order", text + "done").drop);
  CHECK(kit.find("done")["status"] == "FILLED");
  inject(kit, {{"kind", "503"}, {"path", "order"}, {"execute", true}});
  CHECK(kit.sent("POST", "/api/v3/order", text + "done2").status == 503);
  CHECK(kit.find("done2")["status"] == "FILLED");
  const Json orders = kit.get("/admin/orders");
  CHECK(orders[0]["outcome"] == "not_executed");
  CHECK(orders[2]["outcome"] == "filled");
  CHECK(orders[2]["fault"] == "drop_after");
  CHECK(orders[2]["status"] == 0);
}

TEST_CASE("Half an order and a refused one") {
  Kit kit;
  inject(kit, {{"kind", "partial"}, {"path", "order"}});
  const Json half = kit.buy("half", "type=MARKET&quantity=3");
  CHECK(half["status"] == "EXPIRED");
  CHECK(half["executedQty"] == "1.50000000");
  CHECK(kit.balance("BTC") == Approx(1.4985));
  inject(kit, {{"kind", "reject"},
               {"path", "order"},
               {"code", -1013},
               {"message", "Filter failure: MARKET_LOT_SIZE"}});
  CHECK(kit.buy("no")["msg"] == "Filter failure: MARKET_LOT_SIZE");
}

TEST_CASE("How often, after how many, for which symbol, by chance") {
  Kit kit;
  const auto pattern = [&](int requests) {
    std::string seen;
    for (int i = 0; i < requests; ++i) seen += klines(kit).status == 500 ? 'x' : '.';
    return seen;
  };
  inject(kit, {{"kind", "500"}, {"after", 2}, {"count", 2}});
  CHECK(pattern(6) == "..xx..");
  inject(kit, {{"kind", "500"}, {"symbol", "ETHUSDT"}, {"count", -1}});
  CHECK(pattern(3) == "...");
  kit.raw("DELETE", "/admin/faults", "");
  inject(kit, {{"kind", "500"}, {"probability", 0.5}, {"seed", 7}, {"count", -1}});
  const std::string first = pattern(64);
  CHECK(first.find('x') != std::string::npos);
  CHECK(first.find('.') != std::string::npos);
  kit.raw("DELETE", "/admin/faults", "");
  inject(kit, {{"kind", "500"}, {"probability", 0.5}, {"seed", 7}, {"count", -1}});
  CHECK(pattern(64) == first);
  CHECK(kit.admin("faults", Json::array({{{"kind", "flood"}}})).contains("code"));
  CHECK(kit.admin("faults", Json::array({{{"kind", "500"}, {"often", 1}}})).contains("code"));
}

TEST_CASE("The log has a line for each request, answer, fault and admin action") {
  Kit kit;
  inject(kit, {{"kind", "503"}, {"path", "order"}});
  kit.sent("POST", "/api/v3/order", "symbol=BTCUSDT&side=BUY&type=MARKET&quantity=1&newClientOrderId=one");
  const std::string log = kit.log_text();
  std::vector<std::string> events;
  for (std::size_t begin = 0; begin < log.size(); begin = log.find('\n', begin) + 1) {
    const Json line = Json::parse(log.substr(begin, log.find('\n', begin) - begin));
    events.push_back(line["event"]);
    CHECK(line["time"] == kit.now());
  }
  CHECK(events == std::vector<std::string>{"admin", "request", "fault", "answer"});
  CHECK(log.find("secret") == std::string::npos);
  CHECK(kit.get("/admin/requests")["/api/v3/order"]["503"] == 1);
}
