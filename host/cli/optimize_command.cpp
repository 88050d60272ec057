// btkhost optimize: training data become prompts, prompts become strategies,
// strategies are tried in a sandbox, the best one is told with what it is worth.
#include <algorithm>
#include <thread>
#include <utility>

#include "engine/config_changes.h"
#include "engine/counted.h"
#include "host/cli/advisor.h"
#include "host/cli/commands.h"
#include "host/cli/exit_code.h"
#include "host/cli/optimize_checks.h"
#include "host/cli/optimize_options.h"
#include "host/cli/optimize_output.h"
#include "host/cli/optimize_plan.h"
#include "host/cli/optimize_promote.h"
#include "host/cli/optimize_stage.h"
#include "host/cli/optimize_trials.h"
#include "host/cli/output_target.h"
#include "host/cli/script_host.h"
#include "host/cli/script_setup.h"
#include "host/cli/symbols.h"
#include "host/cli/usage_error.h"
#include "host/cli/version.h"
#include "host/ledger/ledger.h"
#include "host/prove/proof_text.h"
#include "host/prove/prove_generated.h"
#include "lua/not_specified.h"
#include "optimizer/files.h"
#include "optimizer/generated_files.h"
#include "optimizer/rules_writer.h"
#include "optimizer/sandboxed.h"

namespace btk::host {
namespace {

using nlohmann::json;
namespace fs = std::filesystem;

constexpr Timestamp kHistoryLead = 60 * kDay;  ///< history before a range, for what most strategies look at; who asks for more gets it
constexpr std::int64_t kUsualControls = 3;

class Optimize {
 public:
  Optimize(const OptimizeOptions& o, Console& console)
      : o_(o), console_(console), host_(o, console), interrupt_(host_.interrupt()), exchanges_(host_.exchanges()) {
    optimizer::ClientOptions llm = llm_options(o.llm, console);
    llm.stopped = [this] { return interrupt_.requested(); };
    llm.warn = [&console](const std::string& text) { console.note(text); };
    own_store_ = llm.store.empty();
    if (own_store_) llm.store = o.out / "replay";
    const bool records = llm.replay == optimizer::ReplayMode::automatic || llm.replay == optimizer::ReplayMode::record;
    if (!own_store_ && records) checked_store_ = llm.store;
    if (const char* debug = std::getenv("CC_ENABLE_DEBUG"); debug != nullptr && std::string_view(debug) == "1") llm.dumps = "dump/strategy";
    client_ = std::make_shared<optimizer::Client>(std::move(llm));
  }

  int run() {
    if (o_.promote) check_file_target("--promote", *o_.promote);
    if (!o_.dry_run) check_folder_target("--out", o_.out);
    setup_ = script_options();
    const StatusAnswer answer(interrupt_, [this] { stage_.print(); });
    lua::Script script(setup_, lua::Script::Role::main);
    int code = 0;
    {
      const Interrupt::Watch watch(interrupt_, script.isolate());
      try {
        load_or_refuse(script);
        take_settings(script);
        choose(script);
        check_before_paying(script);
      } catch (const UsageError&) {
        if (interrupt_.requested()) return kInterrupted;  // candles that were being read
        throw;
      } catch (const lua::ScriptFailure& e) {
        if (interrupt_.requested()) return kInterrupted;
        console_.note(e.what());
        return kFailed;
      }
      for (const std::string& symbol : symbols_) {
        if (interrupt_.requested()) break;
        code = std::max(code, try_symbol(script, symbol));
      }
    }
    if (o_.json && !o_.dry_run) {
      const json document{{"optimizer", name_}, {"results", results_}, {"failures", failures_}};
      console_.print(document.dump(-1, ' ', false, json::error_handler_t::replace) + "\n");
    }
    tell_spending();
    return interrupt_.requested() ? kInterrupted : code;
  }

 private:
  lua::ScriptOptions script_options() {
    lua::ScriptOptions s = host_.script_options(o_);
    s.http = [this](const lua::HttpRequest& request) { return http_.send(request); };
    s.llm = client_;
    s.write_rules = [this](const lua::RulesWish& wish) { return write_rules(wish); };
    s.write_generated = [this](const std::string& folder, std::vector<lua::GeneratedFile> files) { return write_masked(folder, std::move(files)); };
    return s;
  }

  std::vector<std::string> write_masked(const fs::path& folder, std::vector<lua::GeneratedFile> files) const {
    for (auto& file : files) file.text = console_.mask(file.text);
    return optimizer::write_generated(folder, files);
  }

  // The results of a symbol, over what its script wrote before they were known.
  void write_results(std::vector<lua::GeneratedFile> files) {
    for (const std::string& kept : write_masked(o_.out, std::move(files))) {
      console_.note(fmt::format("a file in {} was edited meanwhile; it is kept as {}", o_.out.string(), kept));
    }
  }

  std::string base_name(const std::string& symbol) const { return fmt::format("{}_{}", name_, symbol); }

  // Strategies are tried under the settings in force after loading, those of btk.set_config among them.
  void take_settings(lua::Script& script) {
    if (const auto broken = check(script.config()); !broken.empty()) {
      throw UsageError(fmt::format("btk.set_config: {}: strategies are tried, and run later, only under settings that keep the rules", broken.front()));
    }
    setup_.settings = changed_settings(script.config());
  }

  void choose(lua::Script& script) {
    try {
      name_ = script.optimizer_name(o_.optimizer);
    } catch (const Error& e) {
      throw UsageError(e.what());
    }
    if (name_.empty()) throw UsageError(lua::not_specified("optimizer", o_.files));
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
      host_.logger().warn("no symbols are given; optimizing BTCUSDT (name others with --symbols)");
      symbols_ = {"BTCUSDT"};
    }
    for (const std::string& symbol : symbols_) check_symbol(symbol, "the script");
    if (!o_.dry_run) {
      for (const std::string& symbol : symbols_) check_targets(o_.out / base_name(symbol));
    }
    if (o_.promote && symbols_.size() != 1) throw UsageError("--promote: a winner is one symbol's; give --symbols with one");
  }

  // Before the first question that costs: every symbol has candles of every range that is looked at, and what is to be
  // written can be.
  void check_before_paying(lua::Script& script) {
    try {
      client_->model();
    } catch (const Error& e) {
      throw UsageError(e.what());
    }
    if (o_.dry_run) return;
    if (o_.evaluate && !o_.no_ledger) check_ledger(o_.ledger, "; --no-ledger does without it");
    if (!checked_store_.empty()) check_folder_target("--llm-store", checked_store_);
    json settings{{"optimizer_name", name_}, {"ranges_only", true}};
    if (!o_.kind.empty()) settings["kind"] = o_.kind;
    const auto load = [this](const std::string& of, Timestamp from, Timestamp to) { return candles(of, from, to); };
    for (const std::string& symbol : symbols_) {
      const json ranges = json::parse(script.optimize(symbol, settings.dump()));
      const auto look = [&](const json& range) { check_range(symbol, range["what"], range["from"], range["to"], load); };
      if (ranges["kind"] == "rules" || o_.eval_train) std::ranges::for_each(ranges["train"], look);
      if (o_.evaluate) look(ranges["test"]);
    }
  }

  std::shared_ptr<const lua::LoadedCandles> candles(const std::string& symbol, Timestamp from, Timestamp to) {
    if (schema_.driver.empty()) {
      throw Error(fmt::format("exchange \"{}\" is a function of the script: strategies can only be tried on one with a driver (or use --no-evaluate "
                              "with --kind advisor)", schema_.exchange_name));
    }
    return history(symbol, from - kHistoryLead, to);
  }

  std::shared_ptr<const lua::LoadedCandles> history(const std::string& symbol, Timestamp since, Timestamp to) {
    return exchanges_.open(schema_)->load(symbol, since, to + 2 * kMinute);
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
                                        [this](const std::string& symbol, Timestamp from, Timestamp to) { return candles(symbol, from, to); },
                                        [this](const std::string& symbol, Timestamp since, Timestamp to) { return history(symbol, since, to); });
    return writer.write(wish);
  }

  // A symbol that fails leaves the others alone. The exit code.
  int try_symbol(lua::Script& script, const std::string& symbol) {
    try {
      return one_symbol(script, symbol);
    } catch (const UsageError& e) {
      return tell_failure(symbol, e.what(), kWrongUsage);
    } catch (const Error& e) {
      return tell_failure(symbol, e.what(), kFailed);
    }
  }

  int tell_failure(const std::string& symbol, const std::string& why, int code) {
    if (interrupt_.requested()) return kInterrupted;
    console_.note(fmt::format("{} {}: {}", name_, symbol, why));
    tell_budget(why);
    failures_.push_back({{"symbol", symbol}, {"error", console_.mask(why)}});
    return code;
  }

  // Says once that the budget is spent (OPT-42), unless `said` did.
  void tell_budget(std::string_view said = {}) {
    const std::string problem = client_->budget_problem();
    if (problem.empty() || std::exchange(budget_told_, true) || said.find("the LLM budget is spent") != std::string_view::npos) return;
    console_.note(problem);
  }

  int one_symbol(lua::Script& script, const std::string& symbol) {
    const std::string name = base_name(symbol);
    const fs::path base = o_.out / name;
    if (own_store_) client_->use_store(base / "replay");
    json settings{{"optimizer_name", name_}, {"folder", o_.out.string()}, {"created_by", fmt::format("btkhost {}", kVersion)},
                  {"dry_run", o_.dry_run}, {"progress", true}};
    if (!o_.exchange.empty()) settings["exchange_name"] = o_.exchange;
    if (!o_.kind.empty()) settings["kind"] = o_.kind;
    if (!o_.metric.empty()) settings["metric"] = o_.metric;
    if (!o_.prefix.empty()) settings["prefix"] = o_.prefix;
    if (o_.anonymize) settings["anonymize"] = true;
    const std::string head = fmt::format("{} {}", name_, symbol);
    stage_.enter(head + ": the data are collected and the model is asked");
    const json made = json::parse(script.optimize(symbol, settings.dump()));
    stage_.enter(head);
    if (o_.dry_run) {
      console_.print(console_.mask(plan_text(head, symbol, client_->model(), made, asking_plan())));
      return 0;
    }
    json manifest = made["manifest"];
    int code = 0;
    if (o_.evaluate) {
      if (manifest["kind"] == "advisor" && o_.llm.replay != "replay") refuse_what_costs_too_much(manifest, asking_plan(), client_->spent().calls);
      code = evaluate(manifest, made, base);
    } else {
      write_results({{name + "/manifest.json", manifest_text(manifest)}});
    }
    if (client_->exhausted()) {
      tell_budget();
      code = kFailed;
    }
    results_.push_back(std::move(manifest));
    return code;
  }

  // Tries what was made of one symbol, tells it, writes it down. The exit code.
  int evaluate(json& manifest, const json& made, const fs::path& base) {
    const std::vector<optimizer::Entrant> entrants = manifest_entrants(manifest, made["files"]);
    const std::string symbol = manifest["symbol"];
    const bool advisor = manifest["kind"] == "advisor";
    const Advisor asking(setup_, schema_, base, *client_, interrupt_);
    optimizer::ContestSetup setup = contest_of(manifest);
    setup.evaluate = advisor ? [&asking](const optimizer::Attempt& attempt) { return asking.evaluate(attempt); } : evaluator();
    const fs::path registered_in = made.value("registered_in", o_.files.front().string());
    setup.tried = [&](optimizer::ContestResult& contest) {
      if (o_.no_ledger) return;
      Ledger ledger(o_.ledger);
      note_trials(ledger, {family_of(registered_in) + "#" + name_, schema_.exchange_name, o_.seed, setup_.settings}, entrants, setup, contest);
    };
    const optimizer::ContestResult contest = run_contest(entrants, setup);
    const std::optional<Proof> proof = prove_winner(entrants, setup, contest, advisor ? &asking : nullptr);
    stage_.at("");
    const std::string lacking = shortfall(*candles(symbol, setup.from, setup.to), "the test range", setup.from, setup.to);
    if (!lacking.empty()) {
      manifest["test"]["lacking"] = lacking;
      console_.note(fmt::format("{} {}: {}", name_, symbol, lacking));
    }
    add_results(manifest, contest, proof);
    const std::string evaluation = evaluation_markdown(manifest, contest, proof, o_.model_cutoff);
    if (o_.json) {
      if (const std::string doubt = memory_warning(manifest, o_.model_cutoff); !doubt.empty()) console_.note("warning: " + doubt);
    }
    if (!o_.json) console_.print(console_.mask(fmt::format("# {} {}\n\n{}\n", name_, symbol, evaluation)));
    if (!o_.quiet && !contest.rows.empty()) {
      console_.note(fmt::format("{} tried on the test range in {:.2f} s", counted(contest.rows.size(), "strategy was", "strategies were"), contest.seconds));
      if (proof) console_.note(proof_cost(*proof));
    }
    const bool none = contest.walk->reports.empty();
    if (none) console_.note(fmt::format("{} {}: no strategy could be evaluated", name_, symbol));
    const std::string name = base_name(symbol);
    write_results({{name + "/manifest.json", manifest_text(manifest)}, {name + ".md", made["report"].get<std::string>() + "\n\n" + evaluation}});
    promote(manifest, contest, proof, made["files"], base);
    const bool seen = proof && proof->result == ProofResult::saw_the_future;
    return none || seen ? kFailed : 0;
  }

  optimizer::ContestSetup contest_of(const json& manifest) {
    optimizer::ContestSetup setup;
    setup.symbol = manifest["symbol"];
    setup.exchange_name = manifest["exchange"]["exchange_name"];
    setup.frame_name = manifest["test"]["frame_name"];
    setup.walker_name = fmt::format("{}_walker", manifest["prefix"].get<std::string>());
    setup.metric = manifest["metric"];
    setup.from = manifest["test"]["start"];
    setup.to = manifest["test"]["end"];
    setup.eval_train = o_.eval_train;
    setup.controls = controls(manifest["kind"]);
    setup.seed = o_.seed;
    setup.threads = threads();
    setup.candles = [this](const std::string& of, Timestamp from, Timestamp to) { return candles(of, from, to); };
    setup.history = [this](const std::string& of, Timestamp since, Timestamp to) { return history(of, since, to); };
    setup.stopped = [this] { return interrupt_.requested(); };
    setup.progress = [this](std::size_t done, std::size_t of) { stage_.at(fmt::format("trying strategies: {} of {}", done, of)); };
    return setup;
  }

  std::size_t controls(const std::string& kind) const {  // shuffled markets
    return static_cast<std::size_t>(o_.controls.value_or(kind == "advisor" ? 0 : kUsualControls));
  }

  unsigned threads() const { return o_.threads > 0 ? o_.threads : std::max(1U, std::thread::hardware_concurrency()); }

  // Repeats the winner's run on the test range with other candles after moments of it. Nothing without a winner.
  std::optional<Proof> prove_winner(const std::vector<optimizer::Entrant>& entrants, const optimizer::ContestSetup& setup,
                                    const optimizer::ContestResult& contest, const Advisor* asking) {
    const WalkerResult* best = contest.walk->ranking.best();
    if (!o_.prove || best == nullptr || interrupt_.requested()) return std::nullopt;
    const auto entrant = std::ranges::find(entrants, best->strategy_name, &optimizer::Entrant::strategy_name);
    const auto row = std::ranges::find(contest.rows, best->strategy_name, &optimizer::ContestRow::strategy_name);
    const GeneratedWish wish{test_attempt(*entrant, setup, row->candles), row->test->run_hash, row->seconds};
    ProofOptions how = o_.proof;
    how.seed = o_.seed;
    how.threads = threads();
    const auto tell = [this](std::size_t done, std::size_t of) { stage_.at(fmt::format("proving the winner: {} of {}", done, of)); };
    if (asking != nullptr) return asking->prove(wish, how, [&](const PoolProgress& now) { tell(now.done, now.runs); });
    return prove_generated(wish, setup.evaluate, how, setup.stopped, tell);
  }

  AskingPlan asking_plan() const { return {controls("advisor"), o_.eval_train, o_.llm.max_calls}; }

  void promote(const json& manifest, const optimizer::ContestResult& contest, const std::optional<Proof>& proof, const json& files,
               const fs::path& base) {
    if (!o_.promote) return;
    const PromotionRules rules{manifest["metric"], o_.min_trades, o_.prove};
    if (const std::string why = promotion_refusal(rules, contest, proof); !why.empty()) {
      console_.note("not promoted: " + why);
      return;
    }
    const std::string& best = contest.walk->ranking.best()->strategy_name;
    for (std::size_t i = 0; i < files.size(); ++i) {
      if (manifest["strategies"][i]["strategy_name"] != best) continue;
      if (const std::string kept = keep_own_file(*o_.promote); !kept.empty()) {
        console_.note(fmt::format("{} was not as a promotion had written it and is kept as {}", o_.promote->string(), kept));
      }
      const std::string text = console_.mask(promoted_text(manifest, i, files[i]["text"], proof, base, *o_.promote));
      optimizer::write_whole(*o_.promote, optimizer::sealed(optimizer::Form::lua, text));
      console_.note(fmt::format("promoted {} to {}", best, o_.promote->string()));
    }
  }

  void tell_spending() {
    if (o_.quiet || o_.dry_run) return;
    console_.note(spending_text(client_->spent()));
  }

  const OptimizeOptions& o_;
  Console& console_;
  ScriptHost host_;
  Interrupt& interrupt_;
  Exchanges& exchanges_;
  net::HttpClient http_;
  std::shared_ptr<optimizer::Client> client_;
  bool own_store_ = false;
  fs::path checked_store_;  ///< given by the user, and to be written to
  lua::ScriptOptions setup_;
  lua::ExchangeSchema schema_;
  std::string name_;
  std::vector<std::string> symbols_;
  json results_ = json::array(), failures_ = json::array();
  bool budget_told_ = false;
  OptimizeStage stage_{console_, [this] { return client_->spent(); }};
};

}  // namespace

int optimize_command(const Words& words, Console& console) {
  const auto options = read_optimize_options(words, console);
  if (!options) return 0;
  return Optimize(*options, console).run();
}

}  // namespace btk::host
