#include "engine/candles.h"

#include <catch2/catch.hpp>
#include <cmath>
#include <limits>
#include <map>
#include <random>

#include "engine/candle_check.h"
#include "engine/error.h"

using namespace btk;

namespace {

constexpr Timestamp kStart = 1672531200000;  // 2023-01-01 00:00

Candle flat(Timestamp t, double price, double volume = 1) { return {t, price, price, price, price, volume}; }

// What the builder says about the rows; empty when it accepts them.
std::string complaint(const std::vector<Candle>& rows, GapPolicy gaps = GapPolicy::fill) {
  SeriesBuilder builder(Interval::m1, gaps);
  try {
    std::size_t line = 1;
    for (const Candle& row : rows) builder.add(row, "file.csv", ++line);
  } catch (const Error& e) {
    return e.what();
  }
  return {};
}

CandleSeries build(const std::vector<Candle>& rows, Interval interval = Interval::m1) {
  SeriesBuilder builder(interval, GapPolicy::fill);
  for (const Candle& row : rows) builder.add(row);
  return builder.take();
}

bool same(const Candle& a, const Candle& b) {
  return a.timestamp == b.timestamp && a.open == b.open && a.high == b.high && a.low == b.low &&
         a.close == b.close && a.volume == b.volume;
}

// Sound rows with gaps and duplicates.
std::vector<Candle> random_rows(std::mt19937& random, std::size_t count) {
  std::uniform_real_distribution<double> price(1, 1000);
  std::vector<Candle> rows;
  Timestamp t = kStart + kMinute * static_cast<Timestamp>(random() % 3000);
  for (std::size_t i = 0; i < count; ++i) {
    const double a = price(random);
    const double b = price(random);
    rows.push_back(
        {t, price(random), std::max(a, b), std::min(a, b), price(random), std::floor(price(random))});
    const auto dice = random() % 20;
    if (dice == 0) {
      t += kMinute * static_cast<Timestamp>(random() % 50);
    } else if (dice > 1) {
      t += kMinute;
    }
  }
  return rows;
}

}  // namespace

TEST_CASE("a series knows where its candles lie in time") {
  const CandleSeries series =
      build({flat(kStart, 1), flat(kStart + kMinute, 2), flat(kStart + 2 * kMinute, 3)});
  REQUIRE(series.size() == 3);
  CHECK(series.first() == kStart);
  CHECK(series.end() == kStart + 3 * kMinute);
  CHECK(series.time(2) == kStart + 2 * kMinute);
  CHECK(series.index_of(kStart + kMinute + 59'999) == 1);
  CHECK(series.index_of(kStart - 1) == -1);
  CHECK(series.contains(kStart));
  CHECK_FALSE(series.contains(series.end()));
  CHECK(same(series.at(1), flat(kStart + kMinute, 2)));
}

TEST_CASE("missing minutes become flat candles at the last close, without volume, and are recorded") {
  SeriesBuilder builder(Interval::m1, GapPolicy::fill);
  builder.add({kStart, 10, 12, 9, 11, 5});
  builder.add({kStart + 3 * kMinute, 20, 22, 19, 21, 6});
  REQUIRE(builder.gaps().size() == 1);
  CHECK(builder.gaps()[0].from == kStart + kMinute);
  CHECK(builder.gaps()[0].candles == 2);
  const CandleSeries series = builder.take();
  REQUIRE(series.size() == 4);
  CHECK(same(series.at(1), flat(kStart + kMinute, 11, 0)));
  CHECK(same(series.at(2), flat(kStart + 2 * kMinute, 11, 0)));
  CHECK(same(series.at(3), {kStart + 3 * kMinute, 20, 22, 19, 21, 6}));
}

TEST_CASE("with gaps = \"error\" the missing minutes are named") {
  const Timestamp halt = kStart + 760 * kMinute;
  CHECK(complaint({flat(halt - kMinute, 1), flat(halt + 80 * kMinute, 1)}, GapPolicy::error) ==
        "file.csv:3: 80 candles missing from 2023-01-01 12:40 to 2023-01-01 13:59; use gaps = \"fill\" or "
        "complete the data");
  CHECK(complaint({flat(halt - kMinute, 1), flat(halt + kMinute, 1)}, GapPolicy::error) ==
        "file.csv:3: 1 candle missing at 2023-01-01 12:40; use gaps = \"fill\" or complete the data");
}

TEST_CASE("the last of duplicate rows wins and is counted") {
  SeriesBuilder builder(Interval::m1, GapPolicy::error);
  builder.add(flat(kStart, 1));
  builder.add(flat(kStart, 2));
  builder.add(flat(kStart, 3));
  builder.add(flat(kStart + kMinute, 4));
  CHECK(builder.duplicates() == 2);
  const CandleSeries series = builder.take();
  REQUIRE(series.size() == 2);
  CHECK(series.close()[0] == 3);
}

TEST_CASE("rows that cannot be traded on are refused with file, line and reason") {
  const double nan = std::nan("");
  const double inf = std::numeric_limits<double>::infinity();
  const auto row = [](double o, double h, double l, double c, double v) {
    return complaint({flat(kStart, 1), {kStart + kMinute, o, h, l, c, v}});
  };
  CHECK(row(nan, 2, 1, 1, 1) == "file.csv:3: open is not a finite number");
  CHECK(row(1, inf, 1, 1, 1) == "file.csv:3: high is not a finite number");
  CHECK(row(1, 2, nan, 1, 1) == "file.csv:3: low is not a finite number");
  CHECK(row(1, 2, 1, -inf, 1) == "file.csv:3: close is not a finite number");
  CHECK(row(1, 2, 1, 1, nan) == "file.csv:3: volume is not a finite number");
  CHECK(row(1, 2, 0, 1, 1) == "file.csv:3: low 0 is not above zero");
  CHECK(row(-1, 2, 1, 1, 1) == "file.csv:3: open -1 is not above zero");
  CHECK(row(1, 2, 1, 1, -0.5) == "file.csv:3: volume -0.5 is negative");
  CHECK(row(1, 1, 2, 1, 1) == "file.csv:3: high 1 is below low 2");
  CHECK(row(1, 1, 1, 1, 0).empty());
  CHECK(row(5, 2, 1, 9, 1).empty());  // open and close outside [low, high] are accepted

  CHECK(complaint({flat(kStart, 1), flat(kStart - kMinute, 1)}) ==
        "file.csv:3: the candle of 2022-12-31 23:59 comes after the one of 2023-01-01 00:00; sort the rows "
        "by time");
  CHECK(complaint({flat(kStart + 1, 1)}) ==
        "file.csv:2: timestamp 1672531200001 is not a multiple of 1m (60000 ms)");
  CHECK(complaint({flat(-kMinute, 1)}) ==
        "file.csv:2: timestamp -60000 is no time in milliseconds since 1970");
}

TEST_CASE("a wrong timestamp does not fill the memory") {
  CHECK_THAT(complaint({flat(kStart, 1), flat(kStart * 100, 1)}), Catch::Contains("too many to fill"));
}

TEST_CASE("property: the builder gives what a map by time gives, and a prefix gives a prefix") {
  std::mt19937 random(7);
  for (int round = 0; round < 200; ++round) {
    const std::vector<Candle> rows = random_rows(random, 1 + random() % 300);
    std::map<Timestamp, Candle> expected;
    for (const Candle& row : rows) expected[row.timestamp] = row;

    SeriesBuilder builder(Interval::m1, GapPolicy::fill);
    for (const Candle& row : rows) builder.add(row);
    CHECK(builder.duplicates() == rows.size() - expected.size());
    std::size_t filled = 0;
    for (const Gap& gap : builder.gaps()) filled += gap.candles;
    const CandleSeries series = builder.take();
    REQUIRE(series.size() == expected.size() + filled);
    double last_close = 0;
    for (std::size_t i = 0; i < series.size(); ++i) {
      const auto found = expected.find(series.time(i));
      const Candle wanted = found != expected.end() ? found->second : flat(series.time(i), last_close, 0);
      REQUIRE(same(series.at(i), wanted));
      last_close = wanted.close;
    }

    const std::size_t cut = 1 + random() % rows.size();
    const CandleSeries prefix = build({rows.begin(), rows.begin() + static_cast<std::ptrdiff_t>(cut)});
    REQUIRE(prefix.size() <= series.size());
    // The prefix's last row may be a duplicate whose successor was cut off.
    for (std::size_t i = 0; i + 1 < prefix.size(); ++i) REQUIRE(same(prefix.at(i), series.at(i)));
  }
}

TEST_CASE("property: resampling equals a plain reading of its definition") {
  std::mt19937 random(11);
  const Interval targets[] = {Interval::m1,  Interval::m3, Interval::m5,  Interval::m15,
                              Interval::m30, Interval::h1, Interval::h2,  Interval::h4,
                              Interval::h6,  Interval::h8, Interval::h12, Interval::d1};
  for (int round = 0; round < 60; ++round) {
    const CandleSeries series = build(random_rows(random, 1 + random() % 4000));
    for (const Interval target : targets) {
      const CandleSeries result = series.resample(target);
      const Timestamp step = length(target);
      std::vector<Candle> expected;
      for (Timestamp t = align(series.first(), step); t < series.end(); t += step) {
        if (t < series.first() || t + step > series.end()) continue;
        const auto from = static_cast<std::size_t>(series.index_of(t));
        Candle bucket = series.at(from);
        for (std::size_t i = from + 1; i < from + static_cast<std::size_t>(step / kMinute); ++i) {
          const Candle c = series.at(i);
          bucket.high = std::max(bucket.high, c.high);
          bucket.low = std::min(bucket.low, c.low);
          bucket.close = c.close;
          bucket.volume += c.volume;
        }
        expected.push_back(bucket);
      }
      REQUIRE(result.interval() == target);
      REQUIRE(result.size() == expected.size());
      for (std::size_t i = 0; i < expected.size(); ++i) REQUIRE(same(result.at(i), expected[i]));
    }
  }
}

TEST_CASE("only multiples can be resampled") {
  const CandleSeries series = build({flat(kStart, 1)}, Interval::m5);
  CHECK_THROWS_WITH(series.resample(Interval::m3),
                    "candles of 5m cannot be put together to 3m; ask for a multiple of 5m");
  CHECK_THROWS_AS(series.resample(Interval::m1), Error);
}

TEST_CASE("a builder takes whole columns when they continue the series and every candle is sound") {
  const double good[] = {1, 2, 3};
  const double nan = std::nan("");
  const double inf = std::numeric_limits<double>::infinity();
  SeriesBuilder builder(Interval::m1, GapPolicy::fill);
  const auto add = [&](Timestamp first, auto&... columns) {
    std::vector<char> shifted(1);  // at an odd address
    (shifted.insert(shifted.end(), reinterpret_cast<const char*>(columns), reinterpret_cast<const char*>(columns + 3)), ...);
    const std::span bytes = std::as_bytes(std::span(shifted)).subspan(1);
    constexpr std::size_t kSize = sizeof good;
    return builder.add_columns(first, {bytes.subspan(0, kSize), bytes.subspan(kSize, kSize), bytes.subspan(2 * kSize, kSize),
                                       bytes.subspan(3 * kSize, kSize), bytes.subspan(4 * kSize, kSize)});
  };
  CHECK_FALSE(add(kStart + 1, good, good, good, good, good));
  CHECK(add(kStart, good, good, good, good, good));
  CHECK_FALSE(add(kStart, good, good, good, good, good));
  CHECK_FALSE(add(kStart + 4 * kMinute, good, good, good, good, good));
  for (const double bad : {nan, -nan, inf, -inf, 0.0, -0.0, -1.0, -5e-324}) {
    CAPTURE(bad);
    const double column[] = {1, bad, 3};
    const Timestamp t = kStart + 3 * kMinute;
    CHECK_FALSE(add(t, column, good, good, good, good));
    CHECK_FALSE(add(t, good, column, good, good, good));
    CHECK_FALSE(add(t, good, good, column, good, good));
    CHECK_FALSE(add(t, good, good, good, column, good));
    if (bad != 0) CHECK_FALSE(add(t, good, good, good, good, column));
  }
  const double below[] = {1, 1.9999999999999998, 3};
  CHECK_FALSE(add(kStart + 3 * kMinute, good, below, good, good, good));
  const double extreme[] = {5e-324, std::numeric_limits<double>::max(), 1};
  const double still[] = {0, 0, 0};
  CHECK(add(kStart + 3 * kMinute, extreme, extreme, extreme, extreme, still));
  builder.add(flat(kStart + 6 * kMinute, 4));
  CHECK(builder.take().size() == 7);
  CHECK(builder.gaps().empty());
}

namespace {

Column column_of(std::vector<double> values) {
  Column column;
  for (const double value : values) column.push_back(value);
  return column;
}

}  // namespace

TEST_CASE("a builder begins with columns that are there already, and goes on behind them") {
  const auto columns = [](double third) {
    const Column column = column_of({1, 1, third});
    return std::array{column, column, column, column, column_of({1, 0, 1})};
  };
  SeriesBuilder builder(Interval::m1, GapPolicy::fill);
  CHECK_FALSE(builder.adopt(kStart + 1, columns(3), {}));
  CHECK_FALSE(builder.adopt(kStart, columns(std::nan("")), {}));
  CHECK_FALSE(builder.adopt(kStart, columns(0), {}));
  CHECK_FALSE(builder.adopt(kStart, {}, {}));
  CHECK(builder.size() == 0);
  REQUIRE(builder.adopt(kStart, columns(3), {{kStart + kMinute, 1}}));
  CHECK_FALSE(builder.adopt(kStart + 3 * kMinute, columns(3), {}));
  builder.add(flat(kStart + 5 * kMinute, 4));
  REQUIRE(builder.gaps().size() == 2);
  CHECK(builder.gaps()[0].from == kStart + kMinute);
  CHECK(builder.gaps()[1].candles == 2);
  const CandleSeries series = builder.take();
  CHECK(series.size() == 6);
  CHECK(same(series.at(4), {kStart + 4 * kMinute, 3, 3, 3, 3, 0}));
  CHECK_THROWS_AS(series.at(6), std::out_of_range);
}

TEST_CASE("a part of a series is a view of it, until it grows") {
  CandleSeries whole(Interval::m3, kStart);
  for (int i = 0; i < 10; ++i) whole.push(i + 1, i + 2, i, i + 1, i);
  const Timestamp step = 3 * kMinute;
  CandleSeries part = whole.part(kStart + 2 * step, kStart + 5 * step);
  CHECK(part.first() == kStart + 2 * step);
  CHECK(part.size() == 3);
  CHECK(part.close().data() == whole.close().data() + 2);
  part.push(7, 7, 7, 7, 7);
  CHECK(part.close().data() != whole.close().data() + 2);
  CHECK(part.at(3).open == 7);
  CHECK(part.at(0).volume == 2);
  CHECK(whole.at(5).open == 6);

  CHECK(whole.part(kStart + 1, kStart + step + 1).first() == kStart + step);
  CHECK(whole.part(kStart + 1, kStart + step + 1).size() == 1);
  CHECK(whole.part(0, kStart + 100 * step).size() == 10);
  CHECK(whole.part(kStart + 5 * step, kStart + 5 * step).empty());
  CHECK(whole.part(kStart + 5 * step, kStart + 2 * step).empty());
  CHECK(whole.part(kStart + 100 * step, kStart + 200 * step).empty());
  CHECK(whole.part(0, kStart).empty());
  CHECK(CandleSeries().part(0, kStart).empty());
}

TEST_CASE("a column keeps what it has while it grows, and a copy is a column of its own") {
  Column column;
  for (int i = 0; i < 1000; ++i) column.push_back(i);
  Column copy = column;
  column.push_back(1000);
  copy.truncate(10);
  copy.back() = -1;
  CHECK(column.size() == 1001);
  for (std::size_t i = 0; i < column.size(); ++i) REQUIRE(column[i] == static_cast<double>(i));
  CHECK(copy.size() == 10);
  CHECK(copy[9] == -1);
  const Column moved = std::move(column);
  CHECK(moved.size() == 1001);
  CHECK(column.size() == 0);
  column = copy;
  copy.back() = 7;
  CHECK(column[9] == -1);
}

TEST_CASE("memory that was taken over is used as long as there is room in it") {
  const auto memory = std::make_shared<double[]>(3, 5.0);
  Column column(memory, 2, 3);
  column.push_back(6);
  CHECK(memory[2] == 6);
  column.push_back(7);
  column.back() = 8;
  CHECK(column[3] == 8);
  CHECK(memory.use_count() == 1);
  CHECK(column[0] == 5);
}

TEST_CASE("an adapter's answer is checked as a whole") {
  const Config config;
  std::vector<Candle> answer;
  CHECK(answer_fault(answer, config).empty());
  for (int i = 0; i < 6; ++i) answer.push_back(flat(kStart + i * kMinute, 100 + i));
  CHECK(answer_fault(answer, config).empty());

  SECTION("a candle's own fault") {
    answer[2].high = 1;
    CHECK(answer_fault(answer, config) == "candle 3 (2023-01-01 00:02): high 1 is below low 102");
  }
  SECTION("a price far below the median of all prices") {
    answer[5].low = 0.1019;  // the upper median of the 24 prices is 102
    CHECK(answer_fault(answer, config) ==
          "candle 6 (2023-01-01 00:05): low 0.1019 is far below the other prices (around 102), as in an "
          "unfinished candle");
    answer[5].low = 0.102;
    CHECK(answer_fault(answer, config).empty());
  }
  SECTION("far above is accepted") {
    answer[3].high = 1e9;
    CHECK(answer_fault(answer, config).empty());
  }
  SECTION("few candles are compared with their mean") {
    answer.resize(2);
    answer[0].low = 0.05;
    CHECK_FALSE(answer_fault(answer, config).empty());
  }
  SECTION("no price above zero") {
    for (Candle& c : answer) c = flat(c.timestamp, 0);
    CHECK(answer_fault(answer, config) == "no candle of the answer has a price above zero");
  }
}
