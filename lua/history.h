// How much of the time before its frame a back-test loads at once.
#pragma once

#include "engine/candles.h"
#include "engine/config.h"

namespace btk::lua {

/// A day; but where holes are errors only what every run reads, the candles of the first average price. Scripts that read
/// further back get it by Run::look_back(), and hear of a hole that is there.
inline Timestamp history_start(Timestamp frame_start, const Config& config, GapPolicy gaps) {
  const Timestamp lead = gaps == GapPolicy::error ? config.avg_price_candles_count * kMinute : kDay;
  return frame_start - lead;
}

/// The first moment of which a back-test wants no candle.
inline Timestamp history_end(Timestamp frame_end) { return frame_end + 2 * kMinute; }

}  // namespace btk::lua
