#include <algorithm>
#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include "host/cli/cache_progress.h"
#include "host/cli/commands.h"
#include "host/cli/usage_error.h"
#include "host/exchange/binance_source.h"
#include "host/store/sqlite.h"
#include "tests/support/binance_server.h"
#include "tests/support/temp_folder.h"

using namespace btk;
using namespace btk::host;
using namespace btk::test;
using Catch::Matchers::Contains;
using Catch::Matchers::Equals;

namespace {

constexpr Timestamp kStart = 1672531200000;  // 2023-01-01 00:00

std::string content(std::FILE* file) {
  std::string text;
  std::rewind(file);
  for (int c = std::fgetc(file); c != EOF; c = std::fgetc(file)) text += static_cast<char>(c);
  return text;
}

struct Cache {
  TempFolder folder;
  BinanceServer server{kStart + 30 * kDay};
  std::string out, err;

  int operator()(Words words) {
    const std::unique_ptr<std::FILE, int (*)(std::FILE*)> out_file(std::tmpfile(), &std::fclose);
    const std::unique_ptr<std::FILE, int (*)(std::FILE*)> err_file(std::tmpfile(), &std::fclose);
    int code = 0;
    {
      Console console(out_file.get(), err_file.get());
      if (words.size() > 1) {
        words.insert(words.end(), {"--store", (folder / "btk.sqlite").string()});
      }
      code = cache_command(words, console);
      console.flush();
    }
    out = content(out_file.get());
    err = content(err_file.get());
    return code;
  }
  int warm(Words words) {
    words.insert(words.begin(), {"warm", "--base-url", server.url()});
    return (*this)(words);
  }
  std::string exchange() const { return "binance@" + server.url().substr(7); }
};

}  // namespace

TEST_CASE("a range is fetched once, then found complete", "[cache]") {
  Cache cache;
  const Words range{"--symbols", "BTCUSDT,ethusdt", "--from", "2023-01-01", "--to", "2023-01-02"};
  CHECK(cache.warm(range) == 0);
  CHECK_THAT(cache.out, Contains("checkCandles: OK 2880 candles BTCUSDT 1m\n") && Contains("checkCandles: OK 2880 candles ETHUSDT 1m\n"));
  CHECK_THAT(cache.err, Contains("Checking candles cache for BTCUSDT 1m from 2023-01-01T00:00:00.000Z to 2023-01-03T00:00:00.000Z\n") &&
                            Contains("Caching candles for BTCUSDT 1m from 2023-01-01T00:00:00.000Z") &&
                            Contains("############################## 100% (2880/2880) BTCUSDT 1m "));
  CHECK(cache.server.asked("klines").size() == 6);
  cache.server.forget_asked();

  CHECK(cache.warm(range) == 0);
  CHECK_THAT(cache.out, Contains("checkCandles: OK 2880 candles BTCUSDT 1m\n"));
  CHECK_THAT(cache.err, Contains("Checking candles cache") && !Contains("Caching"));
  CHECK(cache.server.asked("klines").empty());
}

TEST_CASE("a hole is fetched alone", "[cache]") {
  Cache cache;
  cache.warm({"--symbols", "BTCUSDT", "--from", "2023-01-01T00:00", "--to", "2023-01-01T01:00"});
  cache.warm({"--symbols", "BTCUSDT", "--from", "2023-01-01T01:10", "--to", "2023-01-01T02:00"});
  CHECK(cache({"check", "--symbols", "BTCUSDT"}) == 1);
  CHECK_THAT(cache.out, Contains("BROKEN " + cache.exchange() + " BTCUSDT 1m: 110 candles, 10 missing in 1 holes\n"
                                 "  10 candles missing from 2023-01-01 01:00 to 2023-01-01 01:09\n"));
  cache.server.forget_asked();
  CHECK(cache.warm({"--symbols", "BTCUSDT", "--from", "2023-01-01T00:00", "--to", "2023-01-01T02:00"}) == 0);
  REQUIRE(cache.server.asked("klines").size() == 1);
  CHECK(cache.server.asked("klines")[0].query.at("limit") == "10");
  CHECK(cache({"check", "--symbols", "BTCUSDT"}) == 0);
  CHECK_THAT(cache.out, Equals("OK     " + cache.exchange() + " BTCUSDT 1m: 120 candles\n"));
}

TEST_CASE("minutes that a market does not have are no defect", "[cache]") {
  Cache cache;
  cache.server.remove(kStart + kHour, kStart + 2 * kHour);
  CHECK(cache.warm({"--symbols", "BTCUSDT", "--from", "2023-01-01", "--to", "2023-01-01"}) == 0);
  CHECK_THAT(cache.out, Equals("checkCandles: OK 1380 candles BTCUSDT 1m (60 that the exchange does not have)\n"));
  CHECK(cache({"check", "--json"}) == 0);
  const auto document = nlohmann::json::parse(cache.out);
  CHECK(document[0]["candles"] == 1380);
  CHECK(document[0]["quiet"] == 60);
  CHECK(document[0]["holes"].empty());
}

TEST_CASE("of many damaged candles some are shown", "[cache]") {
  Cache cache;
  cache.warm({"--symbols", "BTCUSDT", "--from", "2023-01-01", "--to", "2023-01-01", "--quiet"});
  Database(cache.folder / "btk.sqlite", Database::Mode::existing, "candle store").run("update candle_days set low = high, high = low");
  CHECK(cache({"check", "--symbols", "BTCUSDT"}) == 1);
  CHECK(std::ranges::count(cache.out, '\n') == 22);
  CHECK_THAT(cache.out, Contains("  2023-01-01 00:19: ") && !Contains("00:20: ") && Catch::EndsWith("  and 1420 faults more (--json has them all)\n"));
  CHECK(cache({"check", "--json"}) == 1);
  CHECK(nlohmann::json::parse(cache.out)[0]["faults"].size() == 1440);
}

TEST_CASE("list and prune", "[cache]") {
  Cache cache;
  cache.warm({"--symbols", "BTCUSDT", "--from", "2023-01-01", "--to", "2023-01-03", "--quiet"});
  CHECK(cache({"list", "--json"}) == 0);
  auto document = nlohmann::json::parse(cache.out);
  REQUIRE(document.size() == 1);
  CHECK(document[0]["exchange"] == cache.exchange());
  CHECK(document[0]["first"] == kStart);
  CHECK(document[0]["candles"] == 4320);
  CHECK(cache({"prune", "--before", "2023-01-03"}) == 0);
  CHECK_THAT(cache.out, Equals(cache.exchange() + " BTCUSDT 1m: 2880 candles removed\n"));
  CHECK(cache({"list", "--symbols", "BTCUSDT"}) == 0);
  CHECK_THAT(cache.out, Contains("2023-01-03 00:00  2023-01-03 23:59       1440         0"));
  CHECK(cache({"list", "--symbols", "NONE"}) == 0);
  CHECK(cache({"check", "--symbols", "NONE"}) == 1);
}

TEST_CASE("a symbol that fails leaves the others alone", "[cache]") {
  Cache cache;
  cache.server.then("klines", [](ServedAnswer& a) { a = {.status = 400, .body = R"({"code":-1121,"msg":"Invalid symbol."})", .headers = {}}; });
  // One after the other: with one worker per symbol the refusal may hit either.
  CHECK(cache.warm({"--symbols", "AAA,BBB", "--from", "2023-01-01", "--to", "2023-01-01", "--quiet"}) == 1);
  CHECK_THAT(cache.out, Contains("checkCandles: OK 1440 candles"));
  CHECK_THAT(cache.err, Contains("400 Invalid symbol. (code -1121)"));
}

TEST_CASE("a script's exchange and symbols are taken", "[cache]") {
  Cache cache;
  const std::string script = cache.folder.write("s.lua", fmt::format(R"(
    local btk = require "btk"
    btk.set_symbols{{ "SOLUSDT" }}
    btk.add_exchange{{ exchange_name = "files", driver = "csv", path = "x.csv" }}
    btk.add_exchange{{ exchange_name = "loop", driver = "binance", market = "futures", base_url = "{}" }})",
                                                                         cache.server.url())).string();
  CHECK(cache({"warm", script, "--exchange", "loop", "--from", "2023-01-01T00:00", "--to", "2023-01-01T00:10"}) == 0);
  CHECK_THAT(cache.out, Equals("checkCandles: OK 10 candles SOLUSDT 1m\n"));
  CHECK(cache.server.asked("klines").at(0).path == "/fapi/v1/klines");
  CHECK_THROWS_WITH(cache({"warm", script, "--from", "2023-01-01"}),
                    "exchange \"files\" has driver \"csv\"; only candles of driver \"binance\" and of a script's own get_candles are cached");
  CHECK_THROWS_AS(cache({"warm", script, "--exchange", "lop", "--from", "2023-01-01"}), UsageError);
  CHECK_THROWS_WITH(cache({"warm", script, "--market", "spot", "--from", "2023-01-01"}), Contains("leave --market and --base-url out"));
}

namespace {

/// The exchange "own", whose get_candles has a candle for each minute of which `there` is true, and gives `most` at once.
std::string own_exchange(const std::string& there, int most = 1000) {
  return fmt::format(R"(
    local btk = require "btk"
    local start = 1672531200000
    btk.add_exchange {{ exchange_name = "own", get_candles = function(symbol, interval, since, limit, backtest)
      print("asked " .. (since - start) / 60000 .. " " .. limit)
      local rows = {{}}
      for i = 0, limit - 1 do
        local minute = (since - start) / 60000 + i
        if #rows < {} and ({}) then
          rows[#rows + 1] = {{ timestamp = since + i * 60000, open = 100, high = 101, low = 99, close = 100, volume = 1 }}
        end
      end
      return rows
    end }})", most, there);
}

}  // namespace

TEST_CASE("holes of a script's own exchange are known when a later candle has come, or long after", "[cache]") {
  Cache cache;
  const std::string script = cache.folder.write("own.lua", own_exchange("minute < 10 or minute >= 70 and minute < 100")).string();
  const Words warm{"warm", script, "--symbols", "A", "--from", "2023-01-01T00:00", "--to", "2023-01-01T02:00"};
  CHECK(cache(warm) == 0);
  CHECK_THAT(cache.out, Equals("checkCandles: OK 40 candles A 1m (60 that the exchange does not have)\n"));
  CHECK(cache(warm) == 0);
  CHECK_THAT(cache.err, !Contains("asked"));
  CHECK(cache({"check", "--symbols", "A"}) == 0);
}

TEST_CASE("a script's own exchange that gives few candles at once is asked for the rest", "[cache]") {
  Cache cache;
  const std::string script = cache.folder.write("own.lua", own_exchange("true", 400)).string();
  CHECK(cache({"warm", script, "--symbols", "A", "--from", "2023-01-02", "--to", "2023-01-02"}) == 0);
  CHECK_THAT(cache.out, Equals("checkCandles: OK 1440 candles A 1m\n"));
}

TEST_CASE("a script's own exchange that gives nothing is not believed", "[cache]") {
  Cache cache;
  const std::string script = cache.folder.write("own.lua", own_exchange("false")).string();
  const Words warm{"warm", script, "--symbols", "A", "--from", "2023-01-01T00:00", "--to", "2023-01-01T02:00"};
  CHECK(cache(warm) == 1);
  CHECK_THAT(cache.err, Contains("own has no candles of A from 2023-01-01T00:00:00.000Z to 2023-01-01T02:00:00.000Z"));
  CHECK(cache(warm) == 1);
  CHECK_THAT(cache.err, Contains("asked"));
}

TEST_CASE("wrong usage is one sentence", "[cache][options]") {
  Cache cache;
  CHECK_THROWS_WITH(cache({}), Contains("warm, check, list or prune"));
  CHECK_THROWS_WITH(cache({"chek"}), "btkhost cache: there is no \"chek\" (did you mean \"check\"?)");
  CHECK_THROWS_WITH(cache({"warm", "--symbols", "A"}), Contains("--from is required"));
  CHECK_THROWS_WITH(cache({"warm", "--from", "2023-01-01"}), Contains("no symbols are given"));
  CHECK_THROWS_WITH(cache({"warm", "--from", "2023-01-01", "--simbols", "A"}), Contains("did you mean \"--symbols\"?"));
  CHECK_THROWS_WITH(cache({"warm", "--symbols", "A", "--from", "2023-01-02", "--to", "2023-01-01"}), Contains("no candle of 1m in between"));
  CHECK_THROWS_WITH(cache({"warm", "--symbols", "A", "--from", "2023-01-01", "--interval", "12h"}), Contains("no candles of \"12h\""));
  CHECK_THROWS_WITH(cache({"warm", "--exchange", "kraken", "--symbols", "A", "--from", "2023-01-01"}), Contains("there is only binance"));
  CHECK_THROWS_WITH(cache({"prune", "--symbols", "A"}), Contains("--before is required"));
  CHECK_THROWS_AS(cache({"prune", "--all", "--before", "2023-01-01"}), UsageError);
  CHECK_THROWS_WITH(cache({"list", "--symbols", "A"}), Contains("there is no candle store"));
  for (const std::string part : {"warm", "check", "list", "prune"}) {
    CHECK(cache({part, "--help"}) == 0);
    CHECK_THAT(cache.out, Contains("Example: btkhost cache " + part));
  }
}

TEST_CASE("the bar has 80 characters", "[cache]") {
  CHECK(cache_bar(0, 10, "BTCUSDT 1m", false).size() == 80);
  CHECK_THAT(cache_bar(5, 10, "BTCUSDT 1m", false), Catch::StartsWith("###############...............  50% (5/10) BTCUSDT 1m  "));
  CHECK_THAT(cache_bar(1, 3, "X", true), Contains("█░") && Contains(" 33% (1/3) X"));
}
