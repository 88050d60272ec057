// Columns of btk.series that several runs share.
#include "lua/shared_columns.h"

#include <catch2/catch.hpp>

#include <cmath>
#include <thread>

#include "engine/error.h"

using namespace btk;
using namespace btk::lua;

namespace {

constexpr std::size_t kMinutes = 20'000;
constexpr std::size_t kColumnBytes = kMinutes * sizeof(double);

std::shared_ptr<const LoadedCandles> candles() {
  auto loaded = std::make_shared<LoadedCandles>();
  for (std::size_t i = 0; i < kMinutes; ++i) {
    const double price = 100 + std::sin(static_cast<double>(i) / 50);
    loaded->series.push(price, price + 1, price - 1, price, 1);
  }
  return loaded;
}

IndicatorSpec sma(int n) { return {.name = "sma", .parameters = {static_cast<double>(n)}}; }

}  // namespace

TEST_CASE("Who asks for the same column of the same candles gets the same one", "[series]") {
  SharedColumns shared;
  const auto a = candles(), b = candles();
  CHECK(shared.column(a, Interval::m1, sma(5), 0) == shared.column(a, Interval::m1, sma(5), 0));
  CHECK(shared.column(a, Interval::m1, sma(5), 0) != shared.column(a, Interval::m1, sma(6), 0));
  CHECK(shared.column(a, Interval::m1, sma(5), 0) != shared.column(a, Interval::m1, sma(5), kMinute));
  CHECK(shared.column(a, Interval::m1, sma(5), 0) != shared.column(b, Interval::m1, sma(5), 0));
  CHECK(shared.longer(a, Interval::m5) == shared.longer(a, Interval::m5));
  CHECK(shared.longer(a, Interval::m5) != shared.longer(a, Interval::m15));
  CHECK(shared.longer(a, Interval::m5)->size() == kMinutes / 5);
  CHECK_THROWS_AS(shared.column(a, Interval::m1, sma(0), 0), Error);
}

TEST_CASE("What was not asked for the longest is dropped first, and stays with who holds it", "[series]") {
  SharedColumns shared(3 * kColumnBytes);
  const auto loaded = candles();
  const auto column = [&](int n) { return shared.column(loaded, Interval::m1, sma(n), 0); };
  const auto first = column(1), second = column(2), third = column(3);
  CHECK(column(1) == first);
  const auto fourth = column(4);  // in the place of the second
  CHECK(column(1) == first);
  CHECK(column(3) == third);
  CHECK(column(4) == fourth);
  CHECK(column(2) != second);
  CHECK(second->extend(loaded->series, 100)[0].rows >= 100);
}

TEST_CASE("Candles that no run holds any more are given back, with what was made of them", "[series]") {
  SharedColumns shared;
  auto mine = candles();
  const std::weak_ptr<const LoadedCandles> watched = mine;
  const std::weak_ptr<const CandleSeries> hours = shared.longer(mine, Interval::h1);
  const std::weak_ptr<SharedColumn> column = shared.column(mine, Interval::m1, sma(5), 0);
  const std::weak_ptr<const std::vector<double>> averages = shared.averages(mine, 5);
  CHECK_FALSE((hours.expired() || column.expired() || averages.expired()));
  mine.reset();
  CHECK(watched.expired());
  const auto others = candles();
  CHECK(shared.longer(others, Interval::h1)->size() == kMinutes / 60);
  CHECK((hours.expired() && column.expired() && averages.expired()));
}

TEST_CASE("Threads that read a column while others extend it see what one alone sees", "[series]") {
  const auto loaded = candles();
  SharedColumn alone(sma(9), 0);
  const SeriesView wanted = alone.extend(loaded->series, kMinutes)[0];
  REQUIRE(wanted.rows == static_cast<std::int32_t>(kMinutes));
  SharedColumns shared;
  std::array<int, 3> wrong{};
  std::vector<std::jthread> readers;
  for (int& mine : wrong) {
    readers.emplace_back([&shared, &mine, loaded, wanted] {
      BoundColumn bound{shared.column(loaded, Interval::m1, sma(9), 0)};
      for (std::int32_t i = 8; i < wanted.rows; ++i) {
        if (i >= bound.views[0].rows) bound.views = bound.column->extend(loaded->series, i + 1);
        if (bound.views[0].values[i] != wanted.values[i]) ++mine;
      }
    });
  }
  readers.clear();
  CHECK(wrong == std::array{0, 0, 0});
}
