#include <catch2/catch.hpp>

#include "engine/error.h"
#include "host/exchange/open.h"
#include "host/exchange/synthetic_walk.h"
#include "host/store/candle_store.h"
#include "tests/support/temp_folder.h"

using namespace btk;
using namespace btk::host;
using btk::test::TempFolder;

namespace {

constexpr Timestamp kStart = 1672531200000;  // 2023-01-01 00:00

lua::ExchangeSchema schema(const std::string& driver) {
  lua::ExchangeSchema result;
  result.exchange_name = "history";
  result.driver = driver;
  return result;
}

}  // namespace

TEST_CASE("an unknown driver is answered with the nearest known one") {
  CHECK_THROWS_WITH(open_exchange(schema("cvs")), Catch::Contains("unknown driver \"cvs\""));
  CHECK_THROWS_WITH(open_exchange(schema("sqlit")),
                    "exchange \"history\": unknown driver \"sqlit\"; did you mean \"sqlite\"?");
  CHECK_THROWS_WITH(
      open_exchange(schema("kraken-ws")),
      "exchange \"history\": unknown driver \"kraken-ws\"; there are csv, synthetic, sqlite and binance");
}

TEST_CASE("csv and synthetic exchanges open") {
  CHECK(open_exchange(schema("synthetic"))->load("BTCUSDT", kStart, kStart + kDay)->series.size() == 1440);
  const TempFolder folder;
  folder.write("data/BTC.csv", "1672531200000,2,5,1,4,7\n");
  lua::ExchangeSchema csv = schema("csv");
  csv.base_dir = folder.path().string();
  csv.path = "data/{symbol}.csv";
  CHECK(open_exchange(csv)->load("BTC", kStart, kStart + kDay)->series.size() == 1);
  CHECK_THROWS_AS(open_exchange(schema("csv")), Error);
}

TEST_CASE("a sqlite exchange reads the candle store under its own name") {
  const TempFolder folder;
  const auto file = folder / "btk.sqlite";
  const OpenOptions options{file};
  CHECK_THROWS_WITH(open_exchange(schema("sqlite"), options), "there is no candle store " + file.string());
  const CandleSeries series = synthetic_candles({}, "BTCUSDT", kStart, kStart + 2 * kDay);
  CandleStore store(file, Database::Mode::create);
  store.write({"history", "BTCUSDT"}, series, std::vector<Gap>{{kStart + kHour, 3}});

  const auto source = open_exchange(schema("sqlite"), options);
  const auto loaded = source->load("BTCUSDT", kStart, kStart + 2 * kDay);
  CHECK(loaded->series.size() == 2880);
  CHECK(loaded->gaps.size() == 1);
  CHECK(source->load("BTCUSDT", kStart + kDay, kStart + kDay + kHour) == loaded);

  lua::ExchangeSchema named = schema("sqlite");
  named.base_dir = folder.path().string();
  named.path = "btk.sqlite";
  named.gaps = GapPolicy::error;
  const auto strict = open_exchange(named);
  CHECK(strict->load("BTCUSDT", kStart + kDay, kStart + 2 * kDay)->series.size() == 1440);
  CHECK_THROWS_WITH(strict->load("BTCUSDT", kStart, kStart + 2 * kDay),
                    Catch::Contains("3 candles missing from 2023-01-01 01:00"));
  // A hole of the same day that the range does not touch.
  CHECK(strict->load("BTCUSDT", kStart + 2 * kHour, kStart + 3 * kHour)->series.first() == kStart + kHour + 3 * kMinute);
  CHECK(strict->load("BTCUSDT", kStart, kStart + kHour)->series.first() == kStart);
  CHECK_THROWS_WITH(
      source->load("ETHUSDT", kStart, kStart + kDay),
      "candle store " + file.string() +
          " has no one-minute candles of ETHUSDT for exchange \"history\"; it has history/BTCUSDT");
  CHECK_THROWS_WITH(source->load("BTCUSDT", kStart + 9 * kDay, kStart + 10 * kDay),
                    Catch::Contains("only from 2023-01-01 00:00 to 2023-01-02 23:59"));
  // A range that ends in a hole goes on to the candle behind it.
  store.write({"history", "LTCUSDT"}, series, std::vector<Gap>{{kStart + 23 * kHour, 120}});
  CHECK(source->load("LTCUSDT", kStart, kStart + kDay)->series.size() == 2880);
}
