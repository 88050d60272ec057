// A market in which there is nothing to find: the same minutes in another order.
#pragma once

#include <cstdint>

#include "lua/candle_source.h"

namespace btk::optimizer {

/// The candles of `market` with their minutes shuffled: every candle keeps its shape and its step from the close before,
/// only their order is drawn anew. Prices stay a connected path from the first to (rounding aside) the last close; whatever
/// followed from order is gone. The same seed gives the same path on every machine.
lua::LoadedCandles shuffled(const lua::LoadedCandles& market, std::uint64_t seed);

}  // namespace btk::optimizer
