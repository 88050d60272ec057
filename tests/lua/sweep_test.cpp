// btk.add_sweep and btk.sweep.run: dated trade ideas against a grid of exits.
#include "tests/lua/script_bench.h"

using namespace btk;
using namespace btk::test;
using Catch::Matchers::Contains;

namespace {

// Ideas at 00:10 and 00:20 on prices that rise by 2 % from minute 60 on.
const std::string kHead = R"(
local ideas = {
  { id = 1, ts = 1704067800000, symbol = "X", direction = "LONG", author = "ann" },
  { id = 2, ts = 1704068400000, symbol = "X", direction = "SHORT", author = "bob" },
  { id = 3, ts = 1704068400000, symbol = "X", direction = "NEUTRAL", author = "bob" },
  { id = 4, ts = 1704068400000, symbol = "Y", direction = "LONG", author = "bob" },
}
local function grid(callbacks, exchange)
  btk.add_sweep { sweep_name = "g", exchange_name = exchange or "m", callbacks = callbacks, report_order = "pnl",
    grid_axes = { hard_stop_percent = { 1, 3 }, trailing_take_percent = { 0.5 }, hold_minutes = { 30, 120 }, profit_lock_percent = { 0 } } }
  return btk.sweep.run { symbol = "X", sweep_name = "g", ideas = ideas }
end
)";

}  // namespace

TEST_CASE("sweep.run: the result has every point, the winners and the authors' tracks", "[script][sweep]") {
  ScriptBench bench;
  bench.prices = ramp(60, 60, 2);
  const auto out = bench.run(kHead + R"(
    local r = grid()
    print(r.symbol, r.ideas_total, r.ideas_directional, r.profile_count, r.truncated_count, #r.reports.reports, #r.reports.tracks)
    local best = r.reports.best[3]
    print(best.criterion, best.report == r.reports.reports[1], best.report.point.hold_minutes, best.report.trades)
    local trade = best.report.trades_list[1]
    print(trade.idea_id, trade.author, trade.direction, trade.exit_reason, trade.hold_minutes_actual, ("%.4f"):format(trade.pnl_percent))
    print(r.reports.tracks[1].author, r.reports.tracks[1].ideas, r.reports.tracks[1].hits, best.report.nonsense)
  )");
  INFO(out.problem << out.text());
  REQUIRE(out.lines.size() == 4);
  CHECK(out.lines[0] == "X\t3\t2\t2\t0\t4\t8");
  CHECK_THAT(out.lines[1], Catch::StartsWith("pnl\ttrue\t120\t2"));
  // Fee 0.1 and slippage 0.1 a side: 102 against 100.
  CHECK_THAT(out.lines[2], Catch::StartsWith("1\tann\tLONG\ttime_expired\t120\t1."));
  CHECK_THAT(out.lines[3], Catch::EndsWith("nil"));
}

TEST_CASE("sweep.run: callbacks hear of everything in the reference's order", "[script][sweep]") {
  ScriptBench bench;
  bench.prices = ramp(60, 60, 2);
  const auto out = bench.run(kHead + R"(
    local seen = {}
    local function hear(name, show) return function(symbol, ...) seen[#seen + 1] = name .. ":" .. show(...) end end
    grid {
      on_ideas = hear("ideas", function(all, kept) return #all .. "/" .. #kept end),
      on_profiles = hear("profiles", function(list, truncated) return #list .. "/" .. truncated .. "/" .. tostring(list[1].hit) end),
      on_progress = hear("progress", function(stage, done, all) return stage .. done .. "/" .. all end),
      on_authors_trained = hear("authors", function(tracks) return #tracks end),
      on_grid_point = hear("point", function(report, trades) return #trades end),
      on_ranking = hear("ranking", function(criterion, list, best) return criterion .. #list end),
      on_done = hear("done", function(result) return #result.reports.reports end),
    }
    print(table.concat(seen, " "))
  )");
  INFO(out.problem);
  CHECK(out.text() ==
        "ideas:3/2 progress:profiles1/2 progress:profiles2/2 profiles:2/0/true authors:2 point:2 progress:grid1/4 authors:2 point:2 "
        "progress:grid2/4 authors:2 point:2 progress:grid3/4 authors:2 point:2 progress:grid4/4 ranking:sharpe4 ranking:sortino4 "
        "ranking:pnl4 ranking:recovery4 done:4");
}

TEST_CASE("sweep.run: candles may come from a function of the script", "[script][sweep]") {
  ScriptBench bench;
  bench.prices = ramp(60, 60, 2);
  const std::string show = " print(r.reports.best[3].report.total_pnl_percent, r.profile_count)";
  const auto driver = bench.run(kHead + "local r = grid(nil, 'm')" + show);
  const auto own = bench.run(kHead + R"(
    btk.add_exchange { exchange_name = "own", get_candles = function(symbol, interval, since, limit)
      local out = {}
      for i = 0, limit - 1 do
        local t = since + i * 60000
        local minute = (t - 1704067200000) / 60000
        local function close(m) return 100 + 2 * math.min(math.max((m - 60 + 1) / 60, 0), 1) end
        local open, last = close(minute - 1), close(minute)
        out[#out + 1] = { timestamp = t, open = open, high = math.max(open, last), low = math.min(open, last), close = last, volume = 1 }
      end
      return out
    end }
    local r = grid(nil, "own"))" + show);
  INFO(driver.problem << own.problem);
  CHECK_FALSE(driver.text().empty());
  CHECK(own.text() == driver.text());
}

TEST_CASE("sweep.run: what is wrong is one sentence", "[script][sweep]") {
  ScriptBench bench;
  const auto problem = [&](const std::string& text) { return bench.problem("\n" + text); };
  CHECK_THAT(problem("btk.add_sweep { sweep_name = 'g' }"), Contains("test.lua:2: sweep schema has no exchange_name; give it"));
  CHECK_THAT(problem("btk.add_sweep { sweep_name = 'g', exchange_name = 'm', grid_axes = { hard_stop = { 1 } } }"),
             Contains("grid_axes has no field 'hard_stop'; did you mean 'hard_stop_percent'?"));
  CHECK_THAT(problem("btk.add_sweep { sweep_name = 'g', exchange_name = 'm', grid_axes = { hold_minutes = { 1.5 } } }"),
             Contains("('hold_minutes' has number 1.5)"));
  CHECK_THAT(problem("btk.add_sweep { sweep_name = 'g', exchange_name = 'n' }"), Contains("sweep 'g': exchange \"n\" is not registered"));
  CHECK_THAT(problem("btk.sweep.run { symbol = 'X', sweep_name = 'g', ideas = {} }"), Contains("sweep \"g\" is not registered"));
  const std::string sweep = "btk.add_sweep { sweep_name = 'g', exchange_name = 'm' } btk.sweep.run { symbol = 'X', sweep_name = 'g', ideas = ";
  CHECK_THAT(problem(sweep + "{ { id = 1, ts = 5, symbol = 'X', direction = 'UP', author = 'a' } } }"),
             Contains("sweep.run: idea 1: direction must be LONG, SHORT or NEUTRAL, got \"UP\""));
  CHECK_THAT(problem(sweep + "{ { id = 1, symbol = 'X', direction = 'LONG', author = 'a' } } }"),
             Contains("sweep.run: idea 1: ts must be a number, got nil"));
  CHECK_THAT(problem(sweep + "{ { id = 1, ts = 4102444800000, symbol = 'X', direction = 'LONG', author = 'a' } } }"),
             Contains("no candles of X from 2100-01-01 00:01 on, after idea 1"));
}
