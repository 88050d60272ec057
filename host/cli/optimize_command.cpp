// btkhost optimize: training data become prompts, prompts become strategies,
// strategies are tried in a sandbox, the best one is told with what it is worth.
#include <chrono>
#include <thread>

#include "engine/sha256.h"
#include "host/cli/commands.h"
#include "host/cli/env_file.h"
#include "host/cli/exchanges.h"
#include "host/cli/interrupt.h"
#include "host/cli/log.h"
#include "host/cli/optimize_options.h"
#include "host/cli/optimize_output.h"
#include "host/cli/script_setup.h"
#include "host/cli/symbols.h"
#include "host/cli/usage_error.h"
#include "host/cli/version.h"
#include "host/ledger/ledger.h"
#include "host/report/report_file.h"
#include "optimizer/files.h"
#include "optimizer/generated_files.h"
#include "optimizer/rules_writer.h"
#include "optimizer/sandboxed.h"

namespace btk::host {
namespace {

using nlohmann::json;
namespace fs = std::filesystem;

constexpr int kFailed = 1, kInterrupted = 130;
constexpr Timestamp kLead = 60 * kDay;  ///< history before a range, for what strategies look at
constexpr std::int64_t kUsualControls = 3;

// Candles of one run, from memory.
class FixedSource : public lua::CandleSource {
 public:
  explicit FixedSource(std::shared_ptr<const lua::LoadedCandles> candles) : candles_(std::move(candles)) {}
  std::shared_ptr<const lua::LoadedCandles> load(const std::string&, Timestamp, Timestamp) override { return candles_; }

 private:
  std::shared_ptr<const lua::LoadedCandles> candles_;
};

class Optimize {
 public:
  Optimize(const OptimizeOptions& o, Console& console)
      : o_(o), console_(console), logger_(make_logger(console, o.quiet && o.log_level == "info" ? "warn" : o.log_level)),
        interrupt_(console), exchanges_(opening()) {
    optimizer::ClientOptions llm = llm_options(o.llm, console);
    llm.stopped = [this] { return interrupt_.requested(); };
    own_store_ = llm.store.empty();
    if (own_store_) llm.store = o.out / "replay";
    if (const char* debug = std::getenv("CC_ENABLE_DEBUG"); debug != nullptr && std::string_view(debug) == "1") llm.dumps = "dump/strategy";
    client_ = std::make_shared<optimizer::Client>(std::move(llm));
  }

  int run() {
    setup_ = script_options();
    lua::Script script(setup_, lua::Script::Role::main);
    int code = 0;
    {
      const Interrupt::Watch watch(interrupt_, script.isolate());
      try {
        load_or_refuse(script);
        choose(script);
        for (const std::string& symbol : symbols_) {
          if (interrupt_.requested()) break;
          code = std::max(code, one_symbol(script, symbol));
        }
      } catch (const lua::ScriptFailure& e) {
        if (interrupt_.requested()) return kInterrupted;
        console_.note(e.what());
        code = kFailed;
      }
    }
    if (o_.json && !o_.dry_run) console_.print(json{{"optimizer", name_}, {"results", results_}}.dump(-1, ' ', false, json::error_handler_t::replace) + "\n");
    tell_spending();
    return interrupt_.requested() ? kInterrupted : code;
  }

 private:
  OpenOptions opening() {
    OpenOptions opening;
    opening.log = [this](std::string_view level, std::string_view text) { log_line(*logger_, level, text); };
    opening.stopped = [this] { return interrupt_.requested(); };
    return opening;
  }

  lua::ScriptOptions script_options() {
    lua::ScriptOptions s;
    s.files = o_.files;
    s.seed = o_.seed;
    s.settings = environment_settings();
    s.settings.insert(s.settings.end(), o_.settings.begin(), o_.settings.end());
    s.exchange_name = o_.exchange;
    s.open_exchange = [this](const lua::ExchangeSchema& schema) { return exchanges_.open(schema); };
    s.print = [this](std::string_view line) { console_.note(line); };
    s.log = [this](std::string_view level, std::string_view text) { log_line(*logger_, level, text); };
    s.watchdog = std::make_shared<lua::Watchdog>();
    s.http = [this](const lua::HttpRequest& request) { return http_.send(request); };
    s.llm = client_;
    s.write_rules = [this](const lua::RulesWish& wish) { return write_rules(wish); };
    s.write_generated = [this](const std::string& folder, std::vector<lua::GeneratedFile> files) {
      for (auto& file : files) file.text = console_.mask(file.text);
      return optimizer::write_generated(folder, files);
    };
    return s;
  }

  void choose(lua::Script& script) {
    try {
      name_ = script.optimizer_name(o_.optimizer);
    } catch (const Error& e) {
      throw UsageError(e.what());
    }
    if (name_.empty()) throw UsageError("Optimizer not specified");
    symbols_ = choose_symbols(o_.symbols, std::getenv("CC_SYMBOL_LIST"));
    try {
      auto found = script.exchange();
      schema_ = found.schema;
      if (symbols_.empty()) symbols_ = found.symbols;
    } catch (const lua::ScriptFailure& e) {
      if (!o_.exchange.empty()) throw UsageError(e.what());
      schema_.driver = "binance";  // what generated files use then
      schema_.exchange_name = "binance";
    }
    if (symbols_.empty()) {
      logger_->warn("no symbols are given; optimizing BTCUSDT (name others with --symbols)");
      symbols_ = {"BTCUSDT"};
    }
    for (const std::string& symbol : symbols_) check_symbol(symbol, "the script");
    if (o_.promote && symbols_.size() != 1) throw UsageError("--promote: a winner is one symbol's; give --symbols with one");
  }

  std::shared_ptr<const lua::LoadedCandles> candles(const std::string& symbol, Timestamp from, Timestamp to) {
    if (schema_.driver.empty()) {
      throw Error(fmt::format("exchange \"{}\" is a function of the script: strategies can only be tried on one with a driver (or use --no-evaluate "
                              "with --kind advisor)", schema_.exchange_name));
    }
    return exchanges_.open(schema_)->load(symbol, from - kLead, to + 2 * kMinute);
  }

  optimizer::Evaluate evaluator() {
    optimizer::SandboxedSetup setup;
    setup.isolation = o_.in_process ? optimizer::Isolation::in_process : optimizer::Isolation::process;
    setup.seed = o_.seed;
    setup.settings = setup_.settings;
    setup.stopped = [this] { return interrupt_.requested(); };
    return optimizer::sandboxed(std::move(setup));
  }

  lua::WrittenRules write_rules(const lua::RulesWish& wish) {
    const optimizer::RulesWriter writer(*client_, evaluator(),
                                        [this](const std::string& symbol, Timestamp from, Timestamp to) { return candles(symbol, from, to); });
    return writer.write(wish);
  }

  // An advisor asks the model while it runs, so it runs here: its text is the program's own, the model's words in it are
  // one literal.
  optimizer::Outcome advise(const fs::path& folder, const optimizer::Attempt& attempt) {
    optimizer::Outcome outcome;
    const auto began = std::chrono::steady_clock::now();
    lua::ScriptOptions options = setup_;
    options.files = {folder / attempt.name};
    lua::ExchangeSchema exchange = schema_;
    exchange.exchange_name = attempt.exchange_name;
    options.lent_exchange = exchange;
    options.lent_frame = lua::FrameSchema{attempt.frame_name, {}, Interval::m1, attempt.from, attempt.to};
    options.open_exchange = [&attempt](const lua::ExchangeSchema&) { return std::make_shared<FixedSource>(attempt.candles); };
    try {
      lua::Script script(options, lua::Script::Role::worker, attempt.symbol, attempt.strategy_name);
      const Interrupt::Watch watch(interrupt_, script.isolate());
      script.load();
      script.begin({attempt.symbol, attempt.strategy_name, attempt.exchange_name, attempt.frame_name, {}}, std::make_shared<RiskBook>());
      while (!script.advance({std::numeric_limits<Timestamp>::max(), 0})) {
      }
      outcome.report = script.finish();
    } catch (const Error& e) {
      outcome.kind = "script error";
      outcome.failure = e.what();
    }
    outcome.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - began).count();
    if (client_->exhausted() && outcome.failure.empty()) {
      outcome.kind = "budget";
      outcome.failure = "the LLM budget was spent before the test range was over";
    }
    return outcome;
  }

  int one_symbol(lua::Script& script, const std::string& symbol) {
    const fs::path base = o_.out / fmt::format("{}_{}", name_, symbol);
    if (own_store_) client_->use_store(base / "replay");
    json settings{{"optimizer_name", name_}, {"folder", o_.out.string()}, {"created_by", fmt::format("btkhost {}", kVersion)},
                  {"dry_run", o_.dry_run}, {"progress", true}};
    if (!o_.kind.empty()) settings["kind"] = o_.kind;
    if (!o_.metric.empty()) settings["metric"] = o_.metric;
    if (!o_.prefix.empty()) settings["prefix"] = o_.prefix;
    if (o_.anonymize) settings["anonymize"] = true;
    const json made = json::parse(script.optimize(symbol, settings.dump()));
    if (o_.dry_run) {
      tell_plan(symbol, made);
      return 0;
    }
    json manifest = made["manifest"];
    std::string report = made["report"].get<std::string>() + "\n";
    int code = 0;
    if (o_.evaluate) {
      refuse_what_costs_too_much(manifest);
      const optimizer::ContestResult contest = evaluate(manifest, made["files"], base, symbol);
      add_results(manifest, contest);
      const std::string evaluation = evaluation_markdown(manifest, contest, o_.model_cutoff);
      report += "\n" + evaluation;
      if (!o_.json) console_.print(console_.mask(fmt::format("# {} {}\n\n{}\n", name_, symbol, evaluation)));
      if (!o_.quiet && !contest.rows.empty()) {
        console_.note(fmt::format("{} strategies were tried on the test range in {:.2f} s", contest.rows.size(), contest.seconds));
      }
      if (contest.walk->reports.empty()) {
        console_.note(fmt::format("{} {}: no strategy could be evaluated", name_, symbol));
        code = kFailed;
      }
      write_report_file(base / "manifest.json", console_.mask(manifest_text(manifest)));
      write_report_file(fs::path(base.string() + ".md"), console_.mask(report));
      promote(manifest, contest, made["files"], base);
    } else {
      write_report_file(base / "manifest.json", console_.mask(manifest_text(manifest)));
    }
    if (client_->exhausted()) code = kFailed;
    results_.push_back(std::move(manifest));
    return code;
  }

  optimizer::ContestResult evaluate(json& manifest, const json& files, const fs::path& base, const std::string& symbol) {
    std::vector<optimizer::Entrant> entrants;
    for (std::size_t i = 0; i < files.size(); ++i) {
      if (manifest["strategies"][i]["status"] == "failed") continue;
      const json& train = manifest["train"][i];
      entrants.push_back({manifest["strategies"][i]["strategy_name"], files[i]["path"], files[i]["text"], train["start"], train["end"]});
    }
    optimizer::ContestSetup setup;
    setup.symbol = symbol;
    setup.exchange_name = manifest["exchange"]["exchange_name"];
    setup.frame_name = manifest["test"]["frame_name"];
    setup.walker_name = fmt::format("{}_walker", manifest["prefix"].get<std::string>());
    setup.metric = manifest["metric"];
    setup.from = manifest["test"]["start"];
    setup.to = manifest["test"]["end"];
    setup.eval_train = o_.eval_train;
    const bool advisor = manifest["kind"] == "advisor";
    setup.controls = static_cast<std::size_t>(o_.controls.value_or(advisor ? 0 : kUsualControls));
    setup.seed = o_.seed;
    setup.threads = o_.threads > 0 ? o_.threads : std::max(1U, std::thread::hardware_concurrency());
    setup.candles = [this](const std::string& of, Timestamp from, Timestamp to) { return candles(of, from, to); };
    setup.stopped = [this] { return interrupt_.requested(); };
    setup.progress = [this](std::size_t done, std::size_t of) { console_.status(fmt::format("trying strategies: {} of {}", done, of)); };
    if (advisor) {
      setup.evaluate = [this, base](const optimizer::Attempt& attempt) { return advise(base, attempt); };
    } else {
      setup.evaluate = evaluator();
    }
    optimizer::ContestResult contest = run_contest(entrants, setup);
    console_.status("");
    if (!o_.no_ledger && !interrupt_.requested()) note_trials(contest, entrants, setup);
    return contest;
  }

  // Every strategy ever tried counts when the best one is judged.
  void note_trials(optimizer::ContestResult& contest, const std::vector<optimizer::Entrant>& entrants,
                   const optimizer::ContestSetup& setup) {
    Ledger ledger(o_.ledger);
    const std::string family = family_of(o_.files.front()) + "#" + name_;
    Sha256 sum;
    const auto market = candles(setup.symbol, setup.from, setup.to);
    const auto add = [&](std::span<const double> column) { sum.update({reinterpret_cast<const char*>(column.data()), column.size_bytes()}); };
    for (const auto column : {market->series.open(), market->series.high(), market->series.low(), market->series.close(), market->series.volume()}) add(column);
    json settings{{"seed", o_.seed}};
    for (const auto& [key, value] : setup_.settings) settings[key] = value;
    std::vector<std::string> here;
    for (std::size_t i = 0; i < entrants.size(); ++i) {
      const optimizer::ContestRow& row = contest.rows[i];
      Trial trial;
      trial.key = {.family = family, .strategy_name = row.strategy_name, .script_hash = sha256_hex(entrants[i].text), .params = "{}",
                   .symbols = setup.symbol, .exchange = schema_.exchange_name, .candles = sum.hex(), .settings = settings.dump(),
                   .from = setup.from, .to = setup.to};
      here.push_back(trial.key.hash());
      trial.made_by = "optimize";
      trial.made_at = std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::system_clock::now().time_since_epoch()).count();
      trial.first_error = row.failure;
      trial.script_errors = static_cast<std::int64_t>(row.script_errors);
      if (row.test) {
        trial.run_hash = row.test->run_hash;
        for (std::size_t k = 0; k < contest.walk->reports.size(); ++k) {
          if (contest.walk->ranking.results()[k].strategy_name == row.strategy_name) trial.trades = lua::closed_trades(contest.walk->reports[k]->signals);
        }
      }
      ledger.add(trial);
    }
    for (const Trial& trial : ledger.trials(family)) {
      if (trial.key.symbols == setup.symbol && !trial.trades.empty() && std::ranges::find(here, trial.key.hash()) == here.end()) ++contest.walk->further_trials;
    }
  }

  // An advisor asks at every interval of the test range (OPT-60).
  void refuse_what_costs_too_much(const json& manifest) const {
    if (manifest["kind"] != "advisor" || o_.llm.replay == "replay") return;
    const double calls = forecast(static_cast<double>(manifest["test"]["end"].get<Timestamp>() - manifest["test"]["start"].get<Timestamp>()) / kMinute,
                                  manifest["strategies"].size(), manifest["strategy_interval"].get<std::string>());
    if (calls <= static_cast<double>(o_.llm.max_calls)) return;
    throw Error(fmt::format("the evaluation may take {:.0f} LLM calls, more than --max-llm-calls {}: use --kind rules, a shorter range_test, a larger "
                            "options.strategy_interval, --no-evaluate, or a higher limit", calls, o_.llm.max_calls));
  }

  static double forecast(double minutes, std::size_t strategies, const std::string& interval) {
    return minutes / (static_cast<double>(length(*parse_interval(interval))) / kMinute) * static_cast<double>(strategies);
  }

  void tell_plan(const std::string& symbol, const json& plan) {
    std::string text = fmt::format("{} {}: kind {}, model {}\n", name_, symbol, plan["kind"].get<std::string>(), client_->model());
    std::size_t bytes = 0;
    for (std::size_t i = 0; i < plan["ranges"].size(); ++i) {
      const json& range = plan["ranges"][i];
      bytes += range["bytes"].get<std::size_t>();
      text += fmt::format("  range {} ({}): {} messages, {} bytes, about {} tokens; rows {}\n", i + 1, range["name"].get<std::string>(),
                          range["messages"].get<int>(), range["bytes"].get<std::size_t>(), range["bytes"].get<std::size_t>() / 4, range["rows"].dump());
    }
    const std::size_t ranges = plan["ranges"].size();
    if (plan["kind"] == "rules") {
      text += fmt::format("LLM calls: the script's own in get_prompt, and {} to {} to write code; about {} to {} tokens of prompt\n", ranges, 3 * ranges,
                          bytes / 4, 3 * bytes / 4);
    } else {
      text += fmt::format("LLM calls: the script's own in get_prompt, and at most {:.0f} to evaluate (limit {})\n",
                          forecast(plan["test_minutes"].get<double>(), ranges, plan["strategy_interval"].get<std::string>()), o_.llm.max_calls);
    }
    console_.print(console_.mask(text));
  }

  void promote(const json& manifest, const optimizer::ContestResult& contest, const json& files, const fs::path& base) {
    if (!o_.promote) return;
    const auto refuse = [&](const std::string& why) { console_.note(fmt::format("not promoted: {}", why)); };
    const WalkerResult* best = contest.walk->ranking.best();
    if (best == nullptr) return refuse("no strategy has a value of " + manifest["metric"].get<std::string>());
    if (!(best->metric_value.value_or(0) > 0)) return refuse(fmt::format("{} of the best is {:.3f}, not above 0", manifest["metric"].get<std::string>(), best->metric_value.value_or(0)));
    const auto trades = static_cast<std::int64_t>(metric_value(best->stats, "total_signals").value_or(0));
    if (trades < o_.min_trades) return refuse(fmt::format("the best closed {} trades, fewer than --min-trades {}", trades, o_.min_trades));
    for (std::size_t i = 0; i < files.size(); ++i) {
      if (manifest["strategies"][i]["strategy_name"] != best->strategy_name) continue;
      optimizer::write_whole(*o_.promote, console_.mask(promoted_text(manifest, i, files[i]["text"], base, *o_.promote)));
      console_.note(fmt::format("promoted {} to {}", best->strategy_name, o_.promote->string()));
    }
  }

  void tell_spending() {
    if (o_.quiet || o_.dry_run) return;
    const optimizer::LlmSpending spent = client_->spent();
    console_.note(fmt::format("LLM: {} calls sent, {} answers replayed, {} tokens of prompt, {} of answers", spent.calls, spent.replayed, spent.prompt_tokens,
                              spent.completion_tokens));
  }

  const OptimizeOptions& o_;
  Console& console_;
  std::shared_ptr<spdlog::logger> logger_;
  Interrupt interrupt_;
  Exchanges exchanges_;
  net::HttpClient http_;
  std::shared_ptr<optimizer::Client> client_;
  bool own_store_ = false;
  lua::ScriptOptions setup_;
  lua::ExchangeSchema schema_;
  std::string name_;
  std::vector<std::string> symbols_;
  json results_ = json::array();
};

}  // namespace

int optimize_command(const Words& words, Console& console) {
  const auto options = read_optimize_options(words, console);
  if (!options) return 0;
  load_environment(options->files, options->env_override, console);
  return Optimize(*options, console).run();
}

}  // namespace btk::host
