// btkhost run: load the script, find out which runs it wants, make them, show
// what came of it.
#include <algorithm>
#include <chrono>
#include <map>

#include "host/cli/change_wait.h"
#include "host/cli/commands.h"
#include "host/cli/exit_code.h"
#include "host/cli/explain_text.h"
#include "host/cli/llm_setup.h"
#include "host/cli/output_target.h"
#include "host/cli/outputs.h"
#include "host/cli/position_blocks.h"
#include "host/cli/progress.h"
#include "host/cli/report_columns.h"
#include "host/cli/run_json.h"
#include "host/cli/run_options.h"
#include "host/cli/run_pool.h"
#include "host/cli/run_teller.h"
#include "host/cli/script_files.h"
#include "host/cli/script_host.h"
#include "host/cli/script_setup.h"
#include "host/cli/summary.h"
#include "host/cli/usage_error.h"
#include "host/cli/walk_teller.h"
#include "host/prove/proof_text.h"
#include "host/report/report_file.h"
#include "optimizer/generated_files.h"

namespace btk::host {
namespace {

lua::ScriptOptions run_script_options(const RunOptions& o, Console& console, ScriptHost& host) {
  lua::ScriptOptions s = host.script_options(o);
  s.keep_decisions = o.events.has_value();
  s.keep_candles = o.page.has_value();
  s.explain = o.explain;
  if (!o.json) s.print = [&console](std::string_view line) { console.print(std::string(line) + "\n"); };
  add_reports(s, console, o.out, o.files.front());
  for (const std::string& kind : o.kinds) {
    s.measure = s.measure || kind == "performance";
    if (const auto events = parse_event_report(kind)) s.collect |= event_mask(*events);
  }
  s.append_report = report_appender(o.out, console);
  s.services.write = script_writer(console, o.out);
  return s;
}

// The walks that the script queued, for the teller.
void add_walks(lua::Script& script, const std::vector<lua::PlannedRun>& planned, WalkTeller& teller) {
  std::map<std::size_t, WalkTeller::Job> jobs;
  for (std::size_t i = 0; i < planned.size(); ++i) {
    if (!planned[i].walk) continue;
    WalkTeller::Job& job = jobs[*planned[i].walk];
    job.walk = script.walks()[*planned[i].walk];
    job.listeners = {{&script, *planned[i].walk}};
    job.parts.push_back({i, planned[i].strategy_name});
  }
  for (auto& [index, job] : jobs) teller.add(std::move(job));
}

// The runs that went well, to be proven.
std::vector<ProofWish> proof_wishes(const lua::ScriptOptions& setup, const std::vector<lua::PlannedRun>& planned,
                                    const std::vector<RunOutcome>& made) {
  std::vector<ProofWish> wishes;
  for (std::size_t i = 0; i < made.size(); ++i) {
    if (!made[i].failure.empty() || made[i].report.interrupted) continue;
    wishes.push_back({planned[i], &setup, made[i].report.run_hash, made[i].seconds});
  }
  return wishes;
}

// Runs that the script drives itself cannot be repeated without it.
std::vector<Proof> unprovable(const std::vector<RunOutcome>& own) {
  std::vector<Proof> proofs;
  for (const RunOutcome& outcome : own) {
    Proof proof;
    proof.symbol = outcome.report.symbol;
    proof.strategy_name = outcome.report.strategy_name;
    proof.exchange_name = outcome.report.exchange_name;
    proof.frame_name = outcome.report.frame_name;
    proof.why = "the script drives this run itself (btk.backtest.run); leave it to the host with btk.backtest.background";
    proofs.push_back(std::move(proof));
  }
  return proofs;
}

bool all_hold(const std::vector<Proof>& proofs) {
  return std::ranges::all_of(proofs, [](const Proof& p) { return p.result == ProofResult::holds; });
}

void show_runs(const RunOptions& o, const std::vector<RunOutcome>& outcomes, const std::vector<Proof>& proofs, Console& console,
               spdlog::logger& logger) {
  if (o.json) {
    console.print(json_text(run_document(outcomes, o.prove ? &proofs : nullptr)) + "\n");
  } else {
    if (o.explain) console.print(explain_text(outcomes, *o.explain));
    for (const RunOutcome& outcome : outcomes) {
      if (o.verbose) console.print(position_blocks(outcome.report));
    }
    const bool color = console.out_is_terminal() && !o.no_color && std::getenv("NO_COLOR") == nullptr;
    console.print(summary_text(outcomes, {.capital = o.capital, .color = color}));
    for (const Proof& proof : proofs) console.print(proof_lines(proof, true));
  }
  for (const std::string& line : remarks(outcomes)) console.note(line);
  for (const RunOutcome& outcome : outcomes) {
    for (const lua::ReportedError& e : outcome.report.errors) {
      logger.debug("{}: error in {}: {}\n{}", outcome.report.symbol, e.where, e.message, e.traceback);
    }
  }
}

void write_run_files(const RunOptions& o, const std::vector<RunOutcome>& outcomes, const std::vector<Proof>& proofs, const OwnTable& own,
                     Console& console) {
  auto written = write_reports(outcomes, o, "backtest", console, proofs, own);
  const auto more = write_kinds(outcomes, o.out, o.kinds, console, own);
  written.insert(written.end(), more.begin(), more.end());
  if (o.page) written.push_back(write_page(outcomes, o.capital, *o.page, o.out, console, proofs));
  if (o.events) write_report_file(*o.events, console.mask(events_text(outcomes)), "--events");
  if (!o.quiet && !o.json) {
    for (const auto& path : written) console.note(fmt::format("Saved: {}", path.string()));
  }
}

// The files that the script consists of, as far as it was loaded, are added to `seen`. Throws UsageError and btk::Error.
int make_runs(const RunOptions& options, ScriptHost& host, Console& console, std::vector<std::filesystem::path>& seen) {
  const auto began = std::chrono::steady_clock::now();
  Interrupt& interrupt = host.interrupt();
  lua::ScriptOptions setup = run_script_options(options, console, host);
  setup.llm = llm_of_environment(options.files.front(), options.out, console, [&interrupt] { return interrupt.requested(); }, true);
  lend_from_manifest(setup);
  setup.write_generated = [&console](const std::string& folder, std::vector<lua::GeneratedFile> files) {
    for (auto& file : files) file.text = console.mask(file.text);
    return optimizer::write_generated(folder, files);
  };

  lua::Script script(setup, lua::Script::Role::main);
  std::vector<lua::PlannedRun> planned;
  bool chunk_failed = false;
  {
    const Interrupt::Watch watch(interrupt, script.isolate());
    const auto add_files = [&] {
      for (const lua::LoadedFile& file : script.isolate().files()) seen.push_back(file.path);
    };
    try {
      load_or_refuse(script);
      add_files();
      planned = plan_or_refuse(script);
    } catch (const UsageError& e) {
      add_files();
      // A chunk that fails after it has made runs loses none of them.
      if (script.runs().empty()) throw;
      console.note(e.what());
      chunk_failed = true;
    } catch (const lua::ScriptFailure&) {
      return kInterrupted;  // anything else is a UsageError by now
    }
  }

  std::vector<RunOutcome> outcomes;
  for (lua::RunReport& report : script.own_reports()) {
    std::string failure = report.fatal;
    outcomes.push_back({.report = std::move(report), .failure = std::move(failure)});
  }
  bool announced = true;
  std::vector<Proof> proofs;
  if (options.prove) proofs = unprovable(outcomes);
  {
    Progress progress(console, options.quiet);
    const StatusAnswer answer(interrupt, [&progress] { progress.print(); });
    WalkTeller walks(console, interrupt);
    add_walks(script, planned, walks);
    RunTeller teller(script, planned, console, interrupt);
    RunPool pool({.threads = options.threads, .fail_fast = options.fail_fast}, interrupt);
    auto made = pool.run(setup, planned, [&](const PoolProgress& now) {
      progress.update(now);
      walks.update(pool);
      teller.update(pool);
    });
    if (options.prove && !interrupt.requested()) {
      if (!options.quiet) console.note("Repeating the runs to prove that no decision saw the future");
      auto more = prove(proof_wishes(setup, planned, made), options.proof, interrupt, [&](const PoolProgress& now) { progress.update(now); });
      std::move(more.begin(), more.end(), std::back_inserter(proofs));
    }
    if (!interrupt.requested()) {
      teller.finish(made);
      announced = teller.well() && walks.well();
    }
    made = walks.without_skipped(std::move(made));
    std::move(made.begin(), made.end(), std::back_inserter(outcomes));
  }

  show_runs(options, outcomes, proofs, console, host.logger());
  ScriptTables tables(script, console);
  write_run_files(options, outcomes, proofs, tables.maker(), console);
  if (!options.quiet) {
    const std::chrono::duration<double> spent = std::chrono::steady_clock::now() - began;
    console.note(fmt::format("Backtest trading finished in {}", duration_text(spent.count())));
  }
  if (interrupt.requested()) return kInterrupted;
  for (const RunOutcome& outcome : outcomes) {
    if (outcome.not_loaded) return kWrongUsage;
  }
  return announced && tables.well() && !chunk_failed && all_hold(proofs) ? exit_code(outcomes) : kFailed;
}

// Runs, waits for a change, runs again. A script that does not load is told and waited for like any other.
int run_and_watch(const RunOptions& o, Console& console) {
  ScriptHost host(o, console);
  ChangeWait changes(console);
  std::vector<std::filesystem::path> seen = o.files;
  while (true) {
    host.exchanges().forget();  // candle files may have changed as well
    changes.watch(seen);
    seen = o.files;
    int code = kFailed;
    try {
      code = make_runs(o, host, console, seen);
    } catch (const Error& e) {
      code = tell_failure(e, console);
    }
    console.flush();
    changes.watch(seen);
    if (host.interrupt().requested() || !changes.wait(host.interrupt())) return code;
  }
}

}  // namespace

int run_command(const Words& words, Console& console) {
  const auto options = read_run_options(words, console);
  if (!options) return 0;
  if (options->events) check_file_target("--events", *options->events);
  check_targets(*options, "backtest");
  if (options->watch) return run_and_watch(*options, console);
  ScriptHost host(*options, console);
  std::vector<std::filesystem::path> seen;
  return make_runs(*options, host, console, seen);
}

}  // namespace btk::host
