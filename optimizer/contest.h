// Generated strategies of one symbol against each other on the test range: the
// walker's ranking, the same on each one's training range, and on shuffled markets
// where there is nothing to find (optimizer-cli.md 1.14).
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "lua/walk.h"
#include "optimizer/evaluate.h"

namespace btk::optimizer {

/// One strategy file.
struct Entrant {
  std::string strategy_name, file, text;
  Timestamp train_from = 0, train_to = 0;
};

struct Score {
  std::optional<double> metric;
  TradeStats stats;
  std::string run_hash;
};

struct ContestRow {
  std::string strategy_name;
  std::string kind, failure;      ///< why there is no test result; empty otherwise
  std::optional<Score> test, train;
  std::size_t script_errors = 0;
  double seconds = 0;             ///< wall clock of the test run
  std::shared_ptr<const lua::LoadedCandles> candles;  ///< of the test run
};

struct ContestResult {
  std::shared_ptr<lua::Walk> walk;  ///< of those that have a test result, in the order of the list
  std::vector<ContestRow> rows;     ///< of all, in the order of the list
  std::vector<std::optional<double>> controls;  ///< the best metric on each shuffled market that was tried
  std::size_t untried_controls = 0;  ///< shuffled markets that were not, or not to their end
  std::string control_failure;       ///< why, the first time
  double seconds = 0;               ///< wall clock of the test runs together
};

struct ContestSetup {
  std::string symbol, exchange_name, frame_name, walker_name, metric;
  Timestamp from = 0, to = 0;     ///< the test range, both ends inclusive
  bool eval_train = false;        ///< each strategy over its training range, too
  std::size_t controls = 0;       ///< shuffled markets
  std::uint64_t seed = 1;         ///< of the shuffling
  unsigned threads = 1;
  Evaluate evaluate;
  CandlesOf candles;
  HistoryOf history;              ///< for strategies that look back further than `candles` reach; empty: they see less
  std::function<bool()> stopped;  ///< true: what has not begun is left out
  /// The test range is done; training ranges and shuffled markets come after. On the calling thread; may be empty.
  std::function<void(ContestResult&)> tried;
  std::function<void(std::size_t done, std::size_t of)> progress;  ///< on the calling thread or another, one at a time
};

/// What a contest tries of an entrant on the test range.
Attempt test_attempt(const Entrant& entrant, const ContestSetup& setup, std::shared_ptr<const lua::LoadedCandles> candles);

ContestResult run_contest(const std::vector<Entrant>& entrants, const ContestSetup& setup);

}  // namespace btk::optimizer
