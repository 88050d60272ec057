#include "sweep_ratios.h"

#include <algorithm>
#include <functional>
#include <string>
#include <vector>

#include "host/cli/param_sweep.h"
#include "host/cli/run_pool.h"
#include "measure.h"
#include "plain_loop.h"
#include "product.h"
#include "ratio_rows.h"
#include "tests/support/temp_folder.h"

namespace btk::bench {
namespace {

struct Spent {
  double wall = 0, cpu = 0;
};

Spent pool_time(const lua::ScriptOptions& options, const std::vector<lua::PlannedRun>& sets, unsigned threads) {
  host::Console console(stdout, stderr);
  host::Interrupt interrupt(console);
  host::RunPool pool({.threads = threads}, interrupt);
  const Spent start{wall_seconds(), process_seconds()};
  pool.run(options, sets, [](const host::PoolProgress&) {});
  return {wall_seconds() - start.wall, process_seconds() - start.cpu};
}

std::vector<lua::PlannedRun> parameter_sets(const lua::ScriptOptions& options, bool quick) {
  lua::Script main(options, lua::Script::Role::main);
  main.load();
  lua::PlannedRun planned = main.plan().front();
  std::vector<lua::PlannedRun> sets;
  for (int fast = 5; fast <= 23; fast += quick ? 18 : 2) {
    for (int slow = 40; slow <= 94; slow += quick ? 12 : 6) {
      planned.strategy_name = fmt::format("cross-{}-{}", fast, slow);
      sets.push_back(planned);
    }
  }
  return sets;
}

/// What `btkhost sweep --params` does: every point of the grid, or `trials` random ones, each into a new ledger. `hashes`: what
/// the sets decided.
Spent sweep_time(const lua::ScriptOptions& options, SearchKind kind, std::size_t trials, unsigned threads, std::vector<std::string>& hashes) {
  host::Console console(stdout, stderr);
  host::Interrupt interrupt(console);
  lua::Script main(options, lua::Script::Role::main);
  main.load();
  const host::SweepGround ground{.key = {}, .symbols = main.plan(), .script = &options};
  const ParamSpace space(main.params(ground.symbols.front().strategy_name).axes);
  const test::TempFolder folder;
  host::Ledger ledger(folder / "ledger.sqlite");
  ParamSearch search(space, kind, trials, 1);
  host::ParamSweepResult result{.space = space, .strategy_name = {}, .exchange_name = {}, .frame_name = {}, .symbols = {},
                                .metric = "total_pnl", .family = {}, .trials = {}, .failures = {}};
  const Spent start{wall_seconds(), process_seconds()};
  host::ParamSweep(ground, ledger, interrupt, threads).run(search, result, [](const host::PoolProgress&) {});
  const Spent spent{wall_seconds() - start.wall, process_seconds() - start.cpu};
  hashes.clear();
  for (const host::SweepTrial& tried : result.trials) hashes.push_back(tried.trial.run_hash);
  return spent;
}

/// The same work on one thread and on two, each measured in turn with everything else.
struct Swept {
  std::vector<double> cpu, wall, wall_of_two;
  double set_cpu(std::size_t sets) const { return middle(cpu) / static_cast<double>(sets); }
  double speed_up() const { return middle(wall) / middle(wall_of_two); }
  void measure(const std::function<Spent(unsigned threads)>& work) {
    const Spent one = work(1), two = work(2);
    cpu.push_back(one.cpu);
    wall.push_back(one.wall);
    wall_of_two.push_back(two.wall);
  }
};

}  // namespace

void sweep_rows(const CandleSeries& minutes, const std::shared_ptr<lua::CandleSource>& source, const Yardsticks& y,
                bool quick) {
  const lua::ScriptOptions options = options_for("w3", source), lists = options_for("w3_params", source),
                           series = options_for("w3_series", source);
  const auto sets = parameter_sets(options, quick);
  const SearchKind kind = quick ? SearchKind::random : SearchKind::grid;
  std::vector<double> cpp, script;
  std::vector<std::string> decided_by_lists, decided_by_series;
  Swept runs, lists_swept, series_swept;
  for (int i = 0; i < (quick ? 1 : 3); ++i) {
    Stopwatch watch;
    for (int fast = 5; fast <= 23; fast += quick ? 18 : 2) {
      for (int slow = 40; slow <= 94; slow += quick ? 12 : 6) plain_w1(minutes, fast, slow);
    }
    cpp.push_back(watch.lap() / static_cast<double>(sets.size()));
    if (const auto set = y.lua_w3_set()) script.push_back(*set);
    runs.measure([&](unsigned threads) { return pool_time(options, sets, threads); });
    lists_swept.measure([&](unsigned threads) { return sweep_time(lists, kind, sets.size(), threads, decided_by_lists); });
    series_swept.measure([&](unsigned threads) { return sweep_time(series, kind, sets.size(), threads, decided_by_series); });
  }
  const auto rows = [&](const std::string& what, const Swept& swept) {
    const double set = swept.set_cpu(sets.size());
    row(fmt::format("W3 {}, a set / plain C++ loop", what), "", "", times(set / middle(cpp)));
    if (!script.empty()) row("  a set / plain LuaJIT script", "<= 2x", "1x", times(set / middle(script)));
    row("  one thread / two threads (wall)", ">= 1.8x", "", times(swept.speed_up()));
  };
  rows(fmt::format("{} runs with sums over lists", sets.size()), runs);
  rows("btkhost sweep, sums over lists", lists_swept);
  rows("btkhost sweep, btk.series", series_swept);
  const auto same = std::ranges::equal(decided_by_lists, decided_by_series);
  row("  its run hashes are those of the sums over lists", "yes", "", same ? "yes" : "no");
}

}  // namespace btk::bench
