#include "host/store/candle_store.h"

#include <catch2/catch.hpp>
#include <map>
#include <random>

#include "engine/error.h"
#include "host/exchange/synthetic_walk.h"
#include "tests/support/temp_folder.h"

using namespace btk;
using namespace btk::host;
using btk::test::TempFolder;
using Mode = Database::Mode;

namespace {

constexpr Timestamp kStart = 1672531200000;  // 2023-01-01 00:00
constexpr Timestamp kEver = 4102444800000;
const SeriesKey kKey{"binance", "BTCUSDT", Interval::m1};

Candle candle(Timestamp t, double price) { return {t, price, price + 1, price - 1, price, price * 2}; }

bool same(const Candle& a, const Candle& b) {
  return a.timestamp == b.timestamp && a.open == b.open && a.high == b.high && a.low == b.low &&
         a.close == b.close && a.volume == b.volume;
}

}  // namespace

TEST_CASE("what is written to the store comes back bit by bit, after reopening too") {
  const TempFolder folder;
  const auto file = folder / "data/btk.sqlite";
  const CandleSeries series =
      synthetic_candles({}, "BTCUSDT", kStart + 5 * kMinute, kStart + 10 * kDay + 7 * kMinute);
  CandleStore(file, Mode::create).write(kKey, series);
  CandleStore store(file, Mode::existing);
  const lua::LoadedCandles all = store.read(kKey, 0, kEver);
  REQUIRE(all.series.size() == series.size());
  CHECK(all.gaps.empty());
  for (std::size_t i = 0; i < series.size(); ++i) REQUIRE(same(all.series.at(i), series.at(i)));

  const lua::LoadedCandles part = store.read(kKey, kStart + kDay + kMinute, kStart + 3 * kDay + 2 * kMinute);
  CHECK(part.series.first() == kStart + kDay + kMinute);
  CHECK(part.series.end() == kStart + 3 * kDay + 2 * kMinute);
  CHECK(store.read(kKey, kStart - kDay, kStart).series.empty());
  CHECK(store.read({"binance", "ETHUSDT"}, 0, kEver).series.empty());
}

TEST_CASE("property: the store keeps what a map by time keeps") {
  std::mt19937 random(9);
  const TempFolder folder;
  CandleStore store(folder / "s.sqlite", Mode::create);
  for (const Interval interval : {Interval::m1, Interval::m15, Interval::h8, Interval::d1}) {
    const SeriesKey key{"x", "Y", interval};
    const Timestamp step = length(interval);
    std::map<Timestamp, Candle> expected;
    for (int round = 0; round < 30; ++round) {
      std::vector<Candle> batch;
      Timestamp t = kStart + static_cast<Timestamp>(random() % 4000) * step;
      for (auto n = random() % 300; n > 0; --n, t += step * static_cast<Timestamp>(1 + random() % 3)) {
        batch.push_back(candle(t, 2 + random() % 1000));
        expected[t] = batch.back();
      }
      store.write(key, batch);
    }
    const lua::LoadedCandles loaded = store.read(key, 0, kEver);
    std::size_t filled = 0;
    for (const Gap& gap : loaded.gaps) filled += gap.candles;
    REQUIRE(loaded.series.size() == expected.size() + filled);
    for (const auto& [t, wanted] : expected) {
      REQUIRE(same(loaded.series.at(static_cast<std::size_t>(loaded.series.index_of(t))), wanted));
    }
    const auto list = store.list();
    const auto mine =
        std::find_if(list.begin(), list.end(), [&](const auto& s) { return s.key.interval == interval; });
    REQUIRE(mine != list.end());
    CHECK(mine->first == expected.begin()->first);
    CHECK(mine->last == expected.rbegin()->first);
    CHECK(mine->candles == expected.size());
    CHECK(mine->missing == filled);
  }
}

TEST_CASE("filled candles are not stored as if they had been traded") {
  const TempFolder folder;
  CandleStore store(folder / "s.sqlite", Mode::create);
  SeriesBuilder builder(Interval::m1, GapPolicy::fill);
  builder.add(candle(kStart, 10));
  builder.add(candle(kStart + 5 * kMinute, 20));
  const std::vector<Gap> gaps = builder.gaps();
  store.write(kKey, builder.take(), gaps);
  REQUIRE(store.list().size() == 1);
  CHECK(store.list()[0].candles == 2);
  CHECK(store.list()[0].missing == 4);
  const lua::LoadedCandles loaded = store.read(kKey, 0, kEver);
  REQUIRE(loaded.gaps.size() == 1);
  CHECK(loaded.gaps[0].candles == 4);
  // A later batch closes the hole.
  store.write(kKey,
              std::vector<Candle>{candle(kStart + kMinute, 1.5), candle(kStart + 2 * kMinute, 1.5),
                                  candle(kStart + 3 * kMinute, 1.5), candle(kStart + 4 * kMinute, 1.5)});
  CHECK(store.read(kKey, 0, kEver).gaps.empty());
}

TEST_CASE("a batch with a bad candle changes nothing") {
  const TempFolder folder;
  CandleStore store(folder / "s.sqlite", Mode::create);
  store.write(kKey, std::vector<Candle>{candle(kStart, 10)});
  const std::vector<Candle> bad{candle(kStart + kMinute, 10), {kStart + 2 * kMinute, 1, 1, 2, 1, 1}};
  CHECK_THROWS_WITH(store.write(kKey, bad), "candle of 2023-01-01 00:02: high 1 is below low 2");
  CHECK_THROWS_AS(store.write(kKey, std::vector<Candle>{candle(kStart + 1, 10)}), Error);
  CHECK(store.list()[0].candles == 1);
  store.write(kKey, std::vector<Candle>{candle(kStart + kMinute, 10)});
  CHECK(store.list()[0].candles == 2);
}

TEST_CASE("stores that cannot be used say why") {
  const TempFolder folder;
  const std::string missing = (folder / "none.sqlite").string();
  CHECK_THROWS_WITH(CandleStore(missing, Mode::existing), "there is no candle store " + missing);

  const auto text = folder.write("text.sqlite", std::string(5000, 'x'));
  CHECK_THROWS_WITH(CandleStore(text, Mode::existing), Catch::Contains("is damaged or no SQLite file"));
  CHECK_THROWS_WITH(CandleStore(text, Mode::create), Catch::Contains("is damaged or no SQLite file"));

  const auto other = folder / "other.sqlite";
  Database(other, Mode::create, "file").run("create table t (x)");
  CHECK_THROWS_WITH(CandleStore(other, Mode::existing), Catch::Contains("has no candle tables"));

  const auto newer = folder / "newer.sqlite";
  CandleStore(newer, Mode::create);
  Database(newer, Mode::existing, "file").run("update candle_schema set version = 99");
  CHECK_THROWS_WITH(CandleStore(newer, Mode::existing),
                    Catch::Contains("was written by a newer btkhost (version 99"));

  const auto locked = folder / "locked.sqlite";
  CandleStore store(locked, Mode::create, 10);
  Database holder(locked, Mode::existing, "file");
  Transaction transaction(holder);
  CHECK_THROWS_WITH(store.write(kKey, std::vector<Candle>{candle(kStart, 10)}),
                    Catch::Contains("is locked by another process"));
  CHECK(store.read(kKey, 0, kEver).series.empty());  // readers do not wait
}

TEST_CASE("a damaged store is an error, not a crash") {
  const TempFolder folder;
  const auto file = folder / "s.sqlite";
  CandleStore(file, Mode::create).write(kKey, synthetic_candles({}, "X", kStart, kStart + 5 * kDay));
  std::string bytes;
  {
    std::ifstream in(file, std::ios::binary);
    bytes.assign(std::istreambuf_iterator<char>(in), {});
  }
  std::mt19937 random(2);
  int refused = 0;
  for (int i = 0; i < 150; ++i) {
    std::string broken = bytes;
    if (i % 3 == 0) {
      broken.resize(random() % broken.size());
    } else {
      for (int n = 0; n < 300; ++n)
        broken[i % 3 == 1 ? random() % broken.size() : random() % 4096] = static_cast<char>(random());
    }
    const auto copy = folder.write("copy.sqlite", broken);
    try {
      CandleStore store(copy, Mode::existing, 10);
      store.list();
      store.read(kKey, 0, kEver);
    } catch (const Error& e) {
      ++refused;
      REQUIRE(std::string(e.what()).find("sqlite") != std::string::npos);
    }
  }
  CHECK(refused > 50);
}

TEST_CASE("what an exchange has answered completely is not asked for again", "[cache]") {
  const TempFolder folder;
  CandleStore store(folder / "s.sqlite", Mode::create);
  const auto at = [](int minutes) { return kStart + minutes * kMinute; };
  CHECK(store.uncovered(kKey, at(0), at(10)) == std::vector<TimeRange>{{at(0), at(10)}});
  CHECK(store.uncovered(kKey, at(5), at(5)).empty());

  // Minute 12 has no candle and never will.
  store.write_complete(kKey, std::vector<Candle>{candle(at(10), 5), candle(at(11), 5), candle(at(13), 5)},
                       {at(10), at(14)});
  CHECK(store.uncovered(kKey, at(10), at(14)).empty());
  CHECK(store.uncovered(kKey, at(0), at(20)) == std::vector<TimeRange>{{at(0), at(10)}, {at(14), at(20)}});
  store.write_complete(kKey, {}, {at(16), at(18)});
  store.write_complete(kKey, {}, {at(14), at(15)});
  CHECK(store.uncovered(kKey, at(9), at(20)) ==
        std::vector<TimeRange>{{at(9), at(10)}, {at(15), at(16)}, {at(18), at(20)}});
  store.write_complete(kKey, {}, {at(12), at(17)});
  CHECK(store.uncovered(kKey, at(10), at(18)).empty());
  CHECK(store.uncovered({"binance", "ETHUSDT"}, at(10), at(11)).size() == 1);
  // Candles that were merely put in do not count as complete.
  store.write(kKey, std::vector<Candle>{candle(at(30), 5)});
  CHECK(store.uncovered(kKey, at(30), at(31)).size() == 1);
  // Nothing is half written.
  CHECK_THROWS_AS(store.write_complete(kKey, std::vector<Candle>{candle(at(40), 5), candle(at(41), -5)}, {at(40), at(42)}),
                  Error);
  CHECK(store.uncovered(kKey, at(40), at(42)).size() == 1);
}

TEST_CASE("property: covered ranges are what a set of minutes keeps", "[cache]") {
  std::mt19937 random(4);
  const TempFolder folder;
  CandleStore store(folder / "s.sqlite", Mode::create);
  std::vector<bool> covered(60);
  for (int round = 0; round < 60; ++round) {
    const auto from = static_cast<int>(random() % 60);
    const int to = std::min(60, from + static_cast<int>(random() % 6));
    store.write_complete(kKey, {}, {kStart + from * kMinute, kStart + to * kMinute});
    for (int i = from; i < to; ++i) covered[static_cast<std::size_t>(i)] = true;
    std::vector<bool> known(60, true);
    Timestamp last = 0;
    for (const TimeRange& open : store.uncovered(kKey, kStart, kStart + kHour)) {
      REQUIRE(open.from > last);
      REQUIRE(open.to > open.from);
      last = open.to;
      for (Timestamp t = open.from; t < open.to; t += kMinute) known[static_cast<std::size_t>((t - kStart) / kMinute)] = false;
    }
    REQUIRE(known == covered);
  }
}

TEST_CASE("a check tells holes from minutes that the exchange does not have", "[cache]") {
  const TempFolder folder;
  CandleStore store(folder / "s.sqlite", Mode::create);
  const auto at = [](Timestamp minutes) { return kStart + minutes * kMinute; };
  store.write_complete(kKey, std::vector<Candle>{candle(at(0), 5), candle(at(4), 5)}, {at(0), at(5)});
  CHECK(store.check(kKey).holes.empty());
  REQUIRE(store.check(kKey).quiet.size() == 1);
  CHECK(store.check(kKey).quiet[0].candles == 3);
  store.write(kKey, std::vector<Candle>{candle(at(2000), 5)});
  const SeriesCheck check = store.check(kKey);
  REQUIRE(check.holes.size() == 1);
  CHECK(check.holes[0].from == at(5));
  CHECK(check.holes[0].candles == 1995);
  CHECK(check.faults.empty());
}

TEST_CASE("pruning removes whole days and what was known about them", "[cache]") {
  const TempFolder folder;
  CandleStore store(folder / "s.sqlite", Mode::create);
  const CandleSeries series = synthetic_candles({}, "BTCUSDT", kStart, kStart + 3 * kDay);
  store.write(kKey, series);
  store.write_complete(kKey, {}, {kStart, kStart + 3 * kDay});
  CHECK(store.prune(kKey, kStart + 2 * kDay + kHour) == 2880);
  CHECK(store.list().at(0).first == kStart + 2 * kDay);
  CHECK(store.uncovered(kKey, kStart, kStart + 4 * kDay) ==
        std::vector<TimeRange>{{kStart, kStart + 2 * kDay}, {kStart + 3 * kDay, kStart + 4 * kDay}});
  CHECK(store.prune(kKey, kStart) == 0);
  CHECK(store.prune({"x", "Y"}, kStart) == 0);
}
