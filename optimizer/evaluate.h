// How a generated strategy is tried: one file over one period of one symbol. Who
// does it, and how safely, is the caller's choice.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "engine/time.h"
#include "lua/candle_source.h"
#include "lua/run.h"

namespace btk::optimizer {

struct Attempt {
  std::string name;           ///< of the file, as messages show it
  std::string text;           ///< the file
  std::string strategy_name;
  std::string symbol, exchange_name, frame_name;
  Timestamp from = 0, to = 0;  ///< first and last moment that may tick
  std::shared_ptr<const lua::LoadedCandles> candles;
  bool keep_decisions = false;  ///< the report has the text of the decision log
};

struct Outcome {
  lua::RunReport report{};
  std::string kind{};         ///< "timeout", "memory", "forbidden", ...; empty when it ran to its end
  std::string failure{};      ///< one sentence; empty likewise
  double seconds = 0;         ///< wall clock
  Timestamp earliest = 0;     ///< the first moment from which the strategy asked for candles; 0: not known
};

/// From any thread. Throws nothing that the strategy could cause.
using Evaluate = std::function<Outcome(const Attempt&)>;

/// Candles of a symbol that reach back a little before `from`. Throws btk::Error.
using CandlesOf = std::function<std::shared_ptr<const lua::LoadedCandles>(const std::string& symbol, Timestamp from, Timestamp to)>;

/// Candles of a symbol that reach back to `since`, or to the first there are. Throws btk::Error.
using HistoryOf = std::function<std::shared_ptr<const lua::LoadedCandles>(const std::string& symbol, Timestamp since, Timestamp to)>;

}  // namespace btk::optimizer
