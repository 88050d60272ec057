// btkhost walker: every strategy of several files over the same candles, side by
// side, ranked. Each file has a Lua state of its own, so two files may use the
// same names.
#include <algorithm>
#include <chrono>
#include <map>
#include <set>

#include "engine/sha256.h"
#include "host/cli/commands.h"
#include "host/cli/exit_code.h"
#include "host/cli/outputs.h"
#include "host/cli/page_document.h"
#include "host/cli/progress.h"
#include "host/cli/report_columns.h"
#include "host/cli/result_output.h"
#include "host/cli/run_json.h"
#include "host/cli/script_files.h"
#include "host/cli/script_host.h"
#include "host/cli/script_setup.h"
#include "host/cli/summary.h"
#include "host/cli/symbols.h"
#include "host/cli/told_apart.h"
#include "host/cli/turned_away.h"
#include "host/cli/usage_error.h"
#include "host/cli/walk_teller.h"
#include "host/cli/walker_options.h"
#include "host/cli/walker_parts.h"
#include "host/prove/proof_text.h"
#include "host/report/report_file.h"
#include "host/report/report_page.h"
#include "lua/not_specified.h"

namespace btk::host {
namespace {

// One file: its options, its state that listens, what it brings.
struct File {
  lua::ScriptOptions options;
  std::unique_ptr<lua::Script> script;
  std::unique_ptr<ScriptTables> tables;  // in columns of its own
  lua::WalkerOffer offer;
};

// One strategy of the comparison.
struct Entrant {
  File* file;
  lua::WalkerOffer::Strategy strategy;
  std::string label;
};

// What all strategies are compared on.
struct Ground {
  std::string walker_name = "walker", metric{kDefaultMetric}, exchange_name, frame_name;
  std::vector<std::string> symbols;
};

lua::ScriptOptions walked_script_options(const WalkerOptions& o, const std::filesystem::path& file, Console& console, ScriptHost& host) {
  ScriptChoice one = o;
  one.files = {file};
  one.exchange = one.frame = "";  // those that all files share are lent
  lua::ScriptOptions s = host.script_options(one);
  s.symbols.clear();  // they are the walk's
  s.keep_candles = o.page.has_value();
  add_reports(s, console, o.out, file);
  s.append_report = report_appender(o.out, console);
  s.services.write = script_writer(console, o.out);
  lend_from_manifest(s);
  return s;
}

std::vector<File> load_files(const WalkerOptions& o, Console& console, ScriptHost& host) {
  std::vector<File> files(o.files.size());
  for (std::size_t i = 0; i < files.size(); ++i) {
    files[i].options = walked_script_options(o, o.files[i], console, host);
    // A worker: runs that the file would start itself are not made here.
    files[i].script = std::make_unique<lua::Script>(files[i].options, lua::Script::Role::worker);
    files[i].tables = std::make_unique<ScriptTables>(*files[i].script, console);
    const Interrupt::Watch watch(host.interrupt(), files[i].script->isolate());
    load_or_refuse(*files[i].script);
    files[i].offer = files[i].script->walker_offer();
  }
  return files;
}

// The first file whose `look` does not fail; the failure of the first otherwise.
template <class Look>
auto first_that_has(std::vector<File>& files, Look look) {
  std::string problem;
  for (File& file : files) {
    try {
      return std::pair{&file, look(file)};
    } catch (const Error& e) {
      if (problem.empty()) problem = e.what();
    }
  }
  throw UsageError(problem);
}

// The exchange of one file serves the others, too.
void share_exchange(std::vector<File>& files, const WalkerOptions& o, Ground& ground) {
  ground.exchange_name = o.exchange;
  for (const File& file : files) {
    if (ground.exchange_name.empty()) ground.exchange_name = file.offer.exchange_name;
  }
  if (ground.exchange_name.empty()) throw UsageError(lua::not_specified("exchange", o.files));
  for (File& file : files) file.options.exchange_name = ground.exchange_name;
  const auto [owner, found] = first_that_has(files, [](File& file) { return file.script->exchange(); });
  for (File& file : files) {
    if (&file == owner) continue;
    if (!found.schema.driver.empty()) {
      file.options.lent_exchange = found.schema;
      continue;
    }
    try {
      file.script->exchange();  // a function cannot be lent
    } catch (const Error&) {
      throw UsageError(fmt::format("{}: exchange \"{}\" is a function of {} and cannot serve other files; register it here, too",
                                   file.options.files.front().string(), ground.exchange_name,
                                   owner->options.files.front().string()));
    }
  }
}

void share_frame(std::vector<File>& files, const WalkerOptions& o, Ground& ground) {
  ground.frame_name = o.frame;
  for (const File& file : files) {
    if (ground.frame_name.empty()) ground.frame_name = file.offer.frame_name;
  }
  if (ground.frame_name.empty()) {
    if (o.from && o.to) return;
    throw UsageError(lua::not_specified("frame", o.files));
  }
  const auto [owner, frame] = first_that_has(files, [&](File& file) { return file.script->frame(ground.frame_name); });
  for (File& file : files) {
    if (&file != owner) file.options.lent_frame = frame;
  }
}

Ground common_ground(std::vector<File>& files, const WalkerOptions& o, spdlog::logger& logger) {
  Ground ground;
  ground.symbols = choose_symbols(o.symbols, std::getenv("CC_SYMBOL_LIST"));
  bool named = false;
  for (const File& file : files) {
    if (ground.symbols.empty()) ground.symbols = file.offer.symbols;
    if (named || file.offer.walker_name.empty()) continue;
    named = true;
    ground.walker_name = file.offer.walker_name;
    if (!file.offer.metric.empty()) ground.metric = file.offer.metric;
  }
  if (o.metric) ground.metric = *o.metric;
  share_exchange(files, o, ground);
  share_frame(files, o, ground);
  if (ground.symbols.empty()) {
    logger.warn("no symbols are given; running BTCUSDT (name others with --symbols)");
    ground.symbols = {"BTCUSDT"};
  }
  for (const std::string& symbol : ground.symbols) check_symbol(symbol, "the script");
  return ground;
}

// What is behind the @ of a file's strategies of this name, by the file. A name that one file uses has nothing there.
std::map<const File*, std::string> marks_of(const std::vector<File>& files, const std::string& name) {
  std::vector<const File*> users;
  std::vector<std::filesystem::path> paths;
  for (const File& file : files) {
    if (std::ranges::find(file.offer.strategies, name, &lua::WalkerOffer::Strategy::name) == file.offer.strategies.end()) continue;
    users.push_back(&file);
    paths.push_back(file.options.files.front());
  }
  std::map<const File*, std::string> marks;
  if (users.size() < 2) return marks;
  const std::vector<std::string> ends = told_apart(paths);
  for (std::size_t i = 0; i < users.size(); ++i) marks[users[i]] = "@" + ends[i];
  return marks;
}

// Strategies in the order of the files. Names that several files use are told apart by the files' names.
std::vector<Entrant> entrants_of(std::vector<File>& files, const WalkerOptions& o) {
  std::vector<Entrant> entrants;
  std::set<std::string> taken;
  for (File& file : files) {
    for (const auto& strategy : file.offer.strategies) {
      const std::string base = strategy.name + marks_of(files, strategy.name)[&file];
      std::string label = base;
      for (int n = 2; !taken.insert(label).second; ++n) label = fmt::format("{}#{}", base, n);
      entrants.push_back({&file, strategy, std::move(label)});
    }
  }
  if (entrants.empty()) throw UsageError(lua::not_specified("strategy", o.files));
  return entrants;
}

std::shared_ptr<lua::Walk> new_walk(const Ground& ground, const std::string& symbol, std::size_t strategies) {
  auto walk = std::make_shared<lua::Walk>();
  walk->walker_name = ground.walker_name;
  walk->symbol = symbol;
  walk->exchange_name = ground.exchange_name;
  walk->frame_name = ground.frame_name;
  walk->total_strategies = strategies;
  walk->ranking = WalkerRanking(ground.metric);
  return walk;
}

// The runs, symbol by symbol, and a walk for each symbol.
std::vector<PoolRun> plan(const Ground& ground, const std::vector<Entrant>& entrants, std::vector<File>& files, WalkTeller& teller) {
  std::vector<PoolRun> runs;
  for (const std::string& symbol : ground.symbols) {
    WalkTeller::Job job;
    job.walk = new_walk(ground, symbol, entrants.size());
    for (File& file : files) {
      job.listeners.push_back({file.script.get(), file.script->walks().size()});
      file.script->join_walk(job.walk);
    }
    for (std::size_t i = 0; i < entrants.size(); ++i) {
      job.parts.push_back({runs.size(), entrants[i].label});
      runs.push_back({{.symbol = symbol,
                       .strategy_name = entrants[i].strategy.name,
                       .exchange_name = ground.exchange_name,
                       .frame_name = ground.frame_name,
                       .risks = entrants[i].strategy.risks,
                       .world = i},
                      &entrants[i].file->options});
    }
    teller.add(std::move(job));
  }
  return runs;
}

// All symbols together: each strategy's trades of all of them, by their close.
std::shared_ptr<lua::Walk> sum_of(const Ground& ground, const std::vector<std::shared_ptr<lua::Walk>>& walks,
                                  const std::vector<Entrant>& entrants) {
  auto sum = new_walk(ground, fmt::format("{}", fmt::join(ground.symbols, ", ")), entrants.size());
  for (const Entrant& entrant : entrants) {
    auto merged = std::make_shared<lua::RunReport>();
    std::string hashes;
    std::size_t found = 0;
    for (const auto& walk : walks) {
      const auto& results = walk->ranking.results();
      const auto result = std::ranges::find(results, entrant.label, &WalkerResult::strategy_name);
      if (result == results.end()) continue;
      ++found;
      const lua::RunReport& part = *walk->reports[static_cast<std::size_t>(result - results.begin())];
      merged->signals.insert(merged->signals.end(), part.signals.begin(), part.signals.end());
      add_turned_away(merged->refused, part.refused);
      add_turned_away(merged->rejected, part.rejected);
      merged->config = part.config;
      merged->frame_start = part.frame_start;
      merged->frame_end = std::max(merged->frame_end, part.frame_end);
      hashes += part.run_hash + "\n";
    }
    if (found < walks.size()) continue;  // a sum with a symbol missing compares nothing
    std::ranges::stable_sort(merged->signals, {}, &FinishedSignal::close_timestamp);
    merged->symbol = sum->symbol;
    merged->strategy_name = entrant.strategy.name;
    merged->stats = trade_stats(lua::closed_trades(merged->signals));
    merged->run_hash = sha256_hex(hashes);
    sum->add(entrant.label, std::move(merged));
  }
  return sum;
}

// The winner's run on each symbol; of several symbols the winner of all together.
std::vector<ProofWish> winner_wishes(const WalkTeller& teller, const lua::Walk* sum, const std::vector<PoolRun>& runs,
                                     const std::vector<RunOutcome>& outcomes) {
  std::vector<ProofWish> wishes;
  for (const WalkTeller::Job& job : teller.jobs()) {
    const WalkerResult* best = (sum ? *sum : *job.walk).ranking.best();
    if (best == nullptr) continue;
    for (const WalkTeller::Part& part : job.parts) {
      const RunOutcome& outcome = outcomes[part.run];
      if (part.label != best->strategy_name || !outcome.failure.empty() || outcome.report.interrupted) continue;
      wishes.push_back({runs[part.run].planned, runs[part.run].script, outcome.report.run_hash, outcome.seconds, part.label});
    }
  }
  return wishes;
}

// The tables in the columns of the first file that has set them. False: a column raised an error.
bool set_tables(std::vector<File>& files, const std::shared_ptr<lua::Walk>& walk, lua::WalkTables& tables) {
  bool well = true;
  for (File& file : files) {
    if (!tables.strategies.empty() && !tables.trades.empty()) break;
    lua::WalkTables made = file.tables->of(walk);
    well = well && file.tables->well();
    if (tables.strategies.empty()) tables.strategies = std::move(made.strategies);
    if (tables.trades.empty()) tables.trades = std::move(made.trades);
  }
  return well;
}

// False: a column of a script raised an error.
bool show_walks(const WalkerOptions& o, const std::vector<std::shared_ptr<lua::Walk>>& walks, const std::shared_ptr<lua::Walk>& sum,
                const std::vector<RunOutcome>& outcomes, const std::vector<Proof>& proofs, std::vector<File>& files, bool stopped,
                Console& console) {
  bool well = true;
  const auto markdown = [&](const std::shared_ptr<lua::Walk>& walk, bool trades) {
    lua::WalkTables tables;
    well = set_tables(files, walk, tables) && well;
    std::string text = walker_markdown(*walk, trades, tables) + "\n\n";
    return stopped ? with_remark(std::move(text), stopped_remark(*walk)) : text;
  };
  const auto in_json = [&] {
    auto document = walker_document(walks, sum.get(), outcomes, stopped);
    auto& list = document["proofs"] = nlohmann::ordered_json::array();
    for (const Proof& proof : proofs) list.push_back(proof_object(proof));
    return json_text(document);
  };
  const auto in_markdown = [&] {
    std::string text;
    for (const auto& walk : walks) text += markdown(walk, true) + costs_part(*walk) + turned_away_part(*walk);
    if (sum) text += markdown(sum, false);
    text += proofs_markdown(proofs);
    text.erase(text.find_last_not_of('\n') + 1);
    return text;
  };
  const ResultWish wish{.json = o.json,
                        .save = o.save,
                        .output = o.output,
                        .out = o.out,
                        .kind = "walker_" + walks.front()->symbol,
                        .stopped = stopped};
  show_result(wish, {in_json, in_markdown}, console);
  return well;
}

void write_walker_page(const WalkerOptions& o, const std::vector<std::shared_ptr<lua::Walk>>& walks, const lua::Walk* sum,
                       const std::vector<Proof>& proofs, bool stopped, Console& console) {
  const lua::Walk& first = *walks.front();
  const std::string name = !o.output.empty() ? o.output : sum ? first.walker_name : first.walker_name + "_" + first.symbol;
  auto file = o.out / "html" / (safe_name(name) + ".html");
  auto document = walker_page_document(walks, sum, o.capital, proofs);
  if (stopped) {
    file = stopped_file(file);
    document["remarks"].push_back("interrupted before all strategies had been tested");
  }
  write_report_file(file, report_page(*o.page, console.mask(json_text(document))));
  console.note(fmt::format("Saved: {}", file.string()));
}

}  // namespace

int walker_command(const Words& words, Console& console) {
  const auto options = read_walker_options(words, console);
  if (!options) return 0;
  check_targets(*options);
  ScriptHost host(*options, console);
  Interrupt& interrupt = host.interrupt();

  std::vector<File> files;
  try {
    files = load_files(*options, console, host);
  } catch (const lua::ScriptFailure&) {
    return kInterrupted;  // anything else is a UsageError by now
  }
  const std::vector<Entrant> entrants = entrants_of(files, *options);
  const Ground ground = common_ground(files, *options, host.logger());

  WalkTeller teller(console, interrupt);
  const std::vector<PoolRun> runs = plan(ground, entrants, files, teller);
  std::vector<RunOutcome> outcomes;
  std::vector<std::shared_ptr<lua::Walk>> walks;
  std::shared_ptr<lua::Walk> sum;
  std::vector<Proof> proofs;
  {
    Progress progress(console, options->quiet);
    const StatusAnswer answer(interrupt, [&progress] { progress.print(); });
    RunPool pool({.threads = options->threads}, interrupt);
    outcomes = pool.run(runs, [&](const PoolProgress& now) {
      progress.update(now);
      teller.update(pool);
    });
    for (const WalkTeller::Job& job : teller.jobs()) walks.push_back(job.walk);
    sum = walks.size() > 1 ? sum_of(ground, walks, entrants) : nullptr;
    if (options->prove && !interrupt.requested()) {
      proofs = prove(winner_wishes(teller, sum.get(), runs, outcomes), options->proof, interrupt,
                     [&](const PoolProgress& now) { progress.update(now); });
    }
    outcomes = teller.without_skipped(std::move(outcomes));
  }

  const bool stopped = interrupt.requested() && std::ranges::any_of(outcomes, [](const RunOutcome& o) { return o.report.interrupted; });
  const bool shown = show_walks(*options, walks, sum, outcomes, proofs, files, stopped, console);
  if (!proofs.empty() && !options->quiet) console.note(proof_cost(proofs.front()));
  if (options->page) write_walker_page(*options, walks, sum.get(), proofs, stopped, console);
  for (const std::string& line : remarks(outcomes)) console.note(line);
  if (std::ranges::any_of(walks, [](const auto& walk) { return !costs_part(*walk).empty(); })) {
    console.note("warning: the strategies paid different fees: their results are no comparison; --set CC_PERCENT_FEE=... makes them equal");
  }
  if (!options->quiet) console.note("Walker comparison finished");
  if (interrupt.requested()) return kInterrupted;
  if (std::ranges::any_of(outcomes, &RunOutcome::not_loaded)) return kWrongUsage;
  // By default a proof that cannot be made is told, and that is all.
  const bool seen = std::ranges::any_of(proofs, [](const Proof& p) { return p.result == ProofResult::saw_the_future; });
  return teller.well() && shown && !seen ? exit_code(outcomes) : kFailed;
}

}  // namespace btk::host
