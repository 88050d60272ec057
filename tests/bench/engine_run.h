// The engine without any script: the trader is pulled by a C++ loop.
#pragma once

#include <cstdint>

#include "engine/candles.h"

namespace btk::bench {

struct EngineResult {
  std::int64_t asked = 0;   ///< signal_due
  std::size_t trades = 0;
};

/// Nobody listens and the strategy never answers.
EngineResult engine_noop(const CandleSeries& minutes);
/// W1's rule in C++ with the engine's full semantics.
EngineResult engine_w1(const CandleSeries& minutes);
/// A position as often as possible, and somebody who wants every ping.
EngineResult engine_pings(const CandleSeries& minutes);

}  // namespace btk::bench
