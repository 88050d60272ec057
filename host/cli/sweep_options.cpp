#include "host/cli/sweep_options.h"

#include <algorithm>

#include "engine/walker.h"
#include "host/cli/parser.h"
#include "host/cli/proof_options.h"
#include "host/cli/script_words.h"
#include "host/cli/usage_error.h"
#include "host/cli/walker_options.h"
#include "host/ledger/ledger.h"

namespace btk::host {
namespace {

constexpr std::uint64_t kMostTrials = 1'000'000;

SearchKind read_search(const std::string& name) {
  if (const auto kind = parse_search(name)) return *kind;
  static constexpr std::string_view kKnown[] = {"grid", "random", "tpe"};
  throw UsageError(fmt::format("--search: there is no search \"{}\"{}; there are grid, random, tpe", name, suggestion(name, kKnown)));
}

// Scripts end with .lua, the configuration with .json; what is left is the ideas.
void sort_files(const std::vector<std::string>& files, SweepOptions& o) {
  for (const std::string& name : files) {
    const std::filesystem::path file = name;
    std::filesystem::path* place = nullptr;
    if (file.extension() == ".lua") {
      o.files.push_back(file);
      continue;
    }
    if (o.params) throw UsageError(fmt::format("btkhost sweep --params: {} is no script (.lua)", name));
    place = file.extension() == ".json" ? &o.config : &o.ideas;
    if (!place->empty()) {
      throw UsageError(fmt::format("btkhost sweep: {} and {}: give one file of ideas and at most one configuration (.json)",
                                   place->string(), name));
    }
    *place = file;
  }
  if (o.params) {
    check_files(o.files, "sweep --params");
    return;
  }
  if (o.ideas.empty()) {
    throw UsageError("btkhost sweep: give a file of ideas (ideas.jsonl), or --params strategy.lua to vary a strategy's parameters");
  }
  std::vector<std::filesystem::path> all = o.files;
  all.push_back(o.ideas);
  if (!o.config.empty()) all.push_back(o.config);
  check_files(all, "sweep");
}

}  // namespace

std::optional<SweepOptions> read_sweep_options(Words words, Console& console) {
  SweepOptions o;
  Parser parser("sweep",
                "Tries the parameters that a strategy declares (--params strategy.lua), or exits for a file of dated trade\n"
                "ideas (ideas.jsonl [config.json] exchange.lua), and ranks what was tried.",
                "btkhost sweep --params scripts/sma_cross.lua --search tpe --trials 40 --metric total_pnl");
  CLI::App& app = parser.app();
  std::string metric(kDefaultMetric), search = "grid", ledger(kDefaultLedger), out = o.out.string();
  std::vector<std::string> files;
  ScriptWords script(app, o);
  std::int64_t trials = 0, top = 0;
  app.add_option("file", files, "Lua files, loaded in order into one registry; ideas.jsonl and config.json of an idea sweep");
  app.add_flag("--params", o.params, "varies the parameters of the script's strategy");
  app.add_option("--search", search, "grid, random or tpe; default grid");
  auto* trial_option = app.add_option("--trials", trials, "points that random and tpe try; default 100");
  app.add_option("--metric", metric, "what trials are ranked by; default sharpe_ratio");
  auto* top_option = app.add_option("--top", top, "lines of the ranking; default 20, and all with --json");
  std::string walk_forward;
  std::int64_t folds = 0;
  double embargo = 0;
  auto* walk_option = app.add_option("--walk-forward", walk_forward,
                                     "rolling or anchored: also chooses on one stretch of time and counts on the next");
  auto* fold_option = app.add_option("--folds", folds, "tests of the walk-forward; default 5");
  auto* embargo_option = app.add_option("--embargo", embargo, "hours before each test that count nowhere; default 0");
  app.add_option("--ledger", ledger, "where trials are kept; default dump/data/ledger.sqlite");
  script.symbols().strategy().exchange().frame().range().settings();
  script.seed("where random numbers, ids and the search start; default 1").threads("--jobs,--threads");
  app.add_flag("--json", o.json, "one JSON document on stdout instead of the report");
  app.add_option("--save", o.save, "json or md: writes the result to a file below --out; stdout has it with --json only");
  app.add_option("--output", o.output, "name of that file, without ending; default sweep_<SYMBOL>_<ms>");
  std::string report;
  app.add_option("--report", report, "--params: html: writes a page with charts below --out as well");
  app.add_option("--capital", o.capital, "starting capital of the page's money figures; default 10000");
  app.add_option("--out", out, "folder of files; default ./dump");
  app.add_flag("--prove,!--no-prove", o.prove,
               "--params: repeats the best point's runs with the future cut off and replaced; on by default");
  add_proof_options(app, o.proof);
  script.quiet().unsafe().env_override().log_level();
  if (!parser.parse(std::move(words), console)) return std::nullopt;

  sort_files(files, o);
  script.read();
  if (o.prove) check_proof_options(o.proof);
  o.search = read_search(search);
  if (!o.params) {
    for (const char* name : {"--search", "--trials", "--metric", "--ledger", "--walk-forward", "--report", "--strategy", "--frame", "--from",
                             "--to", "--seed", "--top", "--capital", "--prove", "--prove-moments", "--prove-entries"}) {
      if (app.get_option(name)->count() > 0) throw UsageError(fmt::format("{} belongs to --params", name));
    }
  }
  if (trial_option->count() > 0) {
    if (o.search == SearchKind::grid) {
      throw UsageError("--trials belongs to --search random and --search tpe; a grid tries every point");
    }
    if (trials < 1 || static_cast<std::uint64_t>(trials) > kMostTrials) {
      throw UsageError(fmt::format("--trials {}: give a number from 1 to {}", trials, kMostTrials));
    }
    o.trials = static_cast<std::uint64_t>(trials);
  }
  check_metric(metric);
  o.metric = metric;
  if (top_option->count() > 0) {
    if (top < 1) throw UsageError(fmt::format("--top {}: give a number above 0", top));
    o.top = static_cast<std::size_t>(top);
  }
  if (walk_option->count() > 0) {
    o.walk_forward = parse_fold_kind(walk_forward);
    if (!o.walk_forward) throw UsageError(fmt::format("--walk-forward {}: there are rolling and anchored", walk_forward));
  } else if (fold_option->count() + embargo_option->count() > 0) {
    throw UsageError("--folds and --embargo belong to --walk-forward");
  }
  if (fold_option->count() > 0) {
    if (folds < 2 || folds > 100) throw UsageError(fmt::format("--folds {}: give a number from 2 to 100", folds));
    o.folds = static_cast<std::size_t>(folds);
  }
  if (!(embargo >= 0 && embargo <= 24 * 366)) throw UsageError(fmt::format("--embargo {}: give hours from 0 to 8784", embargo));
  o.embargo = embargo * static_cast<double>(kHour);
  o.ledger = ledger;
  read_ranking_files(report, "a sweep", o);
  check_capital(o.capital);
  o.proof.threads = o.threads;
  o.proof.seed = o.seed;
  o.out = out;
  return o;
}

}  // namespace btk::host
