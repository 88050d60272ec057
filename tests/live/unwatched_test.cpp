// A position is never left alone in silence: a trader that cannot go on says so, and one that holds something ends the
// session, so that its supervisor starts it again.
#include <fmt/format.h>

#include <catch2/catch.hpp>
#include <fstream>

#include "tests/live/play.h"

using namespace btk;
using namespace btk::test;
using Catch::Contains;

namespace {

// Bitcoin is bought at once, ether never.
constexpr const char* kHolder = R"(local btk = require "btk"
btk.add_exchange { exchange_name = "market", driver = "binance", base_url = btk.env("BINANCE_BASE_URL") }
btk.add_strategy { strategy_name = "holder", interval = "1m", get_signal = function(symbol, when, price)
  if symbol ~= "BTCUSDT" then return end
  return { position = "long", price_take_profit = price * 1.2, price_stop_loss = price * 0.95, minute_estimated_time = 1000 }
end }
)";

// The same, and one symbol's trader cannot begin, now and always.
std::string broken(const std::string& symbol) {
  std::string text = kHolder;
  const std::string strategy = "btk.add_strategy { ";
  text.insert(text.find(strategy) + strategy.size(), "actions = { \"broken\" }, ");
  return text + "btk.add_action { action_name = \"broken\", handler = function(names)\n  if names.symbol == \"" + symbol +
         "\" then error(\"no such thing\") end\n  return {}\nend }\n";
}

// Prices stand still until half past six, then they are 20 % lower.
void write_fall(const std::filesystem::path& file) {
  std::ofstream out(file);
  out << "timestamp,open,high,low,close,volume\n";
  const Timestamp first = *parse_date("2024-01-01"), fall = *parse_date("2024-01-01T06:30");
  for (Timestamp t = first; t < first + kDay; t += kMinute) {
    const int price = t < fall ? 100 : 80;
    out << fmt::format("{},{},{},{},{},1\n", t, price, price, price, price);
  }
}

struct HolderPlay {
  TempFolder market;
  Play play;
  static Words prices(const TempFolder& folder) {
    write_fall(folder / "c.csv");
    const std::string file = (folder / "c.csv").string();
    return {"--candles", "BTCUSDT=" + file, "--candles", "ETHUSDT=" + file};
  }
  HolderPlay() : play(prices(market), "2024-01-01T06:00", {"BTCUSDT", "ETHUSDT"}) {
    play.write("s.lua", kHolder);
  }
  /// A session that was killed with bitcoin held.
  void hold_and_die() {
    play.start({"s.lua"});
    play.go_to("2024-01-01T06:10");
    play.end(SIGKILL);
    REQUIRE(play.decisions("BTCUSDT").find("\nopened\t") != std::string::npos);
  }
  void fail_candles(int count) {
    play.exchange().post("/admin/faults", Json::array({{{"kind", "500"}, {"path", "klines"}, {"symbol", "BTCUSDT"}, {"count", count}}}));
  }
};

}  // namespace

TEST_CASE("an exchange that is away when a position is taken up does not leave it without its stop", "[unwatched]") {
  HolderPlay p;
  p.hold_and_die();
  p.fail_candles(3);  // as often as one question is tried
  p.play.start({"s.lua"});
  CHECK_THAT(p.play.err(), Contains("BTCUSDT: candles from") && Contains("trying again"));
  p.play.go_to("2024-01-01T06:40");
  CHECK(p.play.end(SIGTERM) == 0);
  CHECK_THAT(p.play.err(), Contains("BTCUSDT: the exchange answers again") && Contains("BTCUSDT: closed long at 95 by stop_loss"));
  const Result replay = p.play.replay();
  CHECK(replay.out == "");
  CHECK(replay.code == 0);
}

TEST_CASE("while the exchange is away, status shows what is held and flatten does not claim to have closed it", "[unwatched]") {
  HolderPlay p;
  p.hold_and_die();
  p.fail_candles(-1);
  p.play.start({"s.lua"});
  CHECK_THAT(p.play.run({"status"}).out, Contains("BTCUSDT  starting  long") && Contains("120"));
  const Result flatten = p.play.run({"flatten", "--yes"});
  CHECK_THAT(flatten.out, Contains("NOT yet in force for BTCUSDT"));
  p.play.exchange().remove("/admin/faults");
  p.play.go_to("2024-01-01T06:15");
  CHECK(p.play.end(SIGTERM) == 0);
  CHECK_THAT(p.play.decisions("BTCUSDT"), Contains("reason=closed\tprice=100"));
}

TEST_CASE("SIGTERM ends a session that still waits for its first candles", "[unwatched]") {
  HolderPlay p;
  p.hold_and_die();
  p.fail_candles(-1);
  p.play.start({"s.lua"});
  CHECK(p.play.end(SIGTERM) == 0);
  CHECK_THAT(p.play.err(), Contains("BTCUSDT: an open long at 100 stays; the next start of this command takes it up"));
}

TEST_CASE("a trader that cannot go on with what it holds ends the session with 1", "[unwatched]") {
  HolderPlay p;
  p.hold_and_die();
  p.play.write("s.lua", broken("BTCUSDT"));
  p.play.start({"s.lua"}, false);
  const auto end = p.play.process().wait();
  INFO(p.play.err());
  REQUIRE(end);
  CHECK(end->code == 1);
  CHECK_THAT(p.play.err(), Contains("error: BTCUSDT: s.lua:") && Contains("no such thing; nobody would look after an open long at 100: trading stops"));
  CHECK_THAT(p.play.err(), Contains("BTCUSDT: an open long at 100 stays; the next start of this command takes it up"));
}

TEST_CASE("a command that cannot begin says what nobody looks after", "[unwatched]") {
  HolderPlay p;
  p.hold_and_die();
  const std::string held = "BTCUSDT: an open long at 100 of strategy \"holder\" on \"market\" stays as it is, and nobody looks after it until this command starts";
  const auto refused = [&](const std::string& script) {
    p.play.write("s.lua", script);
    p.play.start({"s.lua"}, false);
    const auto end = p.play.process().wait();
    INFO(p.play.err());
    REQUIRE(end);
    CHECK(end->code == 2);
    CHECK_THAT(p.play.err(), Contains("warning: " + held));
  };
  SECTION("the script has a fault") { refused("local x = = 1"); }
  SECTION("its main chunk fails") { refused("error('no such luck')"); }
  SECTION("it has no strategy any more") { refused("local btk = require 'btk'"); }
  SECTION("but not while a session looks after it") {
    p.play.start({"s.lua"});
    p.play.write("broken.lua", "local x = = 1");
    const Result other = p.play.run({"paper", "broken.lua"});
    CHECK(other.code == 2);
    CHECK(other.err == "broken.lua:1: unexpected symbol near '='\n");
    CHECK(p.play.end(SIGTERM) == 0);
  }
}

TEST_CASE("a trader without a position that cannot go on says so at once, and the others go on", "[unwatched]") {
  HolderPlay p;
  p.hold_and_die();
  p.play.write("s.lua", broken("ETHUSDT"));
  p.play.start({"s.lua"}, false);
  const bool told = eventually([&] { return p.play.err().find("ETHUSDT: s.lua:") != std::string::npos; });
  INFO(p.play.err());
  REQUIRE(told);
  CHECK_THAT(p.play.err(), Contains("no such thing; it trades no more, the others go on"));
  p.play.exchange().post("/clock/leave", {{"client", "paper:ETHUSDT:holder:market"}});  // time does not wait for it
  p.play.exchange().post("/admin/advance", {{"to", *parse_date("2024-01-01T06:40")}});
  CHECK(eventually([&] { return p.play.err().find("BTCUSDT: closed long at 95 by stop_loss") != std::string::npos; }));
  const Result flatten = p.play.run({"flatten", "--yes"});
  CHECK(flatten.code == 0);
  CHECK_THAT(flatten.out, Contains("closing all symbols"));
  CHECK(p.play.end(SIGTERM) == 1);
}

TEST_CASE("--flatten counts what it closed, not what it meant to close", "[unwatched]") {
  HolderPlay p;
  p.hold_and_die();
  p.fail_candles(-1);
  p.play.start({"s.lua", "--flatten"}, false);
  CHECK(eventually([&] { return p.play.err().find("trying again") != std::string::npos || p.play.process().ended(); }));
  p.play.end(SIGTERM);
  CHECK_THAT(p.play.err(), Contains("--flatten: of 1 open in dump, 0 closed or cancelled; 1 still open"));

  p.play.exchange().remove("/admin/faults");
  p.play.start({"s.lua", "--flatten"}, false);
  p.play.exchange().post("/admin/advance", {{"to", *parse_date("2024-01-01T06:15")}});
  const auto end = p.play.process().wait();
  INFO(p.play.err());
  REQUIRE(end);
  CHECK(end->code == 0);
  CHECK_THAT(p.play.err(), Contains("--flatten: of 1 open in dump, 1 closed or cancelled\n"));
}

TEST_CASE("a symbol that joins the list does not make the others forget what they had finished", "[unwatched]") {
  TempFolder market;
  Play play(HolderPlay::prices(market), "2024-01-01T06:00", {"BTCUSDT"});
  play.write("s.lua", std::string(kHolder) + R"(
btk.listen_idle_ping(function(e)
  local all = btk.get_finished_signals(e.symbol, 10)
  print(e.symbol, #all, all[1] and all[1].close_reason)
end)
btk.override_strategy { strategy_name = "holder", get_signal = function(symbol, when, price)
  if symbol == "BTCUSDT" and price == 100 then
    return { position = "long", price_take_profit = price * 1.2, price_stop_loss = price * 0.95, minute_estimated_time = 1000 }
  end
end }
)");
  play.start({"s.lua"});
  play.go_to("2024-01-01T06:40");
  play.end(SIGKILL);
  CHECK_THAT(play.out(), Contains("BTCUSDT\t1\tstop_loss"));
  play.trade({"BTCUSDT", "ETHUSDT"});
  play.start({"s.lua"});
  play.go_to("2024-01-01T06:45");
  CHECK(play.end(SIGTERM) == 0);
  CHECK_THAT(play.out(), Contains("BTCUSDT\t1\tstop_loss") && Contains("ETHUSDT\t0\tnil"));
  CHECK(play.replay().out.find("decisions") == std::string::npos);
}
