// A paper session decides what a back-test of the same minutes decides, whatever happens to its process meanwhile
// (differences.md 1 to 3): its replay has an empty diff.
#include <fmt/format.h>

#include <catch2/catch.hpp>
#include <cstring>

#include "host/store/sqlite.h"
#include "tests/live/play.h"
#include "tests/support/shared.h"

using namespace btk;
using namespace btk::test;
using Catch::Contains;

namespace {

const std::vector<std::string> kSymbols = {"BTCUSDT", "ETHUSDT", "SOLUSDT"};

Words real_market() {
  Words words;
  for (const std::string& symbol : kSymbols) {
    words.push_back("--candles");
    words.push_back(fmt::format("{}={}", symbol, (shared() / "data" / (symbol + "-1m-20230101-20231231.csv.gz")).string()));
  }
  return words;
}

constexpr const char* kExchange = R"(
local btk = require "btk"
btk.add_exchange { exchange_name = "market", driver = "binance", base_url = btk.env("BINANCE_BASE_URL") }
)";

/// The same exchange, from files, with a frame that goes on behind the session.
std::string history(const std::string& start, const std::string& end) {
  return fmt::format(R"(
local btk = require "btk"
btk.add_exchange {{ exchange_name = "market", driver = "csv", path = "{}/{{symbol}}-1m-20230101-20231231.csv.gz" }}
btk.add_frame {{ frame_name = "window", interval = "1m", start_date = "{}", end_date = "{}" }}
)", (shared() / "data").string(), start, end);
}

// Positions and limit orders in turn, with commits in the callbacks: something happens nearly every minute.
constexpr const char* kBusy = R"(
local btk = require "btk"
btk.add_strategy { strategy_name = "busy", interval = "5m",
  get_signal = function(symbol, when, price)
    local candles = btk.get_candles(symbol, "5m", 30)
    local up = btk.ta.sma(candles, 5) > btk.ta.sma(candles, 20)
    local open = math.floor(when / 300000) % 3 ~= 0 and price * (up and 0.9995 or 1.0005) or nil
    return { position = up and "long" or "short", price_open = open, price_take_profit = price * (up and 1.007 or 0.993),
             price_stop_loss = price * (up and 0.992 or 1.008), minute_estimated_time = 45 }
  end,
}
btk.listen_partial_profit_available(function(event)
  if event.level == 40 then btk.commit_partial_profit(event.symbol, 50) end
end)
btk.listen_partial_loss_available(function(event)
  if event.level == 30 then btk.commit_average_buy(event.symbol) end
end)
)";

constexpr const char* kShared = R"(
local btk = require "btk"
btk.add_risk { risk_name = "two", validations = { function(check)
  if check.active_position_count >= 2 then return "two are open" end
end } }
btk.add_strategy { strategy_name = "eager", interval = "5m", risk_name = "two", get_signal = function(symbol, when, price)
  return { position = "long", price_take_profit = price * 1.007, price_stop_loss = price * 0.993, minute_estimated_time = 40 }
end }
)";

std::size_t opened(const std::string& decisions) {
  std::size_t count = 0;
  for (auto at = decisions.find("\nopened\t"); at != std::string::npos; at = decisions.find("\nopened\t", at + 1)) ++count;
  return count;
}

/// The session's decisions are how those of the back-test begin: that one goes on to the end of its frame.
void check_like_back_test(Play& play, const Words& scripts, const std::string& strategy) {
  for (const std::string& symbol : kSymbols) {
    Words words = {"run", "history.lua"};
    words.insert(words.end(), scripts.begin(), scripts.end());
    for (const char* word : {"--exchange", "market", "--frame", "window", "--no-report", "--events", "run.txt", "--strategy"}) {
      words.push_back(word);
    }
    words.insert(words.end(), {strategy, "--symbols", symbol});
    const Result run = play.run(words);
    INFO(run.err);
    REQUIRE(run.code == 0);
    const std::string expected = read_text(play.folder() / "run.txt"), seen = play.decisions(symbol);
    INFO(symbol << " " << strategy);
    const std::size_t same = static_cast<std::size_t>(
        std::mismatch(seen.begin(), seen.end(), expected.begin(), expected.end()).first - seen.begin());
    const std::size_t from = same == 0 ? 0 : seen.rfind('\n', same - 1) + 1;
    INFO("paper:     " << seen.substr(from, 300) << "\nback-test: " << expected.substr(from, 300));
    REQUIRE(same == seen.size());
  }
}

void check_replay(Play& play, const Words& words = {}) {
  const Result replay = play.replay(words);
  INFO(replay.err);
  CHECK(replay.out == "");
  CHECK(replay.code == 0);
}

}  // namespace

TEST_CASE("paper trading over real candles decides what a back-test decides", "[parity][shared]") {
  const bool long_run = long_mode();
  const std::string end = long_run ? "2023-09-08" : "2023-09-02";
  struct Case {
    const char *file, *strategy;
    bool alone;            ///< no limit over symbols, whose order of arrival a back-test does not know
    std::size_t at_least;  ///< positions a day, all symbols together
  };
  std::vector<Case> cases = {{"busy.lua", "busy", true, 30}, {"eager.lua", "eager", false, 30}, {"scale_out.lua", "scale-out", true, 1}};
  if (long_run) {
    for (const Case& example : std::initializer_list<Case>{{"sma_cross.lua", "sma-cross", true, 1},
                                                           {"breakout_limit.lua", "breakout-limit", true, 1},
                                                           {"dca_ladder.lua", "dca-ladder", true, 1},
                                                           {"journal_action.lua", "stochastic-swing", true, 1},
                                                           {"multi_timeframe.lua", "multi-timeframe", true, 1},
                                                           {"rsi_reversion.lua", "rsi-reversion", false, 1},
                                                           {"risk_profile.lua", "momentum", false, 1}}) {
      cases.push_back(example);
    }
  }
  for (const Case& example : cases) {
    INFO(example.file);
    Play play(real_market(), "2023-09-01", kSymbols);
    copy_scripts(play.folder());
    play.write("market.lua", kExchange);
    play.write("history.lua", history("2023-09-01", "2023-09-10"));
    play.write("busy.lua", kBusy);
    play.write("eager.lua", kShared);
    play.start({"market.lua", example.file, "--exchange", "market", "--strategy", example.strategy});
    play.go_to(end);
    CHECK(play.end(SIGTERM) == 0);
    check_replay(play);
    std::size_t positions = 0;
    for (const std::string& symbol : kSymbols) positions += opened(play.decisions(symbol));
    CHECK(positions >= example.at_least);
    if (example.alone) check_like_back_test(play, {example.file}, example.strategy);
  }
}

TEST_CASE("a process that ends and begins again changes no decision, nor does a script loaded anew", "[parity][shared]") {
  Play play(real_market(), "2023-09-01", kSymbols);
  play.write("market.lua", kExchange);
  play.write("history.lua", history("2023-09-01", "2023-09-10"));
  play.write("busy.lua", kBusy);
  const Words words = {"market.lua", "busy.lua", "--watch"};
  play.start(words);
  play.go_to("2023-09-01T02:00");
  CHECK(play.end(SIGTERM) == 0);
  play.start(words);
  play.go_to("2023-09-01T04:07");
  play.end(SIGKILL);
  play.start(words);
  play.go_to("2023-09-01T06:00");
  play.end(SIGKILL);
  play.start(words);
  for (int reload = 1; reload <= 5; ++reload) {
    play.process().send(SIGHUP);
    REQUIRE(eventually([&] { return play.err().find("reloaded market.lua (3 symbols") != std::string::npos; }));
    play.go_to(*parse_date("2023-09-01T06:00") + reload * 7 * kMinute);
  }
  play.write("busy.lua", std::string(kBusy) + "-- rewritten\n");
  REQUIRE(eventually([&] { return play.err().find("reloaded busy.lua (3 symbols") != std::string::npos; }));
  play.go_to("2023-09-01T09:00");
  CHECK(play.end(SIGTERM) == 0);
  check_replay(play);
  check_like_back_test(play, {"busy.lua"}, "busy");
}

TEST_CASE("what reaches a session from outside happens again in its replay", "[parity][shared]") {
  const std::string script = GENERATE("busy.lua", "eager.lua");
  INFO(script);
  Play play(real_market(), "2023-09-01", kSymbols);
  play.write("market.lua", kExchange);
  play.write("busy.lua", kBusy);
  play.write("eager.lua", kShared);
  const Words words = {"market.lua", script};
  const auto tell = [&](const std::string& command) {
    const Result told = play.run({command, "--out", "dump", command == "flatten" ? "--yes" : "--json"});
    INFO(told.err);
    CHECK(told.code == 0);
  };
  play.start(words);
  play.go_to("2023-09-01T02:00");
  tell("pause");
  play.go_to("2023-09-01T02:30");
  tell("resume");
  play.go_to("2023-09-01T04:00");
  tell("flatten");
  play.go_to("2023-09-01T04:30");
  tell("resume");

  // An hour without anybody, once asleep and once ended.
  play.exchange().post("/admin/clock", {{"jump_to", *parse_date("2023-09-01T05:30")}});
  play.go_to("2023-09-01T06:00");
  CHECK(play.end(SIGTERM) == 0);
  play.exchange().post("/admin/clock", {{"jump_to", *parse_date("2023-09-01T07:00")}});
  play.start(words);
  CHECK_THAT(play.err(), Contains("no entries from"));
  play.go_to("2023-09-01T08:00");
  play.end(SIGKILL);
  play.exchange().post("/admin/clock", {{"jump_to", *parse_date("2023-09-01T09:00")}});
  play.start(words);
  play.go_to("2023-09-01T10:00");

  // A minute in which the exchange answers nobody.
  play.exchange().post("/admin/faults", Json::array({{{"kind", "503"}, {"path", "klines"}, {"count", -1}}}));
  play.exchange().post("/admin/advance", {{"to", *parse_date("2023-09-01T10:30")}});
  REQUIRE(eventually([&] { return play.exchange().now() >= *parse_date("2023-09-01T10:02"); }, 300));
  play.exchange().remove("/admin/faults");
  play.go_to("2023-09-01T12:00");
  CHECK_THAT(play.err(), Contains("the exchange answers again"));

  play.process().send(SIGHUP);
  REQUIRE(eventually([&] { return play.err().find("reloaded market.lua (3 symbols") != std::string::npos; }));
  play.go_to("2023-09-01T14:00");
  CHECK(play.end(SIGTERM) == 0);
  check_replay(play);
  for (const std::string& symbol : kSymbols) {
    const auto candles = play.candles(symbol);
    for (std::size_t i = 1; i < candles.size(); ++i) REQUIRE(candles[i].timestamp == candles[i - 1].timestamp + kMinute);
    CHECK(candles.back().timestamp == *parse_date("2023-09-01T13:59"));
  }
}

TEST_CASE("a candle altered by a tick is named by the diff", "[parity]") {
  const TempFolder market;
  write_market(market / "btc.csv", "2024-01-01", 1440, 1);
  Play play({"--candles", "BTCUSDT=" + (market / "btc.csv").string()}, "2024-01-01T12:00", {"BTCUSDT"});
  play.write("market.lua", kExchange);
  play.write("busy.lua", kBusy);
  play.start({"market.lua", "busy.lua"});
  play.go_to("2024-01-01T15:00");
  CHECK(play.end(SIGTERM) == 0);
  check_replay(play);
  const auto alter = [&](Timestamp minute, double Candle::*field, double by) {
    host::Database journal(play.database(), host::Database::Mode::existing, "journal");
    for (Candle candle : play.candles("BTCUSDT")) {
      if (candle.timestamp != minute) continue;
      candle.*field += by;
      const std::array<double, 5> bytes = {candle.open, candle.high, candle.low, candle.close, candle.volume};
      host::Statement update(journal, "update journal_candles set bytes = ? where time = ?");
      update.bind(1, std::as_bytes(std::span(bytes))).bind(2, minute).step();
    }
  };
  SECTION("no decision depends on it") {
    alter(*parse_date("2024-01-01T14:05"), &Candle::volume, 1);
    const Result replay = play.replay();
    CHECK(replay.out == "BTCUSDT busy on market: candle BTCUSDT 2024-01-01 14:05 was altered after it was recorded\n");
    CHECK(replay.code == 1);
  }
  SECTION("a decision depends on it") {
    // The first minute of a position: now its stop loss is reached at once.
    const std::string decisions = play.decisions("BTCUSDT");
    const auto opened = decisions.find("\nopened\t");
    REQUIRE(opened != std::string::npos);
    const Timestamp minute = std::stoll(decisions.substr(opened + std::strlen("\nopened\t")));
    alter(minute, &Candle::high, 3000);
    alter(minute, &Candle::low, -3000);
    const Result replay = play.replay();
    CHECK_THAT(replay.out, Contains("candle BTCUSDT " + format_minute(minute) + " was altered after it was recorded\n"));
    CHECK_THAT(replay.out, Contains("decisions differ"));
    CHECK(replay.code == 1);
  }
}
