#include "host/cli/page_document.h"

#include <catch2/catch.hpp>

using namespace btk;
using namespace btk::host;

namespace {

constexpr Timestamp kStart = 1704067200000;  // 2024-01-01 00:00

// Two trades of an hour each, one after the other, with a stake of 100.
RunOutcome outcome(const std::string& symbol) {
  RunOutcome o;
  lua::RunReport& r = o.report;
  r.symbol = symbol;
  r.strategy_name = "cross";
  r.frame_start = kStart;
  r.frame_end = kStart + kDay - kMinute;
  r.candles = 1440;
  for (int i = 0; i < 2; ++i) {
    FinishedSignal f;
    f.signal.pending_at = kStart + i * 2 * kHour;
    f.close_timestamp = f.signal.pending_at + kHour;
    f.pnl.pnl_percentage = 1;
    f.pnl.pnl_entries = 100;
    r.signals.push_back(f);
  }
  return o;
}

}  // namespace

TEST_CASE("the page tells of signals that came to nothing, run by run", "[page]") {
  RunOutcome o = outcome("A");
  o.report.refused = {2, kStart, "the stop is too near"};
  const auto page = run_page_document({o, outcome("B")}, 10000);
  CHECK(page["runs"][0]["turned_away"].dump() == R"(["refused: 2 signals that broke a rule; first 2024-01-01 00:00: the stop is too near"])");
  CHECK(page["runs"][1]["turned_away"].empty());
}

TEST_CASE("the page shows the time that had candles, and shares of that", "[page]") {
  RunOutcome o = outcome("A");
  o.report.candles_start = kStart;
  o.report.candles_end = kStart + 4 * kHour;
  const auto page = run_page_document({o}, 10000);
  CHECK(page["runs"][0]["from"] == kStart);
  CHECK(page["runs"][0]["to"] == kStart + 4 * kHour - kMinute);
  CHECK(page["scopes"][0]["money"]["exposure"] == 50);
}

TEST_CASE("the verdict of a comparison stands at its best strategy, also where another one is as good", "[page]") {
  lua::Walk walk;
  walk.ranking = WalkerRanking("total_pnl");
  for (const char* name : {"first", "second"}) walk.add(name, std::make_shared<lua::RunReport>(outcome("A").report));
  const auto page = walker_page_document({std::make_shared<lua::Walk>(walk)}, nullptr, 10000);
  REQUIRE(page["best_strategy"] == "first");
  for (const auto& scope : page["scopes"]) CHECK(scope.contains("verdict") == (scope["label"] == "first"));
}

TEST_CASE("the page warns of stakes beyond the capital, of each run and of all together", "[page]") {
  const auto page = run_page_document({outcome("A"), outcome("B")}, 150);
  REQUIRE(page["scopes"].size() == 3);
  CHECK(page["scopes"][0]["warnings"][0] == "up to 200.00 were staked at once with 150.00 of capital (cost, --capital)");
  CHECK(page["scopes"][1]["warnings"].empty());
}
