// btkhost sweep --params: tries the parameters that a strategy declares, and ranks
// what came of them. What was tried before is not tried again: see host/ledger.
#include <nlohmann/json.hpp>

#include "host/cli/commands.h"
#include "host/cli/exit_code.h"
#include "host/cli/output_target.h"
#include "host/cli/param_sweep.h"
#include "host/cli/progress.h"
#include "host/cli/run_json.h"
#include "host/cli/script_setup.h"
#include "host/cli/sweep_best.h"
#include "host/cli/sweep_page.h"
#include "host/cli/sweep_setup.h"
#include "host/cli/usage_error.h"
#include "host/cli/version.h"
#include "host/ledger/candles_hash.h"
#include "host/prove/proof_text.h"
#include "host/report/report_file.h"
#include "host/report/report_page.h"
#include "host/sweep/sweep_report.h"
#include "lua/history.h"

namespace btk::host {
namespace {

constexpr std::uint64_t kMostGridPoints = 1'000'000;
constexpr std::size_t kTop = 20, kShownProblems = 10;

ParamSpace space_of(const lua::StrategyParams& params, const SweepOptions& o, const std::string& strategy) {
  try {
    ParamSpace space(params.axes);
    if (space.size() == 1) {
      throw UsageError(fmt::format("strategy '{}' has nothing to vary; declare it, for instance params = {{ fast = {{ 5, 50, step = 5 }} }}",
                                   strategy));
    }
    if (o.search == SearchKind::grid && space.size() > kMostGridPoints) {
      throw UsageError(fmt::format("strategy '{}': the grid has {} points; use --search tpe or random with --trials, or larger steps",
                                   strategy, space.size()));
    }
    return space;
  } catch (const UsageError&) {
    throw;
  } catch (const Error& e) {
    throw UsageError(fmt::format("strategy '{}': {}", strategy, e.what()));
  }
}

// The seed and every setting that is not the usual one.
std::string settings_json(const SweepOptions& o, lua::Script& script, const std::string& frame) {
  nlohmann::json settings{{"version", kVersion}, {"seed", o.seed}};  // sorted by name
  if (!frame.empty()) settings["frame"] = frame;
  if (o.unsafe) settings["unsafe"] = true;
  for (const ConfigKey& key : config_keys()) {
    const ConfigValue value = get(script.config(), key);
    if (value == get(Config{}, key)) continue;
    const std::string name(key.name);
    if (const auto* flag = std::get_if<bool>(&value)) {
      settings[name] = *flag;
    } else {
      settings[name] = shortest(std::get<double>(value));
    }
  }
  return settings.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

// What is stored of an exchange that is a function of the script. Empty when nothing is: what it gives follows from the script.
std::string stored_candles(lua::Script& script, Exchanges& exchanges, const lua::ExchangeSchema& schema, const std::vector<std::string>& symbols,
                           Timestamp from, Timestamp to) {
  Sha256 all;
  bool any = false;
  for (const std::string& symbol : symbols) {
    const std::string one = exchanges.warmed()->hash(schema.exchange_name, symbol, lua::history_start(from, script.config(), schema.gaps),
                                                     lua::history_end(to));
    all.update(one);
    any = any || !one.empty();
  }
  return any ? all.hex() : std::string();
}

// The candles of all symbols, loaded here once; the runs share them.
std::string load_candles(lua::Script& script, Exchanges& exchanges, const std::vector<std::string>& symbols, Timestamp from, Timestamp to) {
  const lua::ExchangeSchema schema = script.exchange().schema;
  if (schema.driver.empty()) return stored_candles(script, exchanges, schema, symbols, from, to);
  const auto source = exchanges.open(schema);
  Sha256 all;
  for (const std::string& symbol : symbols) {
    const Timestamp end = lua::history_end(to);  // as a run asks for them
    const auto loaded = source->load(symbol, lua::history_start(from, script.config(), schema.gaps), end);
    if (loaded->series.empty()) throw Error(fmt::format("exchange {}: no candles of {}", schema.exchange_name, symbol));
    all.update(candles_hash(*loaded, end));
  }
  return all.hex();
}

SweepGround ground_of(const SweepOptions& o, lua::Script& script, const std::vector<lua::PlannedRun>& planned, Exchanges& exchanges,
                      const lua::ScriptOptions& workers, const std::string& file) {
  SweepGround ground;
  const lua::PlannedRun& first = planned.front();
  TrialKey& key = ground.key;
  if (!first.frame_name.empty()) {
    const lua::FrameSchema frame = script.frame(first.frame_name);
    key.from = frame.start, key.to = frame.end;
  }
  key.from = o.from.value_or(key.from), key.to = o.to.value_or(key.to);
  if (key.to < key.from) {
    throw UsageError(fmt::format("the sweep ends ({}) before it starts ({}); check --from and --to", format_minute(key.to),
                                 format_minute(key.from)));
  }
  std::vector<std::string> symbols;
  for (const lua::PlannedRun& run : planned) symbols.push_back(run.symbol);
  key.family = family_of(file.empty() ? o.files.back() : std::filesystem::path(file));
  key.strategy_name = first.strategy_name;
  key.script_hash = script.text_hash();
  key.symbols = fmt::format("{}", fmt::join(symbols, ","));
  key.exchange = first.exchange_name;
  key.settings = settings_json(o, script, first.frame_name);
  key.candles = load_candles(script, exchanges, symbols, key.from, key.to);
  ground.symbols = planned;
  ground.script = &workers;
  return ground;
}

// What went wrong in trials, one sentence each.
std::vector<std::string> problem_lines(const ParamSweepResult& result) {
  const std::vector<SweepProblem> problems = sweep_problems(result);
  std::vector<std::string> lines;
  for (std::size_t i = 0; i < std::min(problems.size(), kShownProblems); ++i) {
    const SweepProblem& p = problems[i];
    lines.push_back(fmt::format("{} of {} trials: {} (first: {})", p.trials, result.trials.size() + result.failures.size(), p.message,
                                point_text(result.space, p.first_point)));
  }
  if (problems.size() > kShownProblems) lines.push_back(fmt::format("... and {} further errors", problems.size() - kShownProblems));
  return lines;
}

// Every trial ever made of this strategy counts as a try, whatever it was compared by.
void weigh_trials(const SweepOptions& o, Ledger& ledger, ParamSweepResult& result) {
  const EarlierTrials before = earlier_trials(result, ledger.trials(result.family, result.strategy_name));
  std::vector<Fold> folds;
  if (o.walk_forward) {
    const double from = static_cast<double>(result.from), to = static_cast<double>(result.to + kMinute);
    folds = walk_forward_folds(from, to, o.folds, *o.walk_forward, o.embargo);
    if (folds.empty()) throw UsageError("--embargo leaves no training: give fewer hours or fewer --folds");
  }
  result.evidence = weigh_sweep(result, before, folds);
  if (result.evidence && o.walk_forward) {
    result.evidence->walk_forward->kind = *o.walk_forward;
    result.evidence->walk_forward->embargo = o.embargo;
  }
}

void show_sweep(const SweepOptions& o, const ParamSweepResult& result, const std::vector<Proof>& proofs, Console& console) {
  const auto in_json = [&] {
    auto document = sweep_document(result, o.top);
    auto& list = document["proofs"] = nlohmann::ordered_json::array();
    for (const Proof& proof : proofs) list.push_back(proof_object(proof));
    return json_text(document);
  };
  const auto in_markdown = [&] {
    std::string text = sweep_markdown(result, o.top.value_or(kTop));
    if (!proofs.empty()) text += "\n\n" + proofs_markdown(proofs);
    return text;
  };
  ResultWish wish = result_wish(o, result.symbols.front());
  wish.stopped = was_stopped(result);
  show_result(wish, {in_json, in_markdown}, console);
}

std::filesystem::path write_sweep_page(const SweepOptions& o, const ParamSweepResult& result, const BestRuns& best,
                                       const std::vector<Proof>& proofs, const Console& console) {
  const std::string symbol = result.symbols.size() == 1 ? result.symbols.front() + "_" : "";
  const std::string name = !o.output.empty() ? safe_name(o.output)
                                             : "sweep_" + report_name(symbol + result.strategy_name, result.exchange_name,
                                                                      result.frame_name.empty() ? "range" : result.frame_name);
  std::vector<std::string> remarks = problem_lines(result);
  for (std::string& line : sweep_turned_away(result)) remarks.push_back(std::move(line));
  const auto document = sweep_page_document(result, best, proofs, remarks, o.capital);
  std::filesystem::path file = o.out / "html" / (name + ".html");
  if (was_stopped(result)) file = stopped_file(file);
  write_report_file(file, report_page(*o.page, console.mask(json_text(document))));
  return file;
}

}  // namespace

int param_sweep_command(const SweepOptions& o, Console& console) {
  check_targets(o);
  ScriptHost host(o, console);
  Interrupt& interrupt = host.interrupt();
  const lua::ScriptOptions setup = sweep_script_options(o, host);
  lua::ScriptOptions workers = setup;  // a thousand trials would say the same a thousand times
  workers.print = [](std::string_view) {};
  workers.log = [](std::string_view, std::string_view) {};

  // A worker: runs that the file would start itself are not made here.
  lua::Script script(setup, lua::Script::Role::worker);
  std::vector<lua::PlannedRun> planned;
  {
    const Interrupt::Watch watch(interrupt, script.isolate());
    try {
      load_or_refuse(script);
      planned = plan_or_refuse(script);
    } catch (const lua::ScriptFailure&) {
      return kInterrupted;  // anything else is a UsageError by now
    }
  }
  const lua::StrategyParams params = script.params(planned.front().strategy_name);
  const ParamSpace space = space_of(params, o, planned.front().strategy_name);
  check_ledger(o.ledger);
  const SweepGround ground = ground_of(o, script, planned, host.exchanges(), workers, params.file);
  Ledger ledger(o.ledger);

  ParamSearch search(space, o.search, o.trials, o.seed);
  ParamSweepResult result{.space = space,
                     .strategy_name = ground.key.strategy_name,
                     .exchange_name = ground.key.exchange,
                     .frame_name = planned.front().frame_name,
                     .symbols = {},
                     .from = ground.key.from,
                     .to = ground.key.to,
                     .search = o.search,
                     .wanted = search.total(),
                     .seed = o.seed,
                     .metric = o.metric,
                     .family = ground.key.family,
                     .trials = {},
                     .failures = {},
                     .evidence = {}};
  for (const lua::PlannedRun& run : planned) result.symbols.push_back(run.symbol);
  ParamSweep sweep(ground, ledger, interrupt, o.threads);
  lua::ScriptOptions again = workers;
  again.keep_candles = o.page.has_value();
  BestRuns best;
  std::vector<Proof> proofs;
  {
    Progress progress(console, o.quiet);
    const StatusAnswer answer(interrupt, [&progress] { progress.print(); });
    sweep.run(search, result, [&progress](const PoolProgress& now) { progress.update(now); });
    const auto tick = [&progress](const PoolProgress& now) { progress.update(now); };
    if ((o.prove || o.page) && !interrupt.requested()) best = run_best(ground, result, again, o.threads, interrupt, tick);
    if (o.prove && !interrupt.requested()) proofs = prove_best(best, o.proof, interrupt, tick);
  }
  weigh_trials(o, ledger, result);

  show_sweep(o, result, proofs, console);
  if (o.page) console.note(fmt::format("Saved: {}", write_sweep_page(o, result, best, proofs, console).string()));
  for (const std::string& line : problem_lines(result)) console.note(line);
  if (!best.unlike.empty()) console.note(best.unlike);
  if (!o.quiet) {
    if (sweep.known() > 0) {
      console.note(fmt::format("{} of {} trials were in the ledger {} already and were not made again", sweep.known(), result.trials.size(),
                               o.ledger.string()));
    }
    console.note(fmt::format("Sweep finished: {} trials made", sweep.made()));
    if (!proofs.empty()) console.note(proof_cost(proofs.front()));
  }
  if (interrupt.requested()) return kInterrupted;
  // By default a proof that cannot be made is told, and that is all.
  const bool seen = std::ranges::any_of(proofs, [](const Proof& p) { return p.result == ProofResult::saw_the_future; });
  return sweep_problems(result).empty() && !seen ? 0 : kFailed;
}

}  // namespace btk::host
