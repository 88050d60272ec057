// A paper or live run as the script side needs it: what its host does for it, and
// what reached it from outside. Everything that is not candles and not the script
// itself, and yet changes what a run does, is a RunInput: recorded when it happens,
// handed out again by a replay (differences.md 1 to 3).
#pragma once

#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/order.h"
#include "engine/risk_book.h"
#include "engine/trader.h"
#include "engine/trader_state.h"

namespace btk::lua {

/// One thing that came from outside, with the work under way when it came.
struct RunInput {
  enum class Kind {
    verdict,  ///< a gate or a check was answered: name (hook), id (signal), answer
    veto,     ///< a broker refused a command: name (hook), id (signal), answer.why
    risk,     ///< what a risk check saw: name (profile), positions
    skip,     ///< ticks up to and including `until` may make no entry
    late,     ///< the answer of get_signal came too late and was dropped
    restart,  ///< the script began anew (process start, hot reload): name says which
    command,  ///< name: stop, pause, resume, flatten, block, unblock
    deed,     ///< a broker's hook gave a command: name (hook), id (signal), answer.why (the command, JSON)
    service,  ///< what a shared store answered: name (space), id (key#number of the question), answer.why
  };
  Kind kind = Kind::verdict;
  Timestamp minute = 0;
  int stage = 0;
  std::string name, id;
  OrderAnswer answer;
  std::vector<RiskPosition> positions;
  Timestamp until = 0;
};
std::string_view to_string(RunInput::Kind kind);

/// What the host does for a live run. Called on the run's own thread.
class LiveHooks {
 public:
  virtual ~LiveHooks() = default;
  /// Before a broker hears of an order: afterwards the trader's state is on disk. Throws btk::Error when it
  /// cannot be written; then nothing is sent.
  virtual void before_order(const OrderQuery& query) = 0;
  /// Before anybody is asked about a purchase (an entry, the placing of a limit order, an average buy of `query.signal.cost`):
  /// why the host forbids it (a kill switch); nothing: it does not. What was placed or sent is never forbidden.
  virtual std::optional<std::string> forbids(const OrderQuery& /*query*/) { return std::nullopt; }
  virtual void record(RunInput input) = 0;
  /// A replay hands out what was recorded instead of asking anybody.
  virtual bool replaying() const = 0;
  /// The next recorded input of this kind, name and id in this minute; none: there is none.
  virtual std::optional<RunInput> recorded(RunInput::Kind kind, std::string_view name, std::string_view id) = 0;
  /// The session's clock, ms (`--clock`).
  virtual Timestamp clock_now() = 0;
  /// The same, put right by the exchange's clock where that is known: what the age of a minute is measured by.
  virtual Timestamp market_now() { return clock_now(); }
};

/// How a live run begins.
struct LiveSetup {
  std::string mode = "paper";  ///< what btk.get_mode answers: "paper" or "live"
  Timestamp start = 0;         ///< minute of the first tick
  std::shared_ptr<RiskBook> risk;
  std::shared_ptr<std::mutex> step;  ///< held while any trader of `risk` takes a step
  bool use_broker = false;     ///< the script's broker is asked; else the simulated one confirms
  int script_version = 1;
  LiveHooks* hooks = nullptr;  ///< outlives the run
  // After a restart.
  std::optional<TraderState> state;
  std::string decisions;       ///< text of the decision log so far
  std::vector<FinishedSignal> finished;
  std::vector<FinishedSignal> earlier = {};  ///< of sessions before this one, oldest first; for btk.get_finished_signals alone

  /// As many earlier ones are kept.
  static constexpr std::size_t kEarlier = 1000;
};

class Script;
struct PlannedRun;

/// What btk.live.run asks of its host: a run in the main script's own state, while its main chunk is under way. One at a
/// time. Called on the script's thread; throw btk::Error.
class ChunkRuns {
 public:
  virtual ~ChunkRuns() = default;
  /// Takes up what was left of the run, or starts it.
  virtual void begin(const PlannedRun& planned) = 0;
  /// Waits for the next closed minute and works on it. True: the run is over.
  virtual bool step() = 0;
  /// No new signals; the run is over when nothing is open any more.
  virtual void stop() = 0;
};

}  // namespace btk::lua
