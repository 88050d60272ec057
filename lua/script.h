// A script with everything that it may do: an isolate with the btk module in it.
// The main script of a program registers, starts runs of its own and says which
// runs the host shall make; a worker executes the same files again and makes one
// of those runs (lua-api.md, "Who runs what").
#pragma once

#include <atomic>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "engine/idea_sweep.h"
#include "engine/param_space.h"
#include "engine/risk_book.h"
#include "engine/sha256.h"
#include "lua/candle_source.h"
#include "lua/cpu_budget.h"
#include "lua/generated.h"
#include "lua/guard.h"
#include "lua/http.h"
#include "lua/isolate.h"
#include "lua/live.h"
#include "lua/llm.h"
#include "lua/run.h"
#include "lua/schemas.h"
#include "lua/services.h"
#include "lua/stored_candles.h"
#include "lua/walk.h"

namespace btk::lua {

struct TestServices;  // lua/test_services.h

/// A report as a script asks for it.
struct KindReport {
  std::string kind;  ///< "backtest", "live", "schedule", "heat", ...
  std::string symbol, strategy_name, exchange_name, frame_name;
  std::vector<RunReport> runs;  ///< one, or none when it was not made yet; of a heat map one per symbol and strategy
  std::string table;            ///< made with columns of the script's own; empty: the usual columns
};

/// The tables of a comparison's report in columns of the script's own; empty ones: the usual columns.
struct WalkTables {
  std::string strategies, trades;
};

/// A column of a report as the program makes it, with its cells: what a script's list of columns may name by its key.
struct UsualColumn {
  std::string key, label;
  bool visible = true;
  std::vector<std::string> cells{};
};

struct ScriptOptions {
  std::vector<std::filesystem::path> files;
  std::vector<Source> texts{};                                  ///< executed after the files; `require` finds nothing beside them
  std::uint64_t seed = 1;
  std::optional<Timestamp> from, to;                            ///< replace the frame's ends
  std::vector<std::pair<std::string, std::string>> settings;    ///< CC_ keys that win over the script's
  std::string strategy_name, exchange_name, frame_name;         ///< empty: the first registered
  std::vector<std::string> symbols;                             ///< empty: the script's, else BTCUSDT
  std::vector<std::pair<std::string, std::string>> params{};    ///< values of a strategy's `params` as text, by name
  std::vector<std::pair<std::string, std::string>> variables{};  ///< what btk.env knows besides the process's own, and before them
  bool keep_decisions = false;
  bool measure = false;                                         ///< runs keep how long things took
  bool keep_candles = false;                                    ///< reports of runs have their candles
  std::string mode = "backtest";                                ///< "paper" and "live" have btk.http and btk.live
  HttpClient http;                                              ///< what btk.http uses; empty: it raises
  ChunkRuns* chunk_runs = nullptr;                              ///< for btk.live.run; none: it raises
  /// Of another file: they take the place of those of the same name.
  std::optional<ExchangeSchema> lent_exchange{};
  std::optional<FrameSchema> lent_frame{};
  bool unsafe = false;
  bool guarded = true;                                          ///< a script that hangs can be stopped
  std::optional<GeneratedProfile> generated{};                  ///< the files are generated ones
  std::optional<CpuLimits> cpu{};                               ///< in place of the watchdog; `guarded` only
  bool named_modules = false;                                   ///< the host's own functions keep names and lines (lua/definitions.h)
  std::size_t memory_cap = std::size_t{1} << 30;
  std::function<std::shared_ptr<CandleSource>(const ExchangeSchema&)> open_exchange;
  std::function<void(std::string_view)> print;
  std::function<void(std::string_view level, std::string_view text)> log;
  std::shared_ptr<const ProofHooks> proof{};                    ///< usually none: lua/proof_hooks.h
  /// Ends calls of a script inside a run that take longer than CC_MAX_SIGNAL_GENERATION_SECONDS; empty: one of its own.
  std::shared_ptr<Watchdog> watchdog;
  // What get_report and dump of btk.backtest, btk.live, btk.schedule, btk.heat and the others do: Markdown, and writing
  // it (`path` as the script gave it, or empty; the answer is the path written). Empty: these functions raise an error.
  std::function<std::string(const KindReport&)> kind_report;
  std::function<std::string(const KindReport&, const std::string& path)> kind_dump;
  /// The columns of such a report; of one without runs without cells.
  std::function<std::vector<UsualColumn>(const KindReport&)> usual_columns;
  // The same for btk.walker; `trades`: of the table of all trades, else of the comparison.
  std::function<std::string(const Walk&, const WalkTables&)> walker_report;
  std::function<std::string(const Walk&, const WalkTables&, const std::string& path)> walker_dump;
  std::function<std::vector<UsualColumn>(const Walk&, bool trades)> walker_columns;
  /// Where back-tests over the same candles find what others made of them; empty: each makes its own.
  std::shared_ptr<SharedColumns> columns{};
  /// What the script's services keep things in.
  ServiceHost services;
  /// What btk.llm asks; empty: it raises. Shared by all scripts of a program.
  std::shared_ptr<LlmService> llm{};
  // What btk.optimizer needs of its host. Empty: these functions raise an error.
  std::function<WrittenRules(const RulesWish&)> write_rules{};
  /// Writes generated files into a folder and returns the names under which files that somebody had edited were kept.
  std::function<std::vector<std::string>(const std::string& folder, const std::vector<GeneratedFile>&)> write_generated{};
  /// Kinds of events (bits of EventKind) that runs keep for reports; those of a btk.<report> that the script names
  /// are added.
  std::uint32_t collect = 0;
  /// Adds a line to the file of all reports of a kind, for btk.markdown.use_jsonl, and returns its path.
  std::function<std::string(const std::string& kind, std::string_view line)> append_report;
  /// Back-tests tell why they did what they did in this stretch of time (RunReport::explained).
  std::optional<ExplainWish> explain{};
  /// Where back-tests look before they ask a get_candles of the script's own; usually none.
  std::shared_ptr<StoredCandles> stored{};
  /// Only under `btkhost test`.
  std::shared_ptr<const TestServices> tests{};
  /// The host makes no runs of it: outside of runs of its own the script lives in the real time, and may use what is outside.
  bool real_time = false;
};

/// What a hot reload may not change under a run that is under way (CLI-39).
struct RunShape {
  std::string interval;  ///< of the strategy
  std::string exchange;  ///< driver, market, address: what the candles come from
};

/// What listen_reload hears.
struct ReloadNotice {
  std::string file, error;
  std::vector<std::string> symbols;
  bool ok = true;
  int version = 1;  ///< in force now
};

/// What one hook of a broker said when it was tried.
struct BrokerTrial {
  std::string problem;       ///< of an error, with its file and line; empty: it returned
  std::optional<Fill> fill;  ///< what it returned, when that tells of a fill
};
/// "signal-open", "signal-close", "partial-profit", ...: what a broker can be asked.
std::span<const std::string_view> broker_commits();

/// A run that the host shall make.
struct PlannedRun {
  std::string symbol, strategy_name, exchange_name, frame_name;
  std::vector<std::string> risks;  ///< profiles of the strategy: runs that share one keep step
  std::size_t world = 0;           ///< runs of different worlds share no risk limits
  std::optional<std::size_t> walk{};  ///< a walk that the script queued, and that the run is a part of
  std::vector<std::pair<std::string, std::string>> params{};  ///< instead of those of the options, when there are any
};

/// Ideas of one symbol with the candles after them, and what every point of the grid came to.
struct IdeaSweep {
  std::vector<Idea> ideas;            ///< those that are traded
  std::size_t horizon = 0;            ///< candles that each needs
  std::vector<Candle> minutes;
  std::vector<IdeaProfile> profiles;  ///< they look into `minutes`
  std::vector<SweepPoint> grid;
  SweepCosts costs;
  std::vector<SweepReport> reports;   ///< of the points tried so far, in grid order
};

/// What a strategy declares as `params`.
struct StrategyParams {
  std::vector<ParamAxis> axes;  ///< a fixed value is an axis of one
  std::string file;             ///< that registered the strategy, as messages show it; may be empty
};

/// What a file brings to a comparison of files (`btkhost walker`).
struct WalkerOffer {
  struct Strategy {
    std::string name;
    std::vector<std::string> risks;
  };
  std::vector<Strategy> strategies;  ///< those of its first walker, else all
  std::string walker_name, metric;   ///< of its first walker, else empty
  std::string exchange_name, frame_name;  ///< the walker's, else the first registered; empty: none
  std::vector<std::string> symbols;  ///< of set_symbols
};

/// An exchange with the symbols that the script named with set_symbols.
struct ScriptExchange {
  ExchangeSchema schema;
  std::vector<std::string> symbols;
};

class Script {
 public:
  enum class Role { main, worker };

  /// `symbol` and `strategy` seed math.random; empty in the main script.
  Script(const ScriptOptions& options, Role role, const std::string& symbol = {}, const std::string& strategy = {});
  Script(ScriptOptions&& options, Role role, const std::string& symbol = {}, const std::string& strategy = {}) = delete;
  ~Script();

  /// Executes the files. Throws ScriptFailure or btk::Error.
  void load();

  /// What the main chunks of the files returned, in their order.
  const std::vector<Ref>& returned() const { return returned_; }

  // Main role.
  /// True when the script started runs itself.
  bool in_charge() const { return in_charge_; }
  /// The runs for the host: those queued by background(), or one per symbol when the script only registered.
  /// Throws btk::Error when something is missing or a name is unknown.
  std::vector<PlannedRun> plan();
  /// Reports of runs that were made in the main chunk, in the order of their start.
  std::vector<RunReport> own_reports() const;
  /// The exchange of options().exchange_name, or the first registered. Throws btk::Error without one.
  ScriptExchange exchange();
  /// One-minute candles of that exchange in [from, to), as far as it has them, holes filled. Throws btk::Error.
  std::shared_ptr<const LoadedCandles> candles(const std::string& symbol, Timestamp from, Timestamp to);
  /// Candles that a get_candles of the script's own has in [from, to), asked for as in a paper session: those that exist.
  /// Throws btk::Error.
  std::vector<Candle> own_candles(const std::string& symbol, Timestamp from, Timestamp to);
  /// What a sweep may vary of a strategy. Throws btk::Error for an unknown name.
  StrategyParams params(const std::string& strategy_name);
  /// SHA-256 over the text of every file that was read so far.
  std::string text_hash() const { return text_hash_.hex(); }
  /// Everything that is registered, one line each, for `btkhost check`.
  std::vector<std::string> describe();
  /// Tells listen_backtest_progress in the main script how far a planned run is (0..1); of the report only the names and
  /// the frame are looked at. Throws ScriptFailure.
  void announce_progress(const RunReport& report, double share);
  /// The planned runs, from 0, that the main script has asked to stop.
  std::vector<std::size_t> stopping();
  /// Tells listen_done_backtest in the main script that a planned run is over.
  /// Throws ScriptFailure with the errors of all listeners, after all were called.
  void announce_done(const RunReport& report);
  /// Makes the statistics of a finished run available to get_data.
  void keep_report(const RunReport& report);
  /// The table of a report in the columns that the script has set for it (btk.set_columns); empty: the usual ones.
  /// Throws ScriptFailure with the error of a column's function.
  std::string own_table(const KindReport& wish);
  WalkTables own_tables(const std::shared_ptr<Walk>& walk);

  /// Idea sweeps that the script made.
  std::vector<std::shared_ptr<IdeaSweep>>& sweeps() { return sweeps_; }

  // Walks. They belong to this script and to whoever made them.
  std::vector<std::shared_ptr<Walk>>& walks() { return walks_; }
  WalkerOffer walker_offer();
  /// The frame of that name.
  FrameSchema frame(const std::string& name);
  /// An exchange or a frame that another file registered takes the place of one of the same name.
  void lend(const ExchangeSchema& exchange);
  void lend(const FrameSchema& frame);
  /// The script's listeners hear of `walk`, and its walker of that name has its callbacks called.
  void join_walk(std::shared_ptr<Walk> walk);
  /// Tells that a strategy of walks()[walk] was added to it, or that it failed. False: the script has stopped the
  /// walk, and what comes after does not count. Throws ScriptFailure with the first error of a callback or listener.
  bool announce_walk_part(std::size_t walk, const std::string& strategy, const std::string& failure);
  bool walk_goes_on(std::size_t walk);
  /// Tells that the walk is over. Throws ScriptFailure.
  void announce_walk_ended(std::size_t walk);

  /// What `btkhost optimize` makes (lua/btk/optimizer.lua): settings and result are JSON. Throws btk::Error.
  std::string optimize(const std::string& symbol, const std::string& settings);
  /// The optimizer of that name, or the first registered; empty without one.
  std::string optimizer_name(const std::string& wanted);

  /// The same for paper and live: no frame. Throws btk::Error.
  std::vector<PlannedRun> plan_live();
  /// Tells listen_done_live in the main script that a planned run is over. Throws ScriptFailure.
  void announce_done_live(const RunReport& report);
  /// Tells listen_reload. Throws ScriptFailure.
  void announce_reload(const ReloadNotice& notice);
  /// True when the script registered a broker and enabled it.
  bool broker_enabled();

  /// One hook of the script's broker, called directly and once, whether it is enabled or not (`btkhost brokerdebug`).
  /// `commit` is one of broker_commits(); it is the moment of `query` meanwhile. Throws btk::Error when the script
  /// has no broker or the broker no such hook.
  BrokerTrial try_broker(const std::string& commit, const TraderSetup& names, const OrderQuery& query);

  // Persistence in Lua (btk.use_persist), on the thread of this script. Values are JSON. Throw ScriptFailure.
  bool has_persist();
  std::optional<std::string> persist_read(const std::string& kind, const std::string& key);
  void persist_write(const std::string& kind, const std::string& key, const std::string& json);
  std::vector<std::string> persist_keys(const std::string& kind);

  // Worker role.
  /// Prepares the planned run. Throws btk::Error.
  void begin(const PlannedRun& planned, std::shared_ptr<RiskBook> risk);
  std::optional<WorkKey> next_work();
  /// Goes on until the run is over (true) or its next work lies beyond `horizon`.
  bool advance(WorkKey horizon);
  /// Share of the frame that is done, 0..1.
  double progress() const;
  /// First and last tick of the run's frame, and how many there are.
  struct FrameSpan {
    Timestamp first = 0, last = 0;
    std::int64_t ticks = 0;
  };
  FrameSpan frame_span() const;
  /// No new signals; what is open ends as it would.
  void stop();
  /// Ends the run early: what happened so far is reported.
  void abandon();
  RunReport finish();  ///< what is left of a run; of a back-test once: its signals and events go along

  // Worker role, paper and live. On the run's own thread; throw btk::Error.
  /// Like begin(): history is loaded, what was there before a restart is restored. `setup.hooks` outlives the run.
  void begin_live(const PlannedRun& planned, LiveSetup setup);
  /// Did begin_live() fail because the exchange did not give the candles before its start? Then it may be tried again.
  bool lacked_candles() const { return loading_candles_; }
  /// Did begin() fail for what was given, files that are missing or damaged?
  bool had_bad_input() const { return bad_input_; }
  /// Candles behind the end of the run's own series. Holes are filled as the exchange's `gaps` says.
  void append_candles(std::span<const Candle> candles);
  /// First moment without a candle.
  Timestamp candles_end();
  /// The run's candles in [from, to) that exist and are closed, from its exchange. Missing minutes are left out.
  std::vector<Candle> closed_candles(Timestamp from, Timestamp to);
  /// How far the exchange's clock is ahead of the session's, ms; 0 where it is not known.
  Timestamp exchange_ahead();
  /// Candles that the run was given since the last time, other than by append_candles().
  std::vector<SeenCandles> take_seen();
  /// "stop", "pause", "resume", "flatten", "block" (no new entries) or "unblock"; recorded as an input.
  void command(const std::string& name);
  Run& run() { return *runs_.back(); }
  bool has_run() const { return !runs_.empty(); }

  // Hot reload, at a step boundary. The old script stays usable: adopt_run() takes the run back.
  /// What the planned run is made of here; nothing when a name is not registered, with the reason in `why`.
  std::optional<RunShape> shape(const PlannedRun& planned, std::string& why);
  /// Ends the action handlers and hands the run out.
  std::unique_ptr<Run> release_run();
  /// Goes on with a run that another script released.
  void adopt_run(std::unique_ptr<Run> run, const PlannedRun& planned, LiveSetup setup);
  /// What on_save() of the script's tables returned, as JSON; empty without one. Its errors are reported.
  std::string save_state();
  /// Hands it to on_restore(state, old_version), then calls on_reload(symbol, old_version). Errors are reported.
  void restore_state(const std::string& state, int old_version);

  /// Stops the script where it is; begin() or advance() then throws ScriptFailure with StopReason::interrupted.
  /// From any thread, also from a signal handler.
  void interrupt() { isolate_->interrupt(); }
  Isolate& isolate() { return *isolate_; }

  // For the bindings.
  const ScriptOptions& options() const { return options_; }
  /// Paths in a script are relative to it.
  std::filesystem::path folder() const { return options_.files.empty() ? std::filesystem::path() : options_.files.front().parent_path(); }
  Role role() const { return role_; }
  const ServiceHost& services() const { return services_; }
  Config& config() { return config_; }
  void apply_settings();
  bool run_has_begun() const { return !runs_.empty(); }
  Run& add_run(std::unique_ptr<Run> run);
  std::vector<std::unique_ptr<Run>>& runs() { return runs_; }
  std::vector<RunReport>& kept_reports() { return kept_reports_; }
  /// What own_table() is about; else nullptr.
  const KindReport* asked() const { return asked_; }
  /// Do runs keep how long things took? (`btk.performance` in the script, or options().measure)
  bool measuring() const { return options_.measure || names_performance_; }
  /// Kinds of events that runs keep for reports.
  std::uint32_t collected_kinds() const { return options_.collect | named_kinds_; }
  void set_in_charge() { in_charge_ = true; }
  /// What os.time() shows outside of runs; 1970 without it.
  void set_idle_clock(Timestamp moment) { moment_ = moment; }
  /// The run that the script is in now, or none.
  void set_current(Run* run);
  Run* current() { return current_; }
  /// The setup of the live run that is being begun; none: a back-test.
  const std::optional<LiveSetup>& live_setup() const { return live_setup_; }
  /// The candles before a live run's start are asked for now; false: they are there.
  void set_loading_candles(bool loading) { loading_candles_ = loading; }
  void set_bad_input() { bad_input_ = true; }
  const std::shared_ptr<KeptSeries>& kept_series() const { return kept_series_; }
  /// After an error: was the script ended because it took too long? Then it may go on.
  bool resume_late() {
    if (budget_) return budget_->forgive();
    return !watches_.empty() && watches_.back()->resume();
  }
  /// Only with options().cpu.
  const CpuBudget* budget() const { return budget_.get(); }

 private:
  void call_module(const char* function, int nargs, int nresults);
  void call_hook(const char* function, const std::string& exchange_name, const std::string& symbol, Timestamp from, Timestamp to);
  void push_names(const RunReport& report);
  void push_context(const PlannedRun& planned);
  void push_returned_tables();
  std::vector<PlannedRun> plan_with(const char* function);
  void apply_profile(const GeneratedProfile& profile);
  void watch_progress(Run& run);

  const ScriptOptions& options_;
  ServiceHost services_;
  Role role_;
  Config config_;
  std::unique_ptr<Isolate> isolate_;
  std::vector<std::unique_ptr<Run>> runs_;
  std::vector<RunReport> kept_reports_;
  const KindReport* asked_ = nullptr;
  std::vector<std::shared_ptr<Walk>> walks_;
  std::vector<std::shared_ptr<IdeaSweep>> sweeps_;
  Sha256 text_hash_;
  bool names_performance_ = false;  ///< the script's text does
  std::uint32_t named_kinds_ = 0;  ///< of the reports that the script's text names
  Run* current_ = nullptr;
  bool in_charge_ = false;
  Timestamp moment_ = 0;  ///< outside of runs
  std::optional<LiveSetup> live_setup_;
  bool loading_candles_ = false, bad_input_ = false;
  std::shared_ptr<KeptSeries> kept_series_ = std::make_shared<KeptSeries>();
  std::vector<Ref> returned_;  ///< what the files' main chunks returned
  std::shared_ptr<Watchdog> watchdog_;
  std::vector<std::unique_ptr<ProgressWatch>> watches_;  ///< one per run
  std::unique_ptr<CpuBudget> budget_;
};

/// Why `fresh` cannot go on with a run of `running`, as one sentence; empty when it can (CLI-39).
std::string reload_refusal(Script& running, Script& fresh, const PlannedRun& planned);

/// Puts the C++ half of the btk module into `core.host` of the script's isolate.
void install_bindings(Script& script);

}  // namespace btk::lua
