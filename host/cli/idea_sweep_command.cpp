// btkhost sweep ideas.jsonl: dated trade ideas against a grid of exits
// (engine/idea_sweep.h), the points of the grid on all threads.
#include <atomic>
#include <chrono>
#include <exception>
#include <functional>
#include <mutex>
#include <set>
#include <thread>

#include "host/cli/exit_code.h"
#include "host/cli/progress.h"
#include "host/cli/run_json.h"
#include "host/cli/script_setup.h"
#include "host/cli/sweep_setup.h"
#include "host/cli/symbols.h"
#include "host/cli/usage_error.h"
#include "host/report/report_file.h"
#include "host/sweep/idea_files.h"
#include "host/sweep/idea_report.h"

namespace btk::host {
namespace {

// The symbols of --symbols or CC_SYMBOL_LIST, else those of the ideas in the order in which they come.
std::vector<std::string> symbols_of(const SweepOptions& o, const std::vector<Idea>& ideas) {
  std::vector<std::string> symbols = choose_symbols(o.symbols, std::getenv("CC_SYMBOL_LIST"));
  std::set<std::string> with_ideas;
  for (const Idea& idea : ideas) with_ideas.insert(idea.symbol);
  if (symbols.empty()) {
    for (const Idea& idea : ideas) {
      check_symbol(idea.symbol, o.ideas.string());
      if (with_ideas.erase(idea.symbol) > 0) symbols.push_back(idea.symbol);
    }
    return symbols;
  }
  for (const std::string& symbol : symbols) {
    if (!with_ideas.contains(symbol)) throw UsageError(fmt::format("{}: there are no ideas of {}", o.ideas.string(), symbol));
  }
  return symbols;
}

// Every point of the grid, in its order; fewer after an interrupt.
std::vector<SweepReport> try_points(const std::vector<SweepPoint>& grid, std::span<const IdeaProfile> profiles, const SweepCosts& costs,
                                    unsigned threads, const Interrupt& interrupt, const std::function<void(std::size_t)>& tick) {
  if (threads == 0) threads = std::max(1u, std::thread::hardware_concurrency());
  std::vector<SweepReport> reports(grid.size());
  std::atomic<std::size_t> next{0}, done{0};
  std::mutex mutex;
  std::exception_ptr problem;
  std::size_t problem_at = grid.size();
  const auto work = [&] {
    for (std::size_t i = next++; i < grid.size() && !interrupt.requested(); i = next++) {
      try {
        reports[i] = sweep_point(grid[i], profiles, costs);
      } catch (...) {
        const std::lock_guard lock(mutex);
        if (i < problem_at) problem = std::current_exception(), problem_at = i;
      }
      ++done;
    }
  };
  {
    std::vector<std::jthread> workers;
    for (unsigned i = 0; i < std::min<std::size_t>(threads, grid.size()); ++i) workers.emplace_back(work);
    while (done < grid.size() && !interrupt.requested()) {
      tick(done);
      std::this_thread::sleep_for(std::chrono::milliseconds(20));
    }
  }
  if (problem) std::rethrow_exception(problem);
  if (interrupt.requested()) reports.clear();
  return reports;
}

// The one-minute candles that the ideas need, of all of them together.
std::vector<Candle> candles_of(lua::Script& script, const std::vector<Idea>& ideas, std::size_t horizon) {
  if (ideas.empty()) return {};
  const Timestamp from = idea_entry(ideas.front());
  const Timestamp to = idea_entry(ideas.back()) + static_cast<Timestamp>(horizon) * kMinute;
  const auto loaded = script.candles(ideas.front().symbol, from, to);
  std::vector<Candle> candles;
  candles.reserve(loaded->series.size());
  for (std::size_t i = 0; i < loaded->series.size(); ++i) candles.push_back(loaded->series.at(i));
  return candles;
}

}  // namespace

int idea_sweep_command(const SweepOptions& o, Console& console) {
  check_targets(o);
  ScriptHost host(o, console);
  Interrupt& interrupt = host.interrupt();
  const std::vector<Idea> ideas = read_ideas(o.ideas);
  const IdeaSweepConfig config = read_idea_config(o.config);
  const std::vector<SweepPoint> grid = sweep_grid(config.axes);
  const std::size_t horizon = sweep_horizon(config.axes);
  const std::vector<std::string> symbols = symbols_of(o, ideas);
  if (o.files.empty()) {
    throw UsageError(fmt::format("btkhost sweep: give a script that registers the exchange, as in btkhost sweep {} exchange.lua",
                                 o.ideas.string()));
  }

  const lua::ScriptOptions setup = sweep_script_options(o, host);
  lua::Script script(setup, lua::Script::Role::worker);
  const Interrupt::Watch watch(interrupt, script.isolate());
  std::vector<SweepResult> results;
  try {
    load_or_refuse(script);
    const SweepCosts costs{script.config().percent_slippage, script.config().percent_fee};
    Progress progress(console, o.quiet);
    const StatusAnswer answer(interrupt, [&progress] { progress.print(); });
    for (const std::string& symbol : symbols) {
      const std::vector<Idea> kept = directional_ideas(ideas, symbol);
      const std::vector<Candle> minutes = candles_of(script, kept, horizon);
      const std::vector<IdeaProfile> profiles = idea_profiles(kept, minutes, horizon);
      auto reports = try_points(grid, profiles, costs, o.threads, interrupt, [&](std::size_t done) {
        const std::size_t all = results.size() * grid.size() + done, runs = symbols.size() * grid.size();
        progress.update({static_cast<double>(all) / static_cast<double>(runs), 0, all, runs});
      });
      if (interrupt.requested()) break;
      results.push_back(rank_sweep(std::move(reports), profiles, config.report_order));
      results.back().symbol = symbol;
      results.back().ideas_total = static_cast<std::size_t>(std::ranges::count(ideas, symbol, &Idea::symbol));
      results.back().ideas_directional = kept.size();
    }
  } catch (const lua::ScriptFailure& e) {
    if (interrupt.requested()) return kInterrupted;
    throw UsageError(e.what());
  }

  const bool stopped = results.size() < symbols.size();
  const auto in_json = [&] { return json_text(idea_document(results, stopped)); };
  const auto in_markdown = [&] {
    std::string text;
    for (const SweepResult& result : results) text += (text.empty() ? "" : "\n\n") + idea_markdown(result);
    if (!stopped) return text;
    return with_remark(text, fmt::format("**Stopped early:** interrupted when {} of {} symbols were done.", results.size(), symbols.size()));
  };
  ResultWish wish = result_wish(o, symbols.front());
  wish.stopped = stopped;
  if (results.empty()) wish.save.clear();  // interrupted before there was anything to keep
  if (!results.empty() || o.json) show_result(wish, {in_json, in_markdown}, console);
  if (!o.quiet) console.note(fmt::format("Sweep finished: {} points of {} symbols", grid.size(), results.size()));
  return interrupt.requested() ? kInterrupted : 0;
}

}  // namespace btk::host
