// What a model is not to know: which market, when, at which price.
#include <catch2/catch.hpp>

#include <nlohmann/json.hpp>

#include "optimizer/llm/mask.h"

using namespace btk;
using optimizer::masked;

namespace {
const lua::LlmMask kMask{.symbol = "BTCUSDT", .now = 1'648'771'200'000, .price = 40'000, .low = 20'000, .high = 60'000};  // 2022-04-01
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

TEST_CASE("prices are divided by the last close, other numbers stay") {
  CHECK(masked("O:40000 H:40400.5 RSI 31.5 V:12", kMask) == "O:1 H:1.01001 RSI 31.5 V:12");
  CHECK(masked("ema34 sma_30000", kMask) == "ema34 sma_30000");
}

TEST_CASE("instructions keep their numbers") {
  CHECK(masked("at least 30000 % away, BTC", optimizer::without_prices(kMask)) == "at least 30000 % away, ASSET");
}

TEST_CASE("a signal's prices come back in the market's units") {
  const auto signal = nlohmann::json::parse(optimizer::unmasked_signal(R"({"position":"long","price_open":1,"price_take_profit":1.02,"price_stop_loss":0.99})", kMask));
  CHECK(signal["price_open"] == 40'000);
  CHECK(signal["price_take_profit"] == Approx(40'800));
}
