// What a model is not to know: which market, when, at which price.
#include <catch2/catch.hpp>

#include <nlohmann/json.hpp>

#include "optimizer/llm/mask.h"

using namespace btk;
using optimizer::masked;

namespace {
// A coin whose price is as large as many other numbers.
const lua::LlmMask kMask{.symbol = "BTCUSDT", .now = 1'648'771'200'000, .price = 50, .price_fields = {"open", "close", "closes", "price_open", "ema_20"}};  // 2022-04-01
}

TEST_CASE("names of the market become ASSET") {
  CHECK(masked("BTCUSDT btcusdt BTC/USDT Bitcoin and BTC, not BTCX or XBTC", kMask) == "ASSET ASSET ASSET ASSET and ASSET, not BTCX or XBTC");
}

TEST_CASE("dates become distances") {
  CHECK(masked("at 2022-03-31T23:55:00.000Z", kMask) == "at -00:05");
  CHECK(masked("2022-03-28 20:00", kMask) == "-3d04:00");
  CHECK(masked("on 2022-04-02,", kMask) == "on +1d00:00,");
  CHECK(masked(R"({"id":1648771140000})", kMask) == R"({"id":"-00:01"})");
  CHECK(masked("1648771140", kMask) == "\"-00:01\"");
}

TEST_CASE("names are known however they are spelt") {
  CHECK(masked("BTC_USDT btc_usdt BTC-USD BTC:EUR BTCUSD BTC/USDC XBTUSD XBT bitcoin's", kMask) == "ASSET ASSET ASSET ASSET ASSET ASSET ASSET ASSET ASSET's");
  CHECK(masked("BTCUSDT_1h BTCUSDT1h BTC_1h pair_BTCUSDT_x", kMask) == "ASSET_1h ASSET1h ASSET_1h pair_ASSET_x");
  CHECK(masked("BTCUSDTPERP BTCPERP BTCUSD_PERP BTC-USDT-SWAP btcusdt@kline_1m BINANCE:BTCUSDT.P", kMask) ==
        "ASSET ASSET ASSET_PERP ASSET-SWAP ASSET@kline_1m BINANCE:ASSET.P");
  CHECK(masked("BTCX XBTC WBTCUSDT BTCUSDTX BTC2 abtc", kMask) == "BTCX XBTC WBTCUSDT BTCUSDTX BTC2 abtc");
  lua::LlmMask pepe = kMask;
  pepe.symbol = "1000PEPEUSDT";
  CHECK(masked("1000PEPEUSDT PEPE 1000PEPE PEPE_USDT BTC", pepe) == "ASSET ASSET ASSET ASSET BTC");
  pepe.symbol = "ODD";
  CHECK(masked("ODD ODDUSDT BTCUSDT", pepe) == "ASSET ODDUSDT BTCUSDT");
}

TEST_CASE("moments are known however they are spelt") {
  CHECK(masked("day_2022-03-31 2022/03/31 2022.03.31, 2022/03/31 23:55", kMask) == "day_-1d00:00 -1d00:00 -1d00:00, -00:05");
  CHECK(masked("2022-03-31T23:55:00+00:00 2022-04-01T01:55:00.123456+02:00 2022-03-31_23:55:00", kMask) == "-00:05 -00:05 -00:05");
  CHECK(masked("20220331 id_20220331 202203312355 20220331235500", kMask) == "\"-1d00:00\" id_-1d00:00 \"-00:05\" \"-00:05\"");
  CHECK(masked("1648771140.5 1648771140000ms 1648771140s 1648771140000000 1648771140000000000", kMask) ==
        "\"-00:01\" \"-00:01\" \"-00:01\" \"-00:01\" \"-00:01\"");
  CHECK(masked(R"({"a":"t_1648771140000","b":"1648771140000ms"})", kMask) == R"({"a":"t_-00:01","b":"-00:01"})");
}

TEST_CASE("a number that is no moment near now is no Unix time") {
  CHECK(masked("V:1234567890 1700000000000000 12345678901", kMask) == "V:1234567890 1700000000000000 12345678901");
  CHECK(masked("V:1748771140.5 1748771140000ms", kMask) == "V:1748771140.5 1748771140000ms");
  CHECK(masked("V:99991231 20229999 20220331.5 1.20220331 120220331 20220331x", kMask) == "V:99991231 20229999 20220331.5 1.20220331 120220331 20220331x");
  CHECK(masked("1.1648771140", kMask) == "1.1648771140");
  CHECK(masked(R"("time": "1648771140000")", kMask) == R"("time": "-00:01")");
}

TEST_CASE("prices of candle lines are divided by the last close, and nothing else on the line") {
  CHECK(masked("[5m]: O:50 H:50.5 L:49 C:50 V:51.5", kMask) == "[5m]: O:1 H:1.01 L:0.98 C:1 V:51.5");
  CHECK(masked("O:50 H:50.5 and RSI 52", kMask) == "O:50 H:50.5 and RSI 52");
  CHECK(masked("FOO:50 H:50 L:50 C:50", kMask) == "FOO:50 H:50 L:50 C:50");
}

TEST_CASE("prices of JSON are known by their names") {
  CHECK(masked(R"([{"close":50.5,"rsi":50.5,"priceOpen": "49","volume":50}])", kMask) == R"([{"close":1.01,"rsi":50.5,"priceOpen": "0.98","volume":50}])");
  CHECK(masked(R"({"closes":[50, 51,"52"],"counts":[50,51]})", kMask) == R"({"closes":[1, 1.02,"1.04"],"counts":[50,51]})");
  CHECK(masked(R"({"close":null,"open":[],"rsi":50})", kMask) == R"({"close":null,"open":[],"rsi":50})");
  CHECK(masked(R"(He said "close" at 50, "open":)", kMask) == R"(He said "close" at 50, "open":)");
  CHECK(masked(R"("close)", kMask) == R"("close)");
}

TEST_CASE("prices of a table are known by their columns") {
  CHECK(masked("# BTC\n\n| time | rsi_14 | EMA_20 | close |\n| --- | --- | --- | --- |\n"
               "| 2022-03-31T23:55:00Z | 50.1 | -25 | 50 |\n| 2022-03-31T23:56:00Z | 49.9 | N/A | 5e1 |\n\n50 % | 50 |", kMask) ==
        "# ASSET\n\n| time | rsi_14 | EMA_20 | close |\n| --- | --- | --- | --- |\n"
        "| -00:05 | 50.1 | -0.5 | 1 |\n| -00:04 | 49.9 | N/A | 1 |\n\n50 % | 50 |");
  CHECK(masked("| close | 50 |\n| 50 | 50 |", kMask) == "| close | 50 |\n| 50 | 50 |");  // no head, no table
}

TEST_CASE("numbers in sentences stay") {
  CHECK(masked("Buy below RSI 50, risk 1 %, stop 50 ticks, ema34 sma_50", kMask) == "Buy below RSI 50, risk 1 %, stop 50 ticks, ema34 sma_50");
}

TEST_CASE("texts without prices keep every number") {
  CHECK(masked(R"(O:50 H:50 L:50 C:50 "close": 50 BTC)", optimizer::without_prices(kMask)) == R"(O:50 H:50 L:50 C:50 "close": 50 ASSET)");
}

TEST_CASE("a signal's prices come back in the market's units") {
  const auto signal = nlohmann::json::parse(optimizer::unmasked_signal(R"({"position":"long","price_open":1,"price_take_profit":1.02,"price_stop_loss":0.99})", kMask));
  CHECK(signal["price_open"] == 50);
  CHECK(signal["price_take_profit"] == Approx(51));
}
