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
#include <string>
#include <utility>
#include <vector>

#include "engine/risk_book.h"
#include "lua/candle_source.h"
#include "lua/guard.h"
#include "lua/isolate.h"
#include "lua/run.h"
#include "lua/schemas.h"

namespace btk::lua {

struct ScriptOptions {
  std::vector<std::filesystem::path> files;
  std::uint64_t seed = 1;
  std::optional<Timestamp> from, to;                            ///< replace the frame's ends
  std::vector<std::pair<std::string, std::string>> settings;    ///< CC_ keys that win over the script's
  std::string strategy_name, exchange_name, frame_name;         ///< empty: the first registered
  std::vector<std::string> symbols;                             ///< empty: the script's, else BTCUSDT
  bool keep_decisions = false;
  bool unsafe = false;
  bool guarded = true;                                          ///< a script that hangs can be stopped
  std::size_t memory_cap = std::size_t{1} << 30;
  std::function<std::shared_ptr<CandleSource>(const ExchangeSchema&)> open_exchange;
  std::function<void(std::string_view)> print;
  std::function<void(std::string_view level, std::string_view text)> log;
  /// Ends calls of a script inside a run that take longer than CC_MAX_SIGNAL_GENERATION_SECONDS; empty: one of its own.
  std::shared_ptr<Watchdog> watchdog;
  // What btk.backtest.get_report and .dump do: Markdown of a run, and writing it (`path` as the script gave it, or
  // empty; the answer is the path written). Empty: these functions raise an error.
  std::function<std::string(const RunReport&)> report;
  std::function<std::string(const RunReport&, const std::string& path)> dump;
};

/// A run that the host shall make.
struct PlannedRun {
  std::string symbol, strategy_name, exchange_name, frame_name;
  std::vector<std::string> risks;  ///< profiles of the strategy: runs that share one keep step
};

class Script {
 public:
  enum class Role { main, worker };

  /// `symbol` and `strategy` seed math.random; empty in the main script.
  Script(const ScriptOptions& options, Role role, const std::string& symbol = {}, const std::string& strategy = {});
  ~Script();

  /// Executes the files. Throws ScriptFailure or btk::Error.
  void load();

  // Main role.
  /// True when the script started runs itself.
  bool in_charge() const { return in_charge_; }
  /// The runs for the host: those queued by background(), or one per symbol when the script only registered.
  /// Throws btk::Error when something is missing or a name is unknown.
  std::vector<PlannedRun> plan();
  /// Reports of runs that were made in the main chunk, in the order of their start.
  std::vector<RunReport> own_reports() const;
  /// Everything that is registered, one line each, for `btkhost check`.
  std::vector<std::string> describe();
  /// Tells listen_backtest_progress in the main script how far a planned run is (0..1). Throws ScriptFailure.
  void announce_progress(const RunReport& report, double share);
  /// Tells listen_backtest_progress and listen_done_backtest in the main script that a planned run is over.
  /// Throws ScriptFailure with the errors of all listeners, after all were called.
  void announce_done(const RunReport& report);
  /// Makes the statistics of a finished run available to get_data.
  void keep_report(const RunReport& report);

  // Worker role.
  /// Prepares the planned run. Throws btk::Error.
  void begin(const PlannedRun& planned, std::shared_ptr<RiskBook> risk);
  std::optional<WorkKey> next_work();
  /// Goes on until the run is over (true) or its next work lies beyond `horizon`.
  bool advance(WorkKey horizon);
  /// Share of the frame that is done, 0..1.
  double progress() const;
  /// Ends the run early: what happened so far is reported.
  void abandon();
  RunReport finish();

  /// Stops the script where it is; begin() or advance() then throws ScriptFailure with StopReason::interrupted.
  /// From any thread, also from a signal handler.
  void interrupt() { isolate_->interrupt(); }
  Isolate& isolate() { return *isolate_; }

  // For the bindings.
  const ScriptOptions& options() const { return options_; }
  Role role() const { return role_; }
  Config& config() { return config_; }
  void apply_settings();
  bool run_has_begun() const { return !runs_.empty(); }
  Run& add_run(std::unique_ptr<Run> run);
  std::vector<std::unique_ptr<Run>>& runs() { return runs_; }
  std::vector<RunReport>& kept_reports() { return kept_reports_; }
  void set_in_charge() { in_charge_ = true; }
  /// The run that the script is in now, or none.
  void set_current(Run* run);
  Run* current() { return current_; }
  /// After an error: was the script ended because it took too long? Then it may go on.
  bool resume_late() { return !watches_.empty() && watches_.back()->resume(); }

 private:
  void call_module(const char* function, int nargs, int nresults);
  void push_names(const RunReport& report);
  void watch_progress(Run& run);

  const ScriptOptions& options_;
  Role role_;
  Config config_;
  std::unique_ptr<Isolate> isolate_;
  std::vector<std::unique_ptr<Run>> runs_;
  std::vector<RunReport> kept_reports_;
  Run* current_ = nullptr;
  bool in_charge_ = false;
  std::shared_ptr<Watchdog> watchdog_;
  std::vector<std::unique_ptr<ProgressWatch>> watches_;  ///< one per run
};

/// Puts the C++ half of the btk module into `core.host` of the script's isolate.
void install_bindings(Script& script);

}  // namespace btk::lua
