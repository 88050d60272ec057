// What an exchange may do wrong: it ends in another try or a clear message, never in a wrong candle or a session that
// stops.
#include <fmt/format.h>

#include <catch2/catch.hpp>

#include "tests/live/play.h"

using namespace btk;
using namespace btk::test;
using Catch::Contains;

namespace {

constexpr const char* kStart = "2024-01-01T06:00";

constexpr const char* kTrader = R"(local btk = require "btk"
btk.add_exchange { exchange_name = "market", driver = "binance", base_url = btk.env("BINANCE_BASE_URL") }
btk.add_strategy { strategy_name = "trader", interval = "1m", get_signal = function(symbol, when, price)
  local candles = btk.get_candles(symbol, "1m", 30)
  local up = btk.ta.sma(candles, 5) > btk.ta.sma(candles, 20)
  return { position = up and "long" or "short", price_take_profit = price * (up and 1.006 or 0.994),
           price_stop_loss = price * (up and 0.994 or 1.006), minute_estimated_time = 7 }
end }
)";

bool same(const Candle& a, const Candle& b) {
  return a.timestamp == b.timestamp && a.open == b.open && a.high == b.high && a.low == b.low && a.close == b.close &&
         a.volume == b.volume;
}

}  // namespace

TEST_CASE("every fault of an exchange ends in another try, never in a wrong candle", "[faults]") {
  const TempFolder market;
  const std::vector<Candle> truth = write_market(market / "btc.csv", "2024-01-01", 1440, 5);
  Play play({"--candles", "BTCUSDT=" + (market / "btc.csv").string()}, kStart, {"BTCUSDT"});
  play.write("s.lua", kTrader);
  play.start({"s.lua"});
  Timestamp now = *parse_date(kStart) + 5 * kMinute;
  play.go_to(now);
  // One after the other, once alone and several times in a row: more often than one request is tried.
  for (const std::string kind : {"429", "418", "500", "503", "slow", "drop", "drop_after", "truncate", "duplicate", "out_of_order",
                                 "stale", "wrong_time"}) {
    INFO(kind);
    const std::string path = kind == "wrong_time" ? "time" : "klines";
    const int most = kind == "429" || kind == "418" ? 1 : 5;  // each of these asks to stay away for a second
    for (const int count : {1, most}) {
      play.exchange().post("/admin/faults", Json::array({{{"kind", kind}, {"path", path}, {"count", count}, {"ms", 1000}}}));
      // The exchange's time is measured once an hour of the session.
      const Timestamp end = now + (path == "time" ? 70 : 3) * kMinute;
      // Several candles at once as well: those of an hour in which the process slept.
      if (kind == "duplicate" || kind == "out_of_order") {
        play.exchange().post("/admin/advance", {{"to", end + 3 * kMinute}});
        play.exchange().post("/admin/clock", {{"jump_to", end}});
        play.go_to(now = end + 3 * kMinute);
      } else {
        play.go_to(now = end);
      }
      const Json faults = play.exchange().get("/admin/faults");
      CHECK(faults.back().at("struck").get<int>() >= 1);
      play.exchange().remove("/admin/faults");
      CHECK_FALSE(play.process().ended());
    }
  }
  CHECK(play.end(SIGTERM) == 0);
  const std::string err = play.err();
  INFO(err);
  CHECK_THAT(err, Contains("429") && Contains("418") && Contains("500") && Contains("503"));
  CHECK_THAT(err, Contains("trying again"));

  const std::vector<Candle> seen = play.candles("BTCUSDT");
  REQUIRE(seen.size() > 100);
  CHECK(seen.back().timestamp == now - kMinute);
  for (std::size_t i = 0; i < seen.size(); ++i) {
    const auto place = static_cast<std::size_t>((seen[i].timestamp - truth.front().timestamp) / kMinute);
    REQUIRE(place < truth.size());
    INFO(format_minute(seen[i].timestamp));
    REQUIRE(same(seen[i], truth[place]));
    if (i > 0) REQUIRE(seen[i].timestamp == seen[i - 1].timestamp + kMinute);
  }
  const Result replay = play.replay();
  INFO(replay.err);
  CHECK(replay.out == "");
  CHECK(replay.code == 0);
}

TEST_CASE("an exchange that is out of order now and then all day changes no decision", "[faults]") {
  const TempFolder market;
  write_market(market / "btc.csv", "2024-01-01", 1440, 6);
  const auto decisions = [&](bool faulty) {
    Play play({"--candles", "BTCUSDT=" + (market / "btc.csv").string()}, kStart, {"BTCUSDT"});
    play.write("s.lua", kTrader);
    play.start({"s.lua"});
    if (faulty) {
      Json rules = Json::array();
      unsigned seed = 0;
      for (const char* kind : {"500", "503", "drop", "truncate", "duplicate", "out_of_order", "stale"}) {
        rules.push_back({{"kind", kind}, {"path", "klines"}, {"count", 5}, {"probability", 0.02}, {"seed", ++seed}});
      }
      play.exchange().post("/admin/faults", rules);
    }
    play.go_to("2024-01-01T12:00");
    CHECK(play.end(SIGTERM) == 0);
    CHECK(play.replay().out == "");
    return play.decisions("BTCUSDT");
  };
  const std::string quiet = decisions(false);
  CHECK(quiet.find("\nopened\t") != std::string::npos);
  CHECK(decisions(true) == quiet);
}

TEST_CASE("an exchange that is away when a session begins is said so in one line", "[faults]") {
  const TempFolder market;
  write_market(market / "btc.csv", "2024-01-01", 1440, 5);
  Play play({"--candles", "BTCUSDT=" + (market / "btc.csv").string()}, kStart, {"BTCUSDT"});
  play.write("s.lua", kTrader);
  play.exchange().post("/admin/faults", Json::array({{{"kind", "503"}, {"path", "klines"}, {"count", -1}}}));
  play.start({"s.lua"}, false);
  const auto end = play.process().wait();
  REQUIRE(end);
  CHECK(end->code == 1);
  CHECK_THAT(play.err(), Contains("GET klines of BTCUSDT failed after 3 tries: 503"));
  // Nothing of it stays: the next start trades.
  play.exchange().remove("/admin/faults");
  play.start({"s.lua"});
  play.go_to("2024-01-01T06:30");
  CHECK(play.end(SIGTERM) == 0);
  CHECK(play.replay().out == "");
}
