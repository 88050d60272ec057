// What a process that trades holds: the lock on its data folder, the journal, the
// sessions, and what reaches them from outside. Sessions follow each other: those
// that the script's main chunk drives itself (btk.live.run), then the one of all
// planned runs.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "host/cli/live_options.h"
#include "host/cli/live_signals.h"
#include "host/clock/clock.h"
#include "host/journal/data_lock.h"
#include "host/journal/journal.h"
#include "host/live/live_session.h"
#include "host/service/control_socket.h"
#include "host/service/file_watcher.h"
#include "lua/live.h"

namespace btk::host {

class LiveProgram final : public lua::ChunkRuns {
 public:
  /// Everything given outlives the program.
  LiveProgram(LiveOptions& options, const lua::ScriptOptions& setup, Clock& clock, LiveSignals& signals, Console& console,
              spdlog::logger& logger);
  ~LiveProgram() override;

  /// The main script; before its files are loaded.
  void use(lua::Script& script) { script_ = &script; }
  /// Trades until all of them have ended. Throws UsageError before anything was begun, btk::Error.
  std::vector<RunOutcome> trade(const std::vector<lua::PlannedRun>& planned);
  /// The main chunk has failed: what it left under way is detached, and `why` is its failure. False: nothing was.
  bool leave_chunk_run(const std::string& why);
  /// The command cannot begin: warns of what earlier sessions hold, unless one of them still runs, or its journal was opened:
  /// then the reason tells of them.
  void tell_unwatched();
  /// Of the runs that the main chunk made.
  std::vector<RunOutcome> run_of_chunk() { return std::move(chunk_outcomes_); }
  /// Rows that the newest session left open, by symbol.
  std::vector<std::pair<std::string, Signal>> left_open() const;

  // lua::ChunkRuns
  void begin(const lua::PlannedRun& planned) override;
  bool step() override;
  void stop() override;

 private:
  struct Session;

  LiveSession& open_session(const std::vector<lua::PlannedRun>& planned);
  void open_journal();
  void mind_broker(const std::vector<lua::PlannedRun>& planned);
  void listen(LiveSession& session);
  void unlisten();
  void watch(LiveSession& session);
  std::size_t count_open(const std::vector<lua::PlannedRun>& planned);

  LiveOptions& options_;
  const lua::ScriptOptions& setup_;
  Clock& clock_;
  LiveSignals& signals_;
  Console& console_;
  spdlog::logger& logger_;
  lua::Script* script_ = nullptr;
  std::optional<DataLock> lock_;
  std::optional<Journal> journal_;
  /// Earlier ones stay: the script's runs know their traders.
  std::vector<std::unique_ptr<Session>> sessions_;
  std::optional<ControlServer> control_;
  std::optional<FileWatcher> watcher_;
  bool minded_ = false;  ///< that real money is meant
  bool chunk_run_ = false;  ///< the newest session is the chunk's and not over
  std::vector<RunOutcome> chunk_outcomes_;
};

}  // namespace btk::host
