// A market in which there is nothing to find: the same minutes in another order.
#pragma once

#include <cstdint>

#include "lua/candle_source.h"

namespace btk::optimizer {

/// The candles of `market` with those that open in [from, to) shuffled: every candle keeps its shape and its step from the
/// close before, only their order is drawn anew. What lies before stays as it is, what comes after is left out. Prices stay a
/// connected path to (rounding aside) the last close; whatever followed from order is gone. The same seed gives the same path
/// on every machine.
lua::LoadedCandles shuffled(const lua::LoadedCandles& market, Timestamp from, Timestamp to, std::uint64_t seed);

}  // namespace btk::optimizer
