#include "host/exchange/csv_source.h"

#include <fmt/format.h>

#include <catch2/catch.hpp>
#include <cstdlib>
#include <random>
#include <thread>

#include "engine/error.h"
#include "host/exchange/csv_reader.h"
#include "host/exchange/decimal.h"
#include "tests/support/gzip.h"
#include "tests/support/shared.h"
#include "tests/support/temp_folder.h"

using namespace btk;
using namespace btk::host;
using btk::test::gzip;
using btk::test::TempFolder;

namespace {

constexpr Timestamp kStart = 1672531200000;  // 2023-01-01 00:00
constexpr Timestamp kEver = 4102444800000;
const std::string kHeader = "timestamp,open,high,low,close,volume\n";

std::string row(int minute, double price = 10) {
  return fmt::format("{},{},{},{},{},{}\n", kStart + minute * kMinute, price, price + 1, price - 1, price, 2);
}

std::string rows(int from, int to, double price = 10) {
  std::string text;
  for (int minute = from; minute < to; ++minute) text += row(minute, price);
  return text;
}

lua::ExchangeSchema schema(const TempFolder& folder, const std::string& path = "{symbol}*") {
  lua::ExchangeSchema result;
  result.exchange_name = "history";
  result.driver = "csv";
  result.path = path;
  result.base_dir = folder.path().string();
  return result;
}

std::shared_ptr<const lua::LoadedCandles> load(const TempFolder& folder,
                                               const std::string& path = "{symbol}*") {
  return CsvSource(schema(folder, path)).load("BTC", 0, kEver);
}

// The error of loading one file with this text, without the folder's name; empty when it loads.
std::string complaint(const std::string& text, const std::string& name = "BTC.csv") {
  const TempFolder folder;
  folder.write(name, text);
  try {
    load(folder);
  } catch (const Error& e) {
    std::string what = e.what();
    const std::string prefix = folder.path().string() + "/";
    for (std::size_t at; (at = what.find(prefix)) != std::string::npos;) what.erase(at, prefix.size());
    return what;
  }
  return {};
}

double decimal(std::string text) {
  text += '\n';
  double value = -1;
  const char* const stop = read_decimal(text.data(), text.data() + text.size(), value);
  REQUIRE(stop == text.data() + text.size() - 1);
  return value;
}

}  // namespace

TEST_CASE("decimals are read as the nearest double, whatever their length") {
  std::mt19937_64 random(3);
  for (int i = 0; i < 200'000; ++i) {
    std::string text = std::to_string(random() % 1'000'000'000'000 >> random() % 40);
    if (random() % 4) text += "." + std::to_string(random() >> random() % 60);
    if (random() % 16 == 0) text += "e-" + std::to_string(random() % 20);
    REQUIRE(decimal(text) == std::strtod(text.c_str(), nullptr));
  }
  CHECK(decimal("9007199254740993") == 9007199254740992.0);
  CHECK(decimal("0.1") == 0.1);
  CHECK(decimal("5.") == 5);
  CHECK(decimal(".5") == 0.5);
  CHECK(decimal("-1.5") == -1.5);
  CHECK(decimal("1E3") == 1000);
}

TEST_CASE("rows with a header are found by the names of their columns") {
  const TempFolder folder;
  folder.write("BTC.csv",
               "Date,Symbol,Volume,Close,Low,High,Open,Open Time\r\n"
               "x,BTC,7,4,1,5,2,1672531200000\r\ny,BTC,8,4.5,1.5,5.5,2.5,1672531260000\r\n");
  const auto loaded = load(folder);
  REQUIRE(loaded->series.size() == 2);
  CHECK(loaded->series.first() == kStart);
  CHECK(loaded->series.open()[0] == 2);
  CHECK(loaded->series.high()[1] == 5.5);
  CHECK(loaded->series.low()[1] == 1.5);
  CHECK(loaded->series.close()[0] == 4);
  CHECK(loaded->series.volume()[1] == 8);
}

TEST_CASE("rows without a header are Binance's twelve columns or the first six of them") {
  const TempFolder folder;
  folder.write("BTC.csv",
               "1672531200000,2,5,1,4,7,1672531259999,30.5,12,3,15.25,0\n"
               "1672531260000,2,5,1,4,7,1672531319999,30.5,12,3,15.25,0\n");
  folder.write("ETH.csv", "1672531200000,2,5,1,4,7");
  CHECK(load(folder)->series.size() == 2);
  const auto eth = CsvSource(schema(folder)).load("ETH", 0, kEver);
  REQUIRE(eth->series.size() == 1);
  CHECK(eth->series.volume()[0] == 7);
}

TEST_CASE("timestamps may be seconds, milliseconds, microseconds or dates") {
  for (const std::string time :
       {"1672531200", "1672531200000", "1672531200000000", "1672531200000000000", "1672531200000.0",
        "2023-01-01", "2023-01-01 00:00", "2023-01-01T00:00:00Z"}) {
    CAPTURE(time);
    CHECK(read_time_cell(time) == kStart);
    const TempFolder folder;
    folder.write("BTC.csv", kHeader + time + ",2,5,1,4,7\n");
    CHECK(load(folder)->series.first() == kStart);
  }
  for (const std::string time :
       {"", "0", "5", "-1672531200000", "1672531200000001", "noon", "nan", "1e300"}) {
    CAPTURE(time);
    CHECK_FALSE(read_time_cell(time));
  }
}

TEST_CASE("a byte order mark, blank lines and a missing last line feed do not matter") {
  const TempFolder folder;
  folder.write("BTC.csv",
               "\xEF\xBB\xBF" + kHeader + row(0) + "\n" + row(1) + "\r\n" + "1672531320000,2,5,1,4,7");
  CHECK(load(folder)->series.size() == 3);
}

TEST_CASE("gzip is read like plain text, also in several members") {
  const TempFolder folder;
  folder.write("BTC.csv.gz", gzip(kHeader + rows(0, 5000)) + gzip(rows(5000, 9000)));
  const auto loaded = load(folder);
  CHECK(loaded->series.size() == 9000);
  CHECK(loaded->gaps.empty());
}

TEST_CASE("several files are one series, whatever their names' order") {
  const TempFolder folder;
  folder.write("BTC-a.csv", kHeader + rows(100, 200, 20));
  folder.write("BTC-b.csv.gz", gzip(rows(0, 100, 10)));
  const auto loaded = load(folder, "{symbol}-[a-z]*");
  REQUIRE(loaded->series.size() == 200);
  CHECK(loaded->series.close()[99] == 10);
  CHECK(loaded->series.close()[100] == 20);
  CHECK(loaded->duplicates == 0);
}

TEST_CASE("overlapping files: the one that begins last wins, minute by minute, and is counted") {
  const TempFolder folder;
  folder.write("BTC-1.csv", rows(0, 100, 10));                     // to the end
  folder.write("BTC-2.csv", rows(50, 60, 20) + rows(62, 70, 20));  // inside the first
  folder.write("BTC-3.csv", rows(55, 57, 30) + rows(98, 105, 30));
  const auto loaded = load(folder);
  REQUIRE(loaded->series.size() == 105);
  CHECK(loaded->gaps.empty());
  CHECK(loaded->duplicates == 18 + 2 + 2);
  for (int i = 0; i < 105; ++i) {
    CAPTURE(i);
    const double expected = (i >= 55 && i < 57) || i >= 98               ? 30
                            : (i >= 50 && i < 60) || (i >= 62 && i < 70) ? 20
                                                                         : 10;
    CHECK(loaded->series.close()[static_cast<std::size_t>(i)] == expected);
  }
}

TEST_CASE("files that are taken for several symbols by mistake are warned of, once") {
  const TempFolder folder;
  folder.write("a.csv", rows(0, 1500, 10));
  folder.write("b.csv", rows(0, 1500, 20));
  std::vector<std::string> said;
  const auto log = [&](std::string_view level, std::string_view text) { said.push_back(fmt::format("{}: {}", level, text)); };

  CsvSource one(schema(folder, "a.csv"), log);
  one.load("ETH", 0, kEver);
  CHECK(said.empty());
  for (const char* symbol : {"BTC", "ETH", "XRP", "BTC"}) one.load(symbol, 0, kEver);
  CHECK(said == std::vector<std::string>{
                    "warn: exchange \"history\": its path has no {symbol}, so BTC and ETH are run on the same candles"});

  said.clear();
  CsvSource glob(schema(folder, "*.csv"), log);
  for (int i = 0; i < 2; ++i) glob.load("BTC", 0, kEver);
  CHECK(said == std::vector<std::string>{"warn: exchange \"history\": BTC has 1500 rows more than once and the last of each counts, as the "
                                         "files of \"*.csv\" overlap; are they of several symbols?"});

  said.clear();
  folder.write("BTC-1.csv", rows(0, 1500));
  folder.write("BTC-2.csv", rows(1000, 2000));
  folder.write("ETH-1.csv", rows(0, 1500));
  CsvSource named(schema(folder, "{symbol}-*.csv"), log);
  named.load("BTC", 0, kEver);
  named.load("ETH", 0, kEver);
  CHECK(said.empty());
}

TEST_CASE("files that begin after the asked range are not loaded until they are asked for") {
  const TempFolder folder;
  folder.write("BTC-1.csv", rows(0, 100));
  folder.write("BTC-2.csv", rows(100, 200));
  CsvSource source(schema(folder));
  CHECK(source.load("BTC", kStart, kStart + 100 * kMinute)->series.size() == 100);
  const auto all = source.load("BTC", kStart, kStart + 101 * kMinute);
  CHECK(all->series.size() == 200);
  CHECK(source.load("BTC", kStart, kStart + 10 * kMinute) == all);
}

TEST_CASE("gaps are filled and recorded, or refused when they touch the asked range") {
  const TempFolder folder;
  folder.write("BTC.csv", rows(0, 10) + rows(20, 30));
  lua::ExchangeSchema strict = schema(folder);
  CHECK(load(folder)->gaps.size() == 1);
  strict.gaps = GapPolicy::error;
  CsvSource source(strict);
  CHECK(source.load("BTC", kStart, kStart + 10 * kMinute)->series.size() == 30);
  // What is read across the hole must be asked for: what comes behind it is given alone, once for all.
  const auto behind = source.load("BTC", kStart + 20 * kMinute, kEver);
  CHECK(behind->series.first() == kStart + 20 * kMinute);
  CHECK(behind->series.size() == 10);
  CHECK(source.load("BTC", kStart + 25 * kMinute, kEver) == behind);
  CHECK_THROWS_WITH(
      source.load("BTC", kStart, kStart + 11 * kMinute),
      "exchange \"history\", BTC: 10 candles missing from 2023-01-01 00:10 to 2023-01-01 00:19; use "
      "gaps = \"fill\" or complete the data");
}

TEST_CASE("a range that ends in a hole is filled alike, however the files are cut") {
  const TempFolder folder;
  folder.write("BTC-1.csv", rows(0, 100));
  folder.write("BTC-2.csv", rows(130, 200));
  folder.write("BTC-3.csv", rows(200, 300));
  CsvSource source(schema(folder));
  CHECK(source.load("BTC", kStart, kStart + 100 * kMinute)->series.size() == 100);
  CHECK(source.load("BTC", kStart, kStart + 110 * kMinute)->series.size() == 200);
  CsvSource fresh(schema(folder));
  const auto loaded = fresh.load("BTC", kStart, kStart + 130 * kMinute);
  CHECK(loaded->series.size() == 200);
  REQUIRE(loaded->gaps.size() == 1);
  CHECK(loaded->gaps[0].candles == 30);

  lua::ExchangeSchema strict = schema(folder);
  strict.gaps = GapPolicy::error;
  CHECK_THROWS_WITH(CsvSource(strict).load("BTC", kStart, kStart + 110 * kMinute), Catch::Contains("30 candles missing"));
}

TEST_CASE("candles of longer intervals are refused, holes or not") {
  const auto every = [](int step, int count, int hole) {
    std::string text;
    for (int i = 0; i < count; ++i) {
      if (i != hole) text += row(i * step);
    }
    return text;
  };
  const std::string five = "BTC.csv: the candles are 5 minutes apart; one-minute candles are needed";
  CHECK(complaint(every(5, 50, -1)) == five);
  CHECK(complaint(every(5, 50, 20)) == five);
  CHECK(complaint(every(5, 50, 20) + row(247) + row(248)) == five);
  CHECK(complaint(every(60, 50, 20)) == "BTC.csv: the candles are 60 minutes apart; one-minute candles are needed");
  CHECK(complaint(rows(0, 4) + every(5, 20, 0)) == "");  // a market of few trades
}

TEST_CASE("a symbol is loaded once and shared between threads") {
  const TempFolder folder;
  folder.write("BTC.csv", rows(0, 2000));
  CsvSource source(schema(folder));
  std::vector<std::shared_ptr<const lua::LoadedCandles>> seen(8);
  {
    std::vector<std::jthread> threads;
    for (auto& slot : seen) threads.emplace_back([&] { slot = source.load("BTC", 0, kEver); });
  }
  for (const auto& loaded : seen) CHECK(loaded == seen[0]);
}

TEST_CASE("what is wrong with a file is told in one sentence with its line") {
  CHECK(complaint("") == "BTC.csv is empty");
  CHECK(complaint(kHeader) == "BTC.csv has no candles, only a header");
  CHECK(complaint(gzip(""), "BTC.csv.gz") == "BTC.csv.gz is empty");
  CHECK(complaint(kHeader + row(0) + "1672531260000,2,x5,1,4,7\n") ==
        "BTC.csv:3: high \"x5\" is not a number");
  CHECK(complaint(kHeader + row(0) + "1672531260000,2,5,1,,7\n") == "BTC.csv:3: close \"\" is not a number");
  CHECK(complaint(kHeader + row(0) + "1672531260000,2,5,1,4\n") == "BTC.csv:3: 5 columns instead of 6");
  CHECK(complaint(kHeader + row(0) + "1672531260000,2,5,1,4,7,8\n") == "BTC.csv:3: 7 columns instead of 6");
  CHECK(complaint(kHeader + "soon,2,5,1,4,7\n") ==
        "BTC.csv:2: timestamp \"soon\" is no time (milliseconds since 1970, or a date)");
  CHECK(complaint(kHeader + row(0) + "1672531260000,2,1,5,4,7\n") == "BTC.csv:3: high 1 is below low 5");
  CHECK(complaint(kHeader + row(0) + "1672531260000,nan,5,1,4,7\n") ==
        "BTC.csv:3: open is not a finite number");
  CHECK(complaint(kHeader + row(1) + row(0)) ==
        "BTC.csv:3: the candle of 2023-01-01 00:00 comes after the one of 2023-01-01 00:01; sort the rows by "
        "time");
  CHECK(complaint("timestamp,open,high,low,volume\n") ==
        "BTC.csv:1: the header has no column \"close\"; name the columns timestamp, open, high, low, close, "
        "volume");
  CHECK_THAT(complaint("1,2,3\n"), Catch::StartsWith("BTC.csv:1: 3 columns and no header"));
  CHECK(complaint(row(0) + row(5) + row(10) + row(15)) ==
        "BTC.csv: the candles are 5 minutes apart; one-minute candles are needed");
  CHECK_THAT(complaint(std::string(300'000, 'x')), Catch::Contains("has a line of more than"));

  const std::string bytes = gzip(kHeader + rows(0, 5000));
  CHECK(complaint(bytes.substr(0, bytes.size() / 2), "BTC.csv.gz") ==
        "BTC.csv.gz ends in the middle of its gzip data; it was cut off, fetch it again");
  CHECK(complaint(bytes.substr(0, bytes.size() - 1), "BTC.csv.gz") ==
        "BTC.csv.gz ends in the middle of its gzip data; it was cut off, fetch it again");
  std::string damaged = bytes;
  damaged[damaged.size() - 6] ^= 1;  // the checksum
  CHECK(complaint(damaged, "BTC.csv.gz") == "BTC.csv.gz has damaged gzip data; fetch it again");
}

TEST_CASE("files that are not there") {
  const TempFolder folder;
  CHECK_THROWS_WITH(load(folder, "data/{symbol}-*.csv"),
                    "no file matches " + folder.path().string() +
                        "/data/BTC-*.csv; check the exchange's path and the symbol");
  CHECK_THROWS_WITH(CsvSource(schema(folder)).load("../BTC", 0, kEver),
                    "symbol \"../BTC\" cannot be a part of a file name");
  CHECK_THROWS_AS(CsvSource(schema(folder, "")), Error);
  std::filesystem::create_directories(folder / "BTC.csv");
  CHECK_THROWS_WITH(load(folder), (folder / "BTC.csv").string() + " is a folder, not a file");
}

TEST_CASE("an unsorted overlap is an error too") {
  const TempFolder folder;
  folder.write("BTC-1.csv", rows(0, 20) + row(60) + row(55));
  folder.write("BTC-2.csv", rows(50, 70));
  CHECK_THROWS_WITH(load(folder),
                    Catch::Contains("BTC-1.csv:22: the candle of 2023-01-01 00:55 comes after"));
}

TEST_CASE("fuzz: no file crashes the reader; it loads or says one sentence") {
  std::mt19937 random(1);
  const std::string text = kHeader + rows(0, 40) + rows(45, 60);
  const std::string_view pieces[] = {
      ",",  "\n", "\r\n",  "-",   ".",          "e",         "nan",   "inf", "99999999999999999999",
      "\"", "0",  "1e308", "\0x", "1672531200", "timestamp", "1e-400"};
  const TempFolder folder;
  int loaded = 0;
  for (int i = 0; i < 1200; ++i) {
    const bool zipped = i % 4 == 0;
    std::string bytes = zipped && i % 8 == 0 ? gzip(text) : text;
    for (auto n = 1 + random() % 4; n > 0; --n) {
      const std::size_t at = random() % (bytes.size() + 1);
      switch (random() % 5) {
        case 0:
          bytes.insert(at, pieces[random() % std::size(pieces)]);
          break;
        case 1:
          bytes.erase(at, random() % 20);
          break;
        case 2:
          bytes.resize(at);
          break;
        case 3:
          if (at < bytes.size()) bytes[at] = static_cast<char>(random());
          break;
        case 4:
          bytes.insert(at, bytes.substr(random() % (bytes.size() + 1), random() % 80));
          break;
      }
      if (bytes.empty()) bytes = "x";
    }
    if (zipped && i % 8 != 0) bytes = gzip(bytes);
    folder.write("BTC", bytes);
    try {
      loaded += !load(folder, "BTC")->series.empty();
    } catch (const Error& e) {
      const std::string what = e.what();
      REQUIRE_FALSE(what.empty());
      REQUIRE(what.find('\n') == std::string::npos);
      REQUIRE(what.size() < 400);
    }
  }
  CHECK(loaded > 10);
}

TEST_CASE("the real files load as their description says", "[shared]") {
  lua::ExchangeSchema real;
  real.exchange_name = "history";
  real.path = (test::shared() / "data/{symbol}-1m-*.csv.gz").string();
  CsvSource source(real);
  const auto btc = source.load("BTCUSDT", 0, kEver);
  CHECK(btc->series.size() == 1'051'200);
  REQUIRE(btc->gaps.size() == 1);
  CHECK(describe(btc->gaps[0], Interval::m1) ==
        "80 candles missing from 2023-03-24 12:40 to 2023-03-24 13:59");
  CHECK(btc->duplicates == 0);
  CHECK(btc->series.first() == 1640995200000);
  const auto sol = source.load("SOLUSDT", 0, kEver);
  CHECK(sol->gaps.size() == 2);
  const auto perp = source.load("LTCUSDT_PERP", 0, kEver);
  CHECK(perp->series.size() == 64067);
}
