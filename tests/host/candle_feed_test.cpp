#include <catch2/catch.hpp>

#include "host/live/candle_feed.h"

using namespace btk;
using btk::host::CandleFeed;

namespace {

constexpr Timestamp kStart = 1'704'067'200'000;

Candle candle(int minute, double close = 100) { return {kStart + minute * kMinute, close, close, close, close, 1}; }

std::vector<int> minutes(const std::vector<Candle>& candles) {
  std::vector<int> out;
  for (const Candle& c : candles) out.push_back(static_cast<int>((c.timestamp - kStart) / kMinute));
  return out;
}

}  // namespace

TEST_CASE("candles that follow the series are taken at once") {
  CandleFeed feed;
  CHECK(minutes(feed.accept(kStart, {candle(0), candle(1)}, kStart + 2 * kMinute)) == std::vector{0, 1});
  CHECK(minutes(feed.accept(kStart + 2 * kMinute, {candle(1), candle(2)}, kStart + 3 * kMinute)) == std::vector{2});
  CHECK(feed.accept(kStart + 3 * kMinute, {}, kStart + 4 * kMinute).empty());
}

TEST_CASE("a minute that the exchange publishes late is no hole") {
  CandleFeed feed;
  const Timestamp now = kStart + 3 * kMinute;
  CHECK(minutes(feed.accept(kStart, {candle(0), candle(2)}, now)) == std::vector{0});
  CHECK(feed.accept(kStart + kMinute, {candle(2)}, now + 500).empty());
  CHECK(minutes(feed.accept(kStart + kMinute, {candle(1), candle(2)}, now + 900)) == std::vector{1, 2});
}

TEST_CASE("a hole that stays is believed") {
  CandleFeed feed;
  const Timestamp now = kStart + 3 * kMinute;
  CHECK(feed.accept(kStart + kMinute, {candle(2)}, now).empty());
  CHECK(feed.accept(kStart + kMinute, {candle(2)}, now + CandleFeed::kHolePatience - 1).empty());
  CHECK(minutes(feed.accept(kStart + kMinute, {candle(2)}, now + CandleFeed::kHolePatience)) == std::vector{2});
}

TEST_CASE("the patience begins anew with each hole") {
  CandleFeed feed;
  const Timestamp now = kStart + 10 * kMinute;
  CHECK(feed.accept(kStart + kMinute, {candle(2), candle(4)}, now).empty());
  // The first hole is believed; the second one was first seen now.
  CHECK(minutes(feed.accept(kStart + kMinute, {candle(2), candle(4)}, now + CandleFeed::kHolePatience)) == std::vector{2});
  CHECK(feed.accept(kStart + 3 * kMinute, {candle(4)}, now + CandleFeed::kHolePatience + 1).empty());
}
