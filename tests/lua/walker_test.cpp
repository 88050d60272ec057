// btk.walker in the main chunk (lua-api.md, analytics.md 3.1).
#include "tests/lua/script_bench.h"

using namespace btk;
using namespace btk::test;
using Catch::Matchers::Contains;

namespace {

// Three strategies on a price that rises by 3 %: one takes 1 %, one 2 %, one never trades.
const std::string kThree = R"(
for i, take in ipairs { 1.01, 1.02, 0 } do
  btk.add_strategy { strategy_name = "s" .. i, interval = "1h", get_signal = function(symbol, when, price)
    if take > 0 then return long(price, { price_take_profit = price * take }) end
  end }
end
)";

std::string walker(const std::string& more = "") {
  return kThree + "btk.add_walker { walker_name = 'w', exchange_name = 'm', frame_name = 'f', metric = 'total_pnl', " +
         "strategies = { 's1', 's2', 's3' }, " + more + " }\n";
}

const std::string kDrive = "for e in btk.walker.run('BTCUSDT', { walker_name = 'w' }) do print(e.strategy_name, e.best_strategy, "
                           "e.strategies_tested .. '/' .. e.total_strategies) end\n";

using Lines = std::vector<std::string>;

}  // namespace

TEST_CASE("A walk tests its strategies in the order of the list and keeps the best", "[walker]") {
  ScriptBench bench;
  bench.prices = ramp(0, 120, 3);
  const auto outcome = bench.run(walker() + kDrive + R"(
local d = btk.walker.get_data("BTCUSDT", { walker_name = "w" })
print(d.best_strategy, d.best_metric == d.best_stats.total_pnl, #d.strategy_results, d.strategy_results[1].strategy_name)
print(d.strategy_results[1].metric_value, d.strategy_results[3].stats.total_signals == #d.strategy_results[3].stats.signal_list)
print(btk.walker.list()[1].status)
)");
  CHECK(outcome.problem == "");
  CHECK(outcome.lines == Lines{"s1\ts1\t1/3", "s2\ts2\t2/3", "s3\ts2\t3/3", "s2\ttrue\t3\ts3", "nil\ttrue", "fulfilled"});
}

TEST_CASE("A walk says whether its best strategy is luck", "[walker][honest]") {
  ScriptBench bench;
  bench.prices = ramp(0, 120, 3);
  const auto outcome = bench.run(walker() + kDrive + R"(
local d = btk.walker.get_data("BTCUSDT", { walker_name = "w" })
print(d.verdict, d.reasons[1], d.honest.trials, d.honest.trials >= d.honest.independent_trials)
)");
  CHECK(outcome.problem == "");
  REQUIRE(!outcome.lines.empty());
  CHECK_THAT(outcome.lines.back(), Contains("likely luck\t") && Contains("\t2\ttrue"));
}

TEST_CASE("Callbacks and listeners of a walk are called in the reference's order", "[walker]") {
  ScriptBench bench;
  const auto outcome = bench.run(R"(
btk.listen_walker_progress(function(e) print("progress", e.progress) end)
btk.listen_walker(function(e) print("walker", e.strategy_name) end)
btk.listen_walker_once(function(e) return e.strategy_name == "s2" end, function(e) print("once", e.strategy_name) end)
btk.listen_walker_complete(function(e) print("complete", e.best_strategy) end)
btk.listen_done_walker(function(e) print("done", e.strategy_name) end)
)" + walker(R"(callbacks = {
  on_strategy_start = function(name, symbol) print("start", name, symbol) end,
  on_strategy_complete = function(name, symbol, stats, value) print("tested", name, stats.total_signals, value) end,
  on_complete = function(final) print("over", final.total_strategies) end })") +
                                 "btk.override_walker { walker_name = 'w', strategies = { 's3', 's2' } }\n"
                                 "local walk = btk.walker.run('BTCUSDT', { walker_name = 'w' }) walk() walk() print(walk())");
  CHECK(outcome.problem == "");
  REQUIRE(outcome.lines.size() == 13);
  CHECK(Lines(outcome.lines.begin(), outcome.lines.begin() + 4) ==
        Lines{"start\ts3\tBTCUSDT", "progress\t0.5", "tested\ts3\t0\tnil", "walker\ts3"});
  CHECK(Lines(outcome.lines.begin() + 7, outcome.lines.end()) ==
        Lines{"walker\ts2", "once\ts2", "over\t2", "complete\ts2", "done\tw", "nil"});
}

TEST_CASE("Events of a walk carry the moment twice, as every event does", "[walker]") {
  ScriptBench bench;
  const auto outcome = bench.run(R"(
local function told(e) print(type(e.when), e.timestamp == e.when) end
btk.listen_walker_progress(told)
btk.listen_walker(told)
btk.listen_walker_complete(told)
)" + walker("strategies = { 's2' }") + "for _ in btk.walker.run('BTCUSDT', { walker_name = 'w' }) do end");
  CHECK(outcome.problem == "");
  CHECK(outcome.lines == Lines{"number\ttrue", "number\ttrue", "number\ttrue"});
}

TEST_CASE("A stop ends the walk after the strategy under way, and it is complete all the same", "[walker]") {
  ScriptBench bench;
  const auto outcome = bench.run(R"(
btk.listen_walker(function(e) btk.walker.stop(e.symbol, { walker_name = e.walker_name }) end)
btk.listen_walker_complete(function(e) print("complete", e.best_strategy) end)
)" + walker() + kDrive);
  CHECK(outcome.problem == "");
  CHECK(outcome.lines == Lines{"s1\ts1\t1/3", "complete\ts1"});
}

TEST_CASE("A strategy that cannot be tested does not count, the walk goes on", "[walker]") {
  ScriptBench bench;
  const auto outcome = bench.run(walker("callbacks = { on_strategy_error = function(name, symbol, why) print('error', name, why) end }") + R"(
btk.add_action { action_name = "broken", handler = function() error("no handler today") end }
btk.override_strategy { strategy_name = "s2", actions = { "broken" } }
)" + kDrive);
  CHECK(outcome.problem == "");
  REQUIRE(outcome.lines.size() == 3);
  CHECK(outcome.lines[0] == "s1\ts1\t1/3");
  CHECK_THAT(outcome.lines[1], Contains("error\ts2") && Contains("no handler today"));
  CHECK(outcome.lines[2] == "s3\ts1\t2/3");
}

TEST_CASE("A callback that raises is a script error, and does not end the walk", "[walker]") {
  ScriptBench bench;
  const auto outcome = bench.run(walker("callbacks = { on_strategy_complete = function() error('oops') end }") + kDrive);
  CHECK(outcome.problem == "");
  CHECK(outcome.lines.size() == 3);
  REQUIRE(outcome.reports.size() == 3);
  REQUIRE(outcome.reports[0].errors.size() == 1);
  CHECK(outcome.reports[0].errors[0].message == "oops");
  CHECK(outcome.reports[0].errors[0].where == "w.on_strategy_complete");

  const auto early = bench.run(walker("callbacks = { on_strategy_start = function(name) error('before ' .. name) end }") + kDrive);
  REQUIRE(early.reports.size() == 3);
  for (std::size_t i = 0; i < 3; ++i) {
    REQUIRE(early.reports[i].errors.size() == 1);
    CHECK(early.reports[i].errors[0].message == "before " + early.reports[i].strategy_name);
  }
}

TEST_CASE("Wrong use of walkers is told in a sentence", "[walker]") {
  ScriptBench bench;
  CHECK_THAT(bench.problem(walker() + "btk.walker.get_data('BTCUSDT', { walker_name = 'w' })"),
             Contains("no strategy of walker 'w' has been tested on BTCUSDT yet"));
  CHECK_THAT(bench.problem(walker() + "btk.walker.run('BTCUSDT', { walker_name = 'v' })"), Contains("walker \"v\" is not registered"));
  CHECK_THAT(bench.problem(walker() + "btk.walker.run('BTCUSDT', { name = 'w' })"), Contains("unknown field 'name'"));
  CHECK_THAT(bench.problem(walker() + "btk.walker.go()"), Contains("btk.walker has no function 'go'"));
  const auto typo = bench.run(walker() + "btk.override_walker { walker_name = 'w', metric = 'luck' }" + kDrive);
  CHECK(typo.lines.back() == "s3\tnil\t3/3");
}
