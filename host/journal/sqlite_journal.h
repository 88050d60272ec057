// The journal as an SQLite file (WAL): one transaction per step, so a crash leaves a whole step or none of
// it. The disk is waited for when a step is durable.
#pragma once

#include <filesystem>
#include <functional>
#include <map>
#include <string>

#include "host/journal/fault_plan.h"
#include "host/journal/journal.h"
#include "host/store/sqlite.h"

namespace btk::host {

class SqliteJournal : public JournalBackend {
 public:
  /// Makes the file and its folder (`create`) or goes without them (`existing`, which throws when there is no
  /// file). An older file is brought up to date. Throws btk::Error for a file that is damaged, of a newer
  /// version or something else.
  SqliteJournal(const std::filesystem::path& path, Database::Mode mode, FaultPlan faults = {});

  std::string open_session(const SessionInfo& info) override;
  void continue_session(const std::string& id) override;
  std::optional<SavedTrader> load(const TraderKey& key) override;
  void save(const StepRecord& record) override;
  std::vector<SessionInfo> sessions() override;
  std::optional<Heritage> heritage(const std::string& session, const TraderKey& key) override;
  std::vector<std::string> symbols(const std::string& session, const TraderKey& key) override;
  std::vector<Candle> candles(const std::string& session, const TraderKey& key,
                              const std::string& symbol) override;
  std::vector<Timestamp> altered(const std::string& session, const TraderKey& key,
                                 const std::string& symbol) override;
  std::vector<lua::RunInput> inputs(const std::string& session, const TraderKey& key) override;
  std::string decisions(const std::string& session, const TraderKey& key) override;
  std::vector<FinishedSignal> finished(const std::string& session, const TraderKey& key) override;
  std::vector<Gap> gaps(const std::string& session, const TraderKey& key) override;

 private:
  void for_each_candle(const std::string& session, const TraderKey& key, const std::string& symbol,
                       const std::function<void(const Candle& candle, std::optional<std::int64_t> checksum)>& visit);
  std::optional<std::string> state_text(const TraderKey& key);
  std::optional<std::int64_t> find_session(const std::string& id);
  /// The row of a trader in a session.
  std::optional<std::int64_t> find_track(std::int64_t session, const TraderKey& key);
  std::optional<std::int64_t> find_track(const std::string& session, const TraderKey& key);
  std::int64_t add_track(std::int64_t session, const TraderKey& key);
  std::int64_t present_track(const TraderKey& key);
  /// The bodies of one kind, in the order in which they were saved.
  std::vector<std::string> entries(const std::string& session, const TraderKey& key, std::int64_t kind);
  void wait_for_disk(bool durable);

  std::string subject_;  // "journal dump/data/live.sqlite"
  FaultPlan faults_;
  Database database_;
  std::int64_t session_ = 0;
  std::map<TraderKey, std::int64_t> tracks_;  // of this session
  bool durable_ = false;                      // what the connection is set to
};

}  // namespace btk::host
