// What paper and live runs leave on disk so that a killed process goes on where it was, and so that a
// replay can follow what it did: per trader its state, and per session everything that the trader saw from
// outside (candles, inputs) and decided. One object per process and data folder; any thread may call.
//
// A session is one run of a list of traders; a restart of the same traders continues it. A trader's state
// belongs to the trader, not to the session: a new session finds positions that an older one left open.
//
// save() is all or nothing. Once it failed, what is on disk no longer keeps up with the run: every later
// call throws the same sentence again, so that nothing more is sent to an exchange.
#pragma once

#include <compare>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "engine/candles.h"
#include "engine/event.h"
#include "engine/risk_book.h"
#include "engine/trader_state.h"
#include "lua/live.h"

namespace btk::host {

struct TraderKey {
  std::string symbol, strategy_name, exchange_name;
  auto operator<=>(const TraderKey&) const = default;
};

struct SessionInfo {
  std::string id;            ///< "20230301T000000Z-paper"; made when a session is opened
  std::string mode;          ///< "paper" or "live"
  Timestamp started_at = 0;  ///< on the session's clock
  std::string script_hash;
  std::vector<std::string> files;  ///< scripts in the order in which they are loaded
  std::uint64_t seed = 1;
  std::vector<std::pair<std::string, std::string>> settings;  ///< what else a replay has to set, by name
  std::vector<std::pair<std::string, std::string>> params;    ///< values of the strategies' parameters, by name
  std::vector<TraderKey> traders;                             ///< in the order of the symbol list
};

/// A place in a risk profile that a trader holds: a snapshot of its opening, so it cannot be made again
/// from the position.
struct RiskHold {
  std::string profile;
  RiskPosition position;
};

/// Candles of one symbol that a trader got to see, oldest first.
struct SeenCandles {
  std::string symbol;
  std::span<const Candle> candles;
};

/// Everything that one step of a trader made.
struct StepRecord {
  TraderKey key;
  const TraderState* state = nullptr;  ///< as it is after the step; never null
  std::span<const RiskHold> risk;      ///< all that the trader holds now
  // What is new since the last record.
  /// Of the trader's own and of other symbols; also the history at the start and earlier history that a
  /// script looked back to. A minute that was recorded before keeps its first candle.
  std::span<const SeenCandles> candles;
  std::span<const lua::RunInput> inputs;
  std::string_view decisions;  ///< whole lines of the decision log
  std::span<const FinishedSignal> finished;
  std::span<const Gap> gaps;  ///< holes in the trader's own symbol that were filled
  /// Money is concerned: on disk (fsync) when save returns. Else the system has it, and only a power cut
  /// takes it away; then steps are missing at the end, never in between.
  bool durable = false;
};

/// What a restart needs of a trader.
struct SavedTrader {
  TraderState state;
  std::vector<RiskHold> risk;
  // Of the session under way.
  std::string decisions;
  std::vector<FinishedSignal> finished;
};

/// What a trader brought into a session from an earlier one.
struct Heritage {
  TraderState state;
  std::vector<RiskHold> risk;
};

/// Where a journal keeps things. Used by one thread at a time; throws btk::Error.
class JournalBackend {
 public:
  virtual ~JournalBackend() = default;

  /// Begins a session; the states that its traders have now become their heritage. `info.id` is a proposal;
  /// the id that was free is returned.
  virtual std::string open_session(const SessionInfo& info) = 0;
  /// Goes on with a session of sessions(). Throws when there is none of this id.
  virtual void continue_session(const std::string& id) = 0;
  virtual std::optional<SavedTrader> load(const TraderKey& key) = 0;
  virtual void save(const StepRecord& record) = 0;

  virtual std::vector<SessionInfo> sessions() = 0;
  virtual std::optional<Heritage> heritage(const std::string& session, const TraderKey& key) = 0;
  virtual std::vector<std::string> symbols(const std::string& session, const TraderKey& key) = 0;
  virtual std::vector<Candle> candles(const std::string& session, const TraderKey& key,
                                      const std::string& symbol) = 0;
  virtual std::vector<Timestamp> altered(const std::string& session, const TraderKey& key,
                                         const std::string& symbol) = 0;
  virtual std::vector<lua::RunInput> inputs(const std::string& session, const TraderKey& key) = 0;
  virtual std::string decisions(const std::string& session, const TraderKey& key) = 0;
  virtual std::vector<FinishedSignal> finished(const std::string& session, const TraderKey& key) = 0;
  virtual std::vector<Gap> gaps(const std::string& session, const TraderKey& key) = 0;
};

class Journal {
 public:
  explicit Journal(std::unique_ptr<JournalBackend> backend);

  struct Started {
    SessionInfo session;  ///< of a continued one: as it was opened
    bool continued = false;
  };
  /// Continues the newest session when its mode, traders and params are those of `info`, else opens a new one
  /// (`info.id` is not looked at). Before any load or save. Throws btk::Error.
  Started start_session(SessionInfo info);

  /// What the trader's last record left; nothing for one that was never recorded. Throws btk::Error when
  /// there is something that cannot be read: a trader that has a position must not begin without it.
  std::optional<SavedTrader> load(const TraderKey& key);
  /// Throws btk::Error "cannot write state: <reason>".
  void save(const StepRecord& record);

  // For a replay. A session or trader that is not there has nothing of it.

  std::vector<SessionInfo> sessions();  ///< in the order of their opening
  std::optional<Heritage> heritage(const std::string& session, const TraderKey& key);
  /// Symbols of which the trader saw candles.
  std::vector<std::string> symbols(const std::string& session, const TraderKey& key);
  std::vector<Candle> candles(const std::string& session, const TraderKey& key, const std::string& symbol);
  /// Minutes of candles() whose candle is not the one that was recorded (candle_checksum.h). What was recorded before
  /// there were checksums counts as unaltered.
  std::vector<Timestamp> altered(const std::string& session, const TraderKey& key, const std::string& symbol);
  std::vector<lua::RunInput> inputs(const std::string& session, const TraderKey& key);
  std::string decisions(const std::string& session, const TraderKey& key);
  std::vector<FinishedSignal> finished(const std::string& session, const TraderKey& key);
  std::vector<Gap> gaps(const std::string& session, const TraderKey& key);
  /// What the trader finished in the sessions before this one, oldest first: the newest `most`. Another list of symbols makes
  /// a new session, and what an order of the last one left at the exchange is still this trader's to look after.
  std::vector<FinishedSignal> earlier_finished(const std::string& session, const TraderKey& key, std::size_t most);

 private:
  std::mutex mutex_;
  std::unique_ptr<JournalBackend> backend_;
  std::string failure_;  // of the first save that failed
};

/// "20230301T000000Z-paper"
std::string session_id(Timestamp started_at, std::string_view mode);

}  // namespace btk::host
