// btk.live.run: a script that drives its session itself, in its own Lua state (lua-api.md, "Who runs what").
#include <fmt/format.h>

#include <catch2/catch.hpp>

#include "tests/live/play.h"

using namespace btk;
using namespace btk::test;
using Catch::Contains;

namespace {

constexpr const char* kStart = "2024-01-01T06:00";

std::string script(const std::string& chunk) {
  return R"(local btk = require "btk"
local asked = 0
btk.add_exchange { exchange_name = "market", driver = "binance", base_url = btk.env("BINANCE_BASE_URL") }
btk.add_strategy { strategy_name = "often", interval = "1m", get_signal = function(symbol, when, price)
  asked = asked + 1
  return { position = "long", price_take_profit = price * 1.15, price_stop_loss = price * 0.85, minute_estimated_time = 3 }
end }
local names = { strategy_name = "often", exchange_name = "market" }
)" + chunk;
}

struct ChunkPlay {
  TempFolder market;
  Play play;
  static Words made_up(const TempFolder& folder) {
    write_market(folder / "btc.csv", "2024-01-01", 1440, 7);
    return {"--candles", "BTCUSDT=" + (folder / "btc.csv").string()};
  }
  ChunkPlay() : play(made_up(market), kStart, {"BTCUSDT"}) {}

  int ended() {
    const auto end = play.process().wait(120);
    INFO(play.err());
    REQUIRE(end);
    return end->code;
  }
};

}  // namespace

TEST_CASE("a script iterates over its own session, shares its locals with it and ends it", "[chunk]") {
  ChunkPlay p;
  p.play.write("s.lua", script(R"(
local run, closed = btk.live.run("BTCUSDT", names), 0
for result in run do
  print(result.action, result.signal.id ~= nil)
  if result.action == "closed" then closed = closed + 1 end
  if closed == 3 then break end
end
print("asked", asked)
run:stop()
print("next", run())
print("status", (btk.live.list()[1] or {}).status)  -- a replay executes this without a run
)"));
  p.play.start({"s.lua"}, false);
  p.play.exchange().post("/admin/advance", {{"to", *parse_date(kStart) + 60 * kMinute}});
  CHECK(p.ended() == 0);
  // A minute is finished and on disk before its results are handed out: after the third close the next signal was asked for.
  CHECK_THAT(p.play.out(), Contains("opened\ttrue\nclosed\ttrue\nopened\ttrue\nclosed\ttrue\nopened\ttrue\nclosed\ttrue\nasked\t4\nnext\tnil\nstatus\tdone\n"));
  CHECK_THAT(p.play.err(), Contains("starts paper: session"));
  CHECK(p.play.replay().out == "");
}

TEST_CASE("a session of the main chunk is taken up again after a kill", "[chunk]") {
  ChunkPlay p;
  p.play.write("s.lua", script(R"(
btk.listen_done_live(function(event) print("done", event.symbol) end)
for result in btk.live.run("BTCUSDT", names) do print(result.action) end
print("over")
)"));
  p.play.start({"s.lua"});
  p.play.go_to(*parse_date(kStart) + 30 * kMinute);
  p.play.end(SIGKILL);
  p.play.start({"s.lua", "--to", "2024-01-01T07:30"}, false);
  p.play.exchange().post("/admin/advance", {{"to", *parse_date(kStart) + 120 * kMinute}});
  CHECK(p.ended() == 0);
  CHECK_THAT(p.play.err(), Contains("continues paper: session") && Contains("BTCUSDT: goes on after"));
  CHECK_THAT(p.play.out(), Contains("opened\n") && Contains("done\tBTCUSDT\nover\n"));
  CHECK(p.play.out().find("done") == p.play.out().rfind("done"));  // once
  CHECK(p.play.replay().out == "");
}

TEST_CASE("a main chunk that fails while its session is under way leaves the position to the next start", "[chunk]") {
  ChunkPlay p;
  p.play.write("s.lua", script(R"(
for result in btk.live.run("BTCUSDT", names) do error("no idea what to do with it") end
)"));
  p.play.start({"s.lua"}, false);
  p.play.exchange().post("/admin/advance", {{"to", *parse_date(kStart) + 10 * kMinute}});
  CHECK(p.ended() == 1);
  CHECK_THAT(p.play.err(), Contains("s.lua:10: no idea what to do with it") && Contains("BTCUSDT: an open long at") &&
                               Contains("the next start of this command takes it up"));
}

TEST_CASE("SIGTERM ends a session that the main chunk drives; what is wrong is said at its line", "[chunk]") {
  ChunkPlay p;
  p.play.write("s.lua", script(R"(
print(pcall(btk.live.run, "BTCUSDT", { strategy_name = "often" }))
local run = btk.live.run("BTCUSDT", names)
print(pcall(btk.live.run, "ETHUSDT", names))
for result in run do print(result.action) end
print("detached")
)"));
  p.play.start({"s.lua"});
  p.play.go_to(*parse_date(kStart) + 10 * kMinute);
  CHECK_THAT(p.play.run({"status"}).out, Contains("BTCUSDT"));
  CHECK(p.play.end(SIGTERM) == 0);
  CHECK_THAT(p.play.out(), Contains("exchange_name is missing") && Contains("BTCUSDT is under way; stop() it first") &&
                               Contains("detached\n"));
  CHECK_THAT(p.play.err(), Contains("the next start of this command takes it up"));
}
