#include "host/exchange/synthetic_walk.h"

#include <bit>
#include <catch2/catch.hpp>
#include <cmath>
#include <random>

#include "engine/error.h"
#include "host/exchange/counter_random.h"
#include "host/exchange/synthetic_source.h"

using namespace btk;
using namespace btk::host;

namespace {

constexpr Timestamp k2023 = 1672531200000;
constexpr Timestamp k2024 = 1704067200000;

// Every bit of every column in one number.
std::uint64_t checksum(const CandleSeries& series) {
  std::uint64_t sum = mix(series.size());
  for (const auto column : {series.open(), series.high(), series.low(), series.close(), series.volume()}) {
    for (const double value : column) sum = mix(sum ^ std::bit_cast<std::uint64_t>(value));
  }
  return sum;
}

}  // namespace

TEST_CASE("synthetic candles are the same on every machine") {
  const CandleSeries year = synthetic_candles({}, "BTCUSDT", k2023, k2024);
  REQUIRE(year.size() == 525'600);
  CHECK(checksum(year) == 0x625d0a7b770b9038);
  const Candle c = year.at(1000);
  CHECK(c.open == 143.3255);
  CHECK(c.high == 143.3975);
  CHECK(c.low == 143.2184);
  CHECK(c.close == 143.2983);
  CHECK(c.volume == 127.04);
  CHECK(checksum(synthetic_candles({42, 30000, 0.0007}, "ETHUSDT", k2023, k2023 + 30 * kDay)) ==
        0xa3c43a1e82d4c648);
}

TEST_CASE("a synthetic candle does not depend on the asked range") {
  const CandleSeries whole = synthetic_candles({}, "BTCUSDT", k2023 - 200 * kDay, k2023 + 200 * kDay);
  std::mt19937_64 random(5);
  for (int i = 0; i < 50; ++i) {
    const Timestamp from = whole.first() + static_cast<Timestamp>(random() % 500'000) * kMinute;
    const CandleSeries part =
        synthetic_candles({}, "BTCUSDT", from, from + static_cast<Timestamp>(random() % 5000 + 1) * kMinute);
    const auto offset = static_cast<std::size_t>(whole.index_of(part.first()));
    for (std::size_t k = 0; k < part.size(); ++k) {
      const Candle a = part.at(k);
      const Candle b = whole.at(offset + k);
      REQUIRE((a.timestamp == b.timestamp && a.open == b.open && a.high == b.high && a.low == b.low &&
               a.close == b.close && a.volume == b.volume));
    }
  }
}

TEST_CASE("synthetic candles look like a market") {
  for (const double volatility : {0.0, 0.0001, 0.001, 0.02}) {
    const CandleSeries series = synthetic_candles({7, 100, volatility}, "X", k2023, k2024);
    double squares = 0;
    std::size_t broken = 0;
    for (std::size_t i = 0; i < series.size(); ++i) {
      const Candle c = series.at(i);
      broken += !is_sound(c) || c.high < std::max(c.open, c.close) || c.low > std::min(c.open, c.close) ||
                c.volume <= 0;
      broken += i > 0 && c.open != series.close()[i - 1];
      const double change = c.close / c.open - 1;
      squares += change * change;
    }
    CHECK(broken == 0);
    CHECK(std::sqrt(squares / static_cast<double>(series.size())) ==
          Approx(volatility).epsilon(0.15).margin(1e-6));
  }
}

TEST_CASE("seeds and symbols give different markets") {
  const auto first = [](std::uint64_t seed, const char* symbol) {
    return checksum(synthetic_candles({seed, 100, 0.001}, symbol, k2023, k2023 + kDay));
  };
  CHECK(first(1, "BTCUSDT") != first(2, "BTCUSDT"));
  CHECK(first(1, "BTCUSDT") != first(1, "ETHUSDT"));
}

TEST_CASE("synthetic candles exist from 2017 to 2035, and a request outside is cut") {
  CHECK(synthetic_candles({}, "X", 1483228800000, 1483228800000 + kDay).size() == 1440);
  CHECK(synthetic_candles({}, "X", 2082672000000, 2082672000000 + kDay).size() == 1440);
  CHECK(synthetic_candles({}, "X", kSyntheticBegin - kDay, kSyntheticBegin + kMinute).size() == 1);
  CHECK(synthetic_candles({}, "X", kSyntheticEnd, kSyntheticEnd + kDay).empty());
  CHECK(synthetic_candles({}, "X", k2023 + 1, k2023 + kMinute + 1).first() == k2023 + kMinute);
}

TEST_CASE("numbers that make no market are refused") {
  CHECK_THROWS_WITH(synthetic_candles({1, 0, 0.001}, "X", k2023, k2024),
                    "synthetic candles: start_price 0 is not between 0.000001 and 1e9");
  CHECK_THROWS_WITH(synthetic_candles({1, 100, std::nan("")}, "X", k2023, k2024),
                    "synthetic candles: volatility NaN is not between 0 and 0.02 (0.001 is 0.1 % a minute)");
}

TEST_CASE("a synthetic exchange hands out what it has made") {
  lua::ExchangeSchema schema;
  schema.driver = "synthetic";
  SyntheticSource source(schema);
  const auto year = source.load("BTCUSDT", k2023, k2024);
  CHECK(year->series.size() == 525'600);
  CHECK(source.load("BTCUSDT", k2023 + kDay, k2024 - kDay) == year);
  CHECK(source.load("ETHUSDT", k2023, k2024) != year);
  CHECK(source.load("BTCUSDT", 0, k2023 - 4000 * kDay + kMinute)->series.size() == 1440 * 749);
}
