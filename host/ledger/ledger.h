// The ledger: every trial that was ever made of a strategy, in one SQLite file.
// A search asks it first and makes only the trials that are missing, so a search
// that was interrupted goes on where it ended; and whoever judges the best trial
// knows how many were tried. Trials are added one by one as they end and are never
// changed or removed. Any thread may call; calls on one ledger take turns. Several
// processes may share the file (WAL); what add() has taken survives the end of
// the process, however it ends.
#pragma once

#include <filesystem>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "host/ledger/trial.h"
#include "host/store/sqlite.h"

namespace btk::host {

/// Beside the other stores, relative to the working directory.
inline constexpr std::string_view kDefaultLedger = "dump/data/ledger.sqlite";

class Ledger {
 public:
  /// `create` makes the file and its folder when they are missing; `existing` is an error then. Throws
  /// btk::Error for a file that is damaged, of a newer version, something else, or locked for longer than
  /// `busy_ms`.
  explicit Ledger(const std::filesystem::path& path, Database::Mode mode = Database::Mode::create,
                  int busy_ms = 5000);

  /// Throws btk::Error when nothing can be added.
  void check_writable();

  /// False when a trial of that key is there already; it stays as it is.
  bool add(const Trial& trial) { return add(trial, trial.stats()); }
  /// For whoever has the trial's statistics already.
  bool add(const Trial& trial, const TradeStats& stats);

  std::optional<Trial> find(const TrialKey& key);

  /// The trials of a family in the order in which they were made; of all its strategies when no name is
  /// given.
  std::vector<Trial> trials(const std::string& family, const std::string& strategy_name = {});

 private:
  std::vector<Trial> read(Statement& rows);

  std::mutex mutex_;
  std::string path_;
  Database database_;
};

/// The family of a strategy's file: where it is, whatever the working directory.
std::string family_of(const std::filesystem::path& script);

}  // namespace btk::host
