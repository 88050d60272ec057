// What the public endpoints tell, and that they never tell the future.
#include <catch2/catch.hpp>

#include "tests/exchange_server/server_kit.h"

using namespace btk;
using namespace btk::exchange_server;

TEST_CASE("Klines are the file's candles, the open one among them as far as it has come") {
  Kit kit;
  kit.admin("clock", {{"jump_to", kStart + 12 * kMinute + 30'000}});
  const Json rows = kit.get("/api/v3/klines",
                            fmt::format("symbol=BTCUSDT&interval=1m&startTime={}", kStart + 10 * kMinute));
  REQUIRE(rows.size() == 3);
  CHECK(rows[0][0] == kStart + 10 * kMinute);
  CHECK(rows[0][1] == "110.00000000");
  CHECK(rows[0][4] == "110.25000000");
  CHECK(rows[0][6] == kStart + 11 * kMinute - 1);
  CHECK(rows[2][1] == "112.00000000");
  CHECK(number(rows[2][4]) < 112.25);  // half a minute has passed
  CHECK(number(rows[2][5]) == 4);
  CHECK(kit.get("/fapi/v1/klines", "symbol=BTCUSDT&interval=1m&limit=1")[0] == rows[2]);
}

TEST_CASE("Minutes that the file does not have are no candles") {
  Kit kit;
  kit.go(30);  // 00:40
  const Json rows =
      kit.get("/api/v3/klines", fmt::format("symbol=BTCUSDT&interval=1m&startTime={}&endTime={}",
                                            kStart + 28 * kMinute, kStart + 33 * kMinute));
  REQUIRE(rows.size() == 4);
  CHECK(rows[1][0] == kStart + 29 * kMinute);
  CHECK(rows[2][0] == kStart + 32 * kMinute);
}

TEST_CASE("Longer intervals are made of the minutes that have passed") {
  Kit kit;  // 00:10
  const Json rows = kit.get("/api/v3/klines", "symbol=BTCUSDT&interval=5m&limit=2");
  REQUIRE(rows.size() == 2);
  CHECK(rows[0][0] == kStart + 5 * kMinute);
  CHECK(rows[0][1] == "105.00000000");
  CHECK(rows[0][2] == "109.50000000");
  CHECK(rows[0][3] == "104.50000000");
  CHECK(rows[0][4] == "109.25000000");
  CHECK(number(rows[0][5]) == 40);
  CHECK(rows[1][0] == kStart + 10 * kMinute);  // has just begun
}

TEST_CASE("Bad questions are refused as the exchange does") {
  Kit kit;
  CHECK(kit.get("/api/v3/klines", "symbol=NOPE&interval=1m")["code"] == -1121);
  CHECK(kit.get("/api/v3/klines", "symbol=BTCUSDT&interval=7m")["code"] == -1120);
  CHECK(kit.raw("GET", "/api/v3/nothing", "").status != 200);
  CHECK(kit.raw("GET", "/elsewhere", "").status == 404);
}

TEST_CASE("Time, rules, book and trades") {
  Kit kit;
  CHECK(kit.get("/api/v3/time")["serverTime"] == kStart + 10 * kMinute);
  const Json info = kit.get("/api/v3/exchangeInfo", "symbol=BTCUSDT")["symbols"][0];
  CHECK(info["baseAsset"] == "BTC");
  CHECK(info["filters"][0]["tickSize"] == "0.01000000");
  CHECK(info["filters"][1]["stepSize"] == "0.00100000");
  CHECK(info["filters"][3]["minNotional"] == "5.00000000");
  CHECK(kit.get("/fapi/v1/exchangeInfo")["symbols"][0]["filters"][3]["notional"] == "5.00000000");
  const Json book = kit.get("/api/v3/depth", "symbol=BTCUSDT&limit=5");
  REQUIRE(book["bids"].size() == 5);
  CHECK(number(book["bids"][0][0]) < 109.25);
  CHECK(number(book["asks"][0][0]) > 109.25);
  const Json trades = kit.get("/api/v3/aggTrades", fmt::format("symbol=BTCUSDT&startTime={}&endTime={}",
                                                               kStart, kStart + kMinute - 1));
  REQUIRE(trades.size() == 4);
  CHECK(trades[0]["p"] == "100.00000000");
  CHECK(trades[3]["p"] == "100.25000000");
  const std::string next = std::to_string(trades[3]["a"].get<std::int64_t>() + 1);
  CHECK(kit.get("/api/v3/aggTrades", "symbol=BTCUSDT&limit=1&fromId=" + next)[0]["p"] == "101.00000000");
}

TEST_CASE("Answers carry the weight used in the minute") {
  Kit kit;
  const auto weight = [&] {
    return kit.raw("GET", "/api/v3/klines", "symbol=BTCUSDT&interval=1m").headers.back();
  };
  CHECK(weight() == std::pair<std::string, std::string>("X-MBX-USED-WEIGHT-1M", "2"));
  CHECK(weight().second == "4");
  kit.go(1);
  CHECK(weight().second == "2");
}

TEST_CASE("A test can alter and remove candles") {
  Kit kit;
  kit.admin("candle", {{"symbol", "BTCUSDT"}, {"time", kStart + 3 * kMinute}, {"close", 103.33}});
  kit.admin("candle", {{"symbol", "BTCUSDT"}, {"time", kStart + 5 * kMinute}, {"missing", true}});
  const Json rows = kit.get(
      "/api/v3/klines", fmt::format("symbol=BTCUSDT&interval=1m&startTime={}&limit=4", kStart + 3 * kMinute));
  CHECK(rows[0][4] == "103.33000000");
  CHECK(rows[2][0] == kStart + 6 * kMinute);
  CHECK(kit.admin("candle", {{"symbol", "BTCUSDT"}, {"time", kStart}, {"close", -1}}).contains("code"));
}
