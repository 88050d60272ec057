// A paper or live session: one trader with its own thread per symbol, and what
// reaches them from outside: signals, the control socket, changed script files.
#pragma once

#include <condition_variable>
#include <latch>
#include <memory>
#include <mutex>
#include <set>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "host/cli/console.h"
#include "host/cli/live_signals.h"
#include "host/live/live_trader.h"
#include "host/live/reloader.h"
#include "host/service/live_status.h"

namespace btk::host {

class LiveSession {
 public:
  /// Everything given outlives the session. `main` is the script that registered; it is used on the thread
  /// that calls wait() only.
  LiveSession(const LiveOptions& options, const lua::ScriptOptions& script, lua::Script& main, Clock& clock,
              Journal& journal, const SessionInfo& session, Console& console, spdlog::logger& logger);
  ~LiveSession();

  /// Makes a trader per planned run and starts all of them in the same minute.
  void start(const std::vector<lua::PlannedRun>& planned);
  /// Instead of start(): one run in the main script's own state, driven by step_here(). `listens` is called as soon as the
  /// session may be asked for something, before the run begins. Throws btk::Error.
  void begin_here(const lua::PlannedRun& planned, const std::function<void()>& listens);
  /// Waits for the next closed minute and works on it. False: the run has ended.
  bool step_here() { return traders_.front()->serve_here(); }
  /// Comes back when every trader has ended. Outcomes are in the order of `planned`.
  std::vector<RunOutcome> wait();
  /// Rows that are still open when wait() has come back.
  std::vector<std::pair<std::string, Signal>> left_open() const;

  // From any thread.
  /// No new signals, limit orders are cancelled, open positions are followed to their end.
  void drain();
  /// Ends at the next step boundary; positions stay open and are taken up again by the next start.
  void detach();
  /// Loads the script's files anew.
  void reload(const std::vector<std::filesystem::path>& changed = {});
  /// `hears` is told which files the newest version of the script was loaded from, on another thread.
  void on_files(Reloader::Loaded hears);
  LiveStatus status();
  /// What `btkhost status|stop|pause|resume|flatten` ask for over the control socket.
  nlohmann::ordered_json answer(const nlohmann::ordered_json& question, LiveSignals& signals);

 private:
  /// A request to a trader that has_heeded() can be asked about.
  struct Asked {
    const LiveTrader* trader;
    std::uint64_t number;
  };
  std::vector<Asked> request(LiveTrader::Request request, const std::string& symbol = {});
  /// Waits until they are carried out, a while at most; those that are not.
  std::vector<Asked> still_busy(const std::vector<Asked>& asked);
  nlohmann::ordered_json outcome_of(const std::vector<Asked>& asked, const std::string& message);
  nlohmann::ordered_json stop_symbol(const std::string& symbol, LiveSignals& signals);
  nlohmann::ordered_json resume(const std::string& symbol);
  void stop_everything(const std::string& why);
  void trader_failed(const std::string& symbol, const std::string& why);
  void keep_limits();
  void close_all_if_asked();
  bool all_over() const;

  const LiveOptions& options_;
  lua::Script& main_;
  Console& console_;
  spdlog::logger& logger_;
  std::filesystem::path limits_file_;  ///< empty: the kill switches forget
  LimitBook limits_;
  std::mutex limits_mutex_;
  std::string kept_limits_;  ///< what the file holds
  LiveShared shared_;
  std::vector<std::unique_ptr<LiveTrader>> traders_;
  std::unique_ptr<Reloader> reloader_;
  std::unique_ptr<std::latch> loaded_;
  Timestamp since_ = 0;
  std::atomic<bool> draining_{false}, detaching_{false};
  std::set<std::string> asked_to_stop_;  ///< symbols, by the thread that answers requests
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  Reloader::Loaded files_hears_;
  std::vector<lua::ReloadNotice> notices_;  ///< for the main script
};

}  // namespace btk::host
