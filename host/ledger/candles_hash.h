// Tells the candles of one trial from those of another: what changes them changes
// the key of the trial, so that no old result stands for other prices.
#pragma once

#include <string>

#include "lua/candle_source.h"

namespace btk::host {

/// SHA-256 over the bits of the candles that open before `end` (ms).
std::string candles_hash(const lua::LoadedCandles& candles, Timestamp end);

}  // namespace btk::host
