#include "host/store/candle_columns.h"

#include <catch2/catch.hpp>
#include <cstring>
#include <fstream>
#include <map>
#include <random>

#include "engine/error.h"
#include "host/exchange/synthetic_walk.h"
#include "host/store/candle_store.h"
#include "tests/support/temp_folder.h"

using namespace btk;
using namespace btk::host;
using btk::test::TempFolder;
using Mode = Database::Mode;
namespace fs = std::filesystem;

namespace {

constexpr Timestamp kStart = 1672531200000;  // 2023-01-01 00:00
constexpr Timestamp kEver = 4102444800000;
constexpr int kDays = 60;  // 86,400 minutes: worth a file
const SeriesKey kKey{"binance", "BTCUSDT", Interval::m1};

std::vector<Candle> days(int from, int to) {
  const CandleSeries walk = synthetic_candles({}, "BTCUSDT", kStart + from * kDay, kStart + to * kDay);
  std::vector<Candle> candles;
  for (std::size_t i = 0; i < walk.size(); ++i) candles.push_back(walk.at(i));
  return candles;
}

std::vector<fs::path> column_files(const fs::path& store) {
  std::vector<fs::path> files;
  std::error_code error;
  for (const auto& entry : fs::directory_iterator(store.string() + "-columns", error)) files.push_back(entry.path());
  return files;
}

bool same(const lua::LoadedCandles& a, const lua::LoadedCandles& b) {
  if (a.series.size() != b.series.size() || a.gaps.size() != b.gaps.size()) return false;
  for (std::size_t i = 0; i < a.gaps.size(); ++i) {
    if (a.gaps[i].from != b.gaps[i].from || a.gaps[i].candles != b.gaps[i].candles) return false;
  }
  if (a.series.empty()) return true;
  const auto equal = [](std::span<const double> x, std::span<const double> y) {
    return std::memcmp(x.data(), y.data(), x.size_bytes()) == 0;
  };
  return a.series.first() == b.series.first() && equal(a.series.open(), b.series.open()) &&
         equal(a.series.high(), b.series.high()) && equal(a.series.low(), b.series.low()) &&
         equal(a.series.close(), b.series.close()) && equal(a.series.volume(), b.series.volume());
}

/// What a store without any file reads: a copy of it, which is asked for less than half of the candles at once.
class Days {
 public:
  explicit Days(const fs::path& store) : file_(store.string() + ".twin") {
    fs::remove(file_);
    Database(store, Mode::existing, "store").run(("vacuum into '" + file_.string() + "'").c_str());
    Database(file_, Mode::existing, "store").run("delete from candle_columns");
    store_.emplace(file_, Mode::existing);
  }
  lua::LoadedCandles read(Timestamp from, Timestamp to) { return store_->read(kKey, from, to); }

 private:
  fs::path file_;
  std::optional<CandleStore> store_;
};

/// A store whose series is in a column file.
fs::path kept_store(const TempFolder& folder) {
  const auto file = folder / "s.sqlite";
  CandleStore store(file, Mode::create);
  store.write(kKey, days(0, kDays));
  store.read(kKey, 0, kEver);
  REQUIRE(column_files(file).size() == 1);
  return file;
}

void overwrite(const fs::path& file, std::streamoff at, const std::string& bytes) {
  std::fstream out(file, std::ios::in | std::ios::out | std::ios::binary);
  out.seekp(at);
  out << bytes;
}

}  // namespace

TEST_CASE("property: candles of a column file are what the days of the store give, wherever a range begins and ends", "[columns]") {
  std::mt19937 random(5);
  const TempFolder folder;
  const auto file = folder / "s.sqlite";
  std::vector<Candle> candles;
  std::size_t skip = 0;
  for (const Candle& candle : days(0, kDays)) {  // with holes of up to two days
    if (skip == 0 && random() % 400 == 0) skip = random() % 20 == 0 ? random() % 2880 : random() % 9;
    if (skip > 0) {
      --skip;
    } else {
      candles.push_back(candle);
    }
  }
  CandleStore store(file, Mode::create);
  store.write(kKey, candles);
  const lua::LoadedCandles first = store.read(kKey, 0, kEver), second = store.read(kKey, 0, kEver);
  REQUIRE(column_files(file).size() == 1);
  CHECK(same(first, second));
  CHECK(first.gaps.size() > 50);

  Days rows(file);
  for (int i = 0; i < 300; ++i) {
    const Timestamp from = kStart + static_cast<Timestamp>(random() % (kDays * 1440)) * kMinute - kDay + random() % 3;
    const Timestamp to = from + static_cast<Timestamp>(random() % 40'000) * kMinute + random() % 3;
    REQUIRE(same(store.read(kKey, from, to), rows.read(from, to)));
  }
  CHECK(store.check(kKey).faults.empty());
}

TEST_CASE("days that come later are read behind the file, and a new one is made when they are many", "[columns]") {
  const TempFolder folder;
  const auto file = kept_store(folder);
  const auto made = column_files(file);
  CandleStore store(file, Mode::existing);
  store.write(kKey, days(kDays - 1, kDays + 5));  // the last day once more: it is not in the file
  const lua::LoadedCandles all = store.read(kKey, 0, kEver);
  CHECK(all.series.end() == kStart + (kDays + 5) * kDay);
  const std::vector<Candle> expected = days(0, kDays + 5);
  REQUIRE(all.series.size() == expected.size());
  for (std::size_t i = 0; i < expected.size(); ++i) REQUIRE(all.series.close()[i] == expected[i].close);
  CHECK(column_files(file) == made);

  store.write(kKey, days(kDays + 5, kDays + 50));
  const lua::LoadedCandles more = store.read(kKey, 0, kEver);
  CHECK(column_files(file).size() == 1);  // the one before went
  CHECK(column_files(file) != made);
  CHECK(same(more, store.read(kKey, 0, kEver)));
  CHECK(more.series.size() == static_cast<std::size_t>(kDays + 50) * 1440);
}

TEST_CASE("a day of the file that is changed, filled in or removed is read as it is now", "[columns]") {
  const TempFolder folder;
  const auto file = kept_store(folder);
  CandleStore store(file, Mode::existing), other(file, Mode::existing);
  const lua::LoadedCandles before = store.read(kKey, 0, kEver);
  const Candle changed{kStart + 3 * kDay + 5 * kMinute, 7, 9, 6, 8, 1};
  const auto at = static_cast<std::size_t>(before.series.index_of(changed.timestamp));
  const double old_close = before.series.close()[at];
  other.write(kKey, std::vector<Candle>{changed});
  CHECK(before.series.close()[at] == old_close);  // whoever has candles keeps them
  CHECK(store.read(kKey, kStart + 3 * kDay, kStart + 4 * kDay).series.close()[5] == 8);
  CHECK(store.read(kKey, 0, kEver).series.close()[at] == 8);  // makes a file anew
  CHECK(store.read(kKey, 0, kEver).series.close()[at] == 8);

  other.write(kKey, std::vector<Candle>{{kStart - kMinute, 7, 9, 6, 8, 1}});  // in front of it
  CHECK(store.read(kKey, 0, kEver).series.first() == kStart - kMinute);
  CHECK(store.read(kKey, 0, kEver).series.first() == kStart - kMinute);
  other.prune(kKey, kStart + 10 * kDay);
  CHECK(store.read(kKey, 0, kEver).series.first() == kStart + 10 * kDay);
  CHECK(store.read(kKey, 0, kEver).series.first() == kStart + 10 * kDay);
}

TEST_CASE("a batch that is rolled back leaves the file in use", "[columns]") {
  const TempFolder folder;
  const auto file = kept_store(folder);
  const auto made = column_files(file);
  CandleStore store(file, Mode::existing);
  const Candle good{kStart, 7, 9, 6, 8, 1}, bad{kStart + kDay, -7, 9, 6, 8, 1};
  CHECK_THROWS_AS(store.write(kKey, std::vector<Candle>{good, bad}), Error);
  store.read(kKey, 0, kEver);
  CHECK(column_files(file) == made);
}

TEST_CASE("a file that is missing or damaged is not used, and made anew", "[columns]") {
  const TempFolder folder;
  const auto file = kept_store(folder);
  CandleStore store(file, Mode::existing);
  const lua::LoadedCandles whole = Days(file).read(kStart, kStart + 20 * kDay);
  const auto damage = GENERATE(as<std::string>(), "missing", "shorter", "longer", "another token", "zeros", "not finite");
  const fs::path made = column_files(file).front();
  if (damage == "missing") fs::remove(made);
  if (damage == "shorter") fs::resize_file(made, fs::file_size(made) - 1);
  if (damage == "longer") fs::resize_file(made, fs::file_size(made) + 1);
  if (damage == "another token") overwrite(made, 8, "X");
  if (damage == "zeros") overwrite(made, 65536 + 4096, std::string(4096, '\0'));
  if (damage == "not finite") overwrite(made, 65536 + 4096, std::string(4096, '\xff'));
  INFO(damage);
  CHECK(same(store.read(kKey, kStart, kStart + 20 * kDay), whole));
  store.read(kKey, 0, kEver);
  REQUIRE(column_files(file).size() == 1);
  CHECK(column_files(file).front() != made);
  CHECK(same(store.read(kKey, kStart, kStart + 20 * kDay), whole));
}

TEST_CASE("a file that was changed unnoticed is found by a check", "[columns]") {
  const TempFolder folder;
  const auto file = kept_store(folder);
  CandleStore store(file, Mode::existing);
  CHECK(store.check(kKey).faults.empty());
  const fs::path made = column_files(file).front();
  const double price = 20'000;  // as good as any other
  overwrite(made, 65536 + 8000, std::string(reinterpret_cast<const char*>(&price), sizeof price));
  const SeriesCheck check = store.check(kKey);
  REQUIRE(check.faults.size() == 1);
  CHECK(check.faults[0] == made.string() + " is not what the days of the store are; remove it");
}

TEST_CASE("where no file can be written, candles are read as before", "[columns]") {
  const TempFolder folder;
  const auto file = folder / "s.sqlite";
  CandleStore store(file, Mode::create);
  store.write(kKey, days(0, kDays));
  folder.write("s.sqlite-columns", "no folder");
  CHECK(store.read(kKey, 0, kEver).series.size() == static_cast<std::size_t>(kDays) * 1440);

  fs::remove(folder / "s.sqlite-columns");
  Database holder(file, Mode::existing, "file");
  Transaction held(holder);  // another process is writing: nobody waits for it
  CHECK(store.read(kKey, 0, kEver).series.size() == static_cast<std::size_t>(kDays) * 1440);
  CHECK(column_files(file).empty());
}

TEST_CASE("what is read of a long series is kept, a short look is not, and takes no file away", "[columns]") {
  const TempFolder folder;
  const auto file = folder / "s.sqlite";
  CandleStore store(file, Mode::create);
  store.write(kKey, days(0, 30));
  store.read(kKey, 0, kEver);
  CHECK(column_files(file).empty());
  store.write(kKey, days(30, 120));
  store.read(kKey, kStart + kHour, kStart + 45 * kDay + kHour);
  const auto part = column_files(file);
  REQUIRE(part.size() == 1);  // the days from the second to the 45th
  Days rows(file);
  for (const int day : {0, 1, 2, 43, 44, 45, 46}) {
    const Timestamp from = kStart + day * kDay + kMinute, to = from + 3 * kDay;
    CHECK(same(store.read(kKey, from, to), rows.read(from, to)));
  }
  store.read(kKey, kStart + 60 * kDay, kStart + 100 * kDay);
  CHECK(column_files(file) == part);
  store.read(kKey, kStart, kStart + 100 * kDay);
  CHECK(column_files(file) != part);
  CHECK(column_files(file).size() == 1);
}

TEST_CASE("whoever changes a day of the file, by hand too, ends its use", "[columns]") {
  const TempFolder folder;
  const auto file = kept_store(folder);
  CandleStore store(file, Mode::existing);
  const auto at = GENERATE(as<std::string>(), "update candle_days set count = 1, first = 0, last = 0, close = zeroblob(11520)",
                           "delete from candle_days");
  std::string where = " where (key & 4294967295) = " + std::to_string(kStart / kDay + 3);
  Database(file, Mode::existing, "store").run((at + where).c_str());
  if (at.starts_with("delete")) {
    CHECK(store.read(kKey, 0, kEver).gaps.at(0).candles == 1440);
  } else {
    CHECK_THROWS_AS(store.read(kKey, 0, kEver), Error);  // a price of zero
  }
}

TEST_CASE("a store under two names has one folder of files", "[columns]") {
  const TempFolder folder;
  const auto file = kept_store(folder);
  const auto made = column_files(file);
  fs::create_symlink(file, folder / "link.sqlite");
  CHECK(CandleStore(folder / "link.sqlite", Mode::existing).read(kKey, 0, kEver).series.size() == static_cast<std::size_t>(kDays) * 1440);
  CHECK(column_files(file) == made);
  CHECK(column_files(folder / "link.sqlite").empty());
}

TEST_CASE("files that are no longer used go with the next one or when days are pruned", "[columns]") {
  const TempFolder folder;
  const auto file = kept_store(folder);
  CandleStore store(file, Mode::existing);
  const auto old = fs::file_time_type::clock::now() - std::chrono::hours(1);
  fs::last_write_time(column_files(file).front(), old);
  store.prune(kKey, kStart + kDay);
  CHECK(column_files(file).empty());
  store.read(kKey, 0, kEver);
  REQUIRE(column_files(file).size() == 1);
  fs::last_write_time(column_files(file).front(), old);
  store.write(kKey, days(2, 3));
  store.read(kKey, 0, kEver);
  CHECK(column_files(file).size() == 1);
}

TEST_CASE("candles that are taken from a file can be added to without changing it", "[columns]") {
  const TempFolder folder;
  const auto file = kept_store(folder);
  CandleStore store(file, Mode::existing);
  lua::LoadedCandles mine = store.read(kKey, 0, kEver);
  CandleSeries copy = mine.series;
  for (int i = 0; i < 5000; ++i) mine.series.push(1, 1, 1, 1, 1);
  copy.push(2, 2, 2, 2, 2);
  CHECK(mine.series.close().back() == 1);
  CHECK(copy.close().back() == 2);
  CHECK(copy.size() == static_cast<std::size_t>(kDays) * 1440 + 1);
  CHECK(store.check(kKey).faults.empty());
  CHECK(store.read(kKey, 0, kEver).series.size() == static_cast<std::size_t>(kDays) * 1440);
}
