// A trial: one parameter set (or one generated file) back-tested over one period.
// What is kept of it suffices to compute every statistic again, so that a later
// search may rank old trials by another metric, and a test of luck may count them.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "engine/stats.h"
#include "engine/time.h"
#include "engine/trader.h"

namespace btk::host {

/// All that a trial's trades follow from: equal keys, equal trades.
struct TrialKey {
  std::string family;  ///< what the trials are attempts at: the strategy's file, or an optimizer's name
  std::string strategy_name;
  std::string
      script_hash;  ///< SHA-256 of every file that the script read; changes with an edit, the family does not
  std::string params;    ///< canonical JSON, names in order of their bytes: {"fast":5,"mode":"a"}
  std::string symbols;   ///< in order, separated by commas
  std::string exchange;  ///< its name
  std::string candles;   ///< SHA-256 of the candles at hand; empty when a function of the script gives them
  std::string settings;  ///< canonical JSON: the seed and the engine settings that are not the usual ones
  Timestamp from = 0, to = 0;  ///< first and last minute of the period, ms

  /// SHA-256 over all of it.
  std::string hash() const;
};

struct Trial {
  TrialKey key;
  std::string made_by;              ///< "sweep", "optimize"
  Timestamp made_at = 0;            ///< wall clock, ms
  std::string run_hash;             ///< of all symbols together (differences.md 20)
  std::vector<ClosedTrade> trades;  ///< of all symbols, in the order of their closes; without ids
  std::int64_t script_errors = 0;   ///< errors that the script raised meanwhile
  std::string first_error;          ///< the first of them, as one sentence
  TurnedAway refused, rejected;     ///< signals that came to nothing, of all symbols

  /// Net result of every trade in percent, in the order of the closes.
  std::vector<double> returns() const;
  TradeStats stats() const { return trade_stats(trades); }
};

/// Numeric statistics as one JSON object, for whoever reads the file with other tools.
std::string metrics_json(const TradeStats& stats);

}  // namespace btk::host
