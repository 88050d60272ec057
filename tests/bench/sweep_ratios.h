// W3: many parameter sets of W1, over the pool of the command line and as `btkhost sweep` makes them.
#pragma once

#include <memory>

#include "engine/candles.h"
#include "lua/candle_source.h"
#include "yardsticks.h"

namespace btk::bench {

/// Prints its rows. `minutes` are the candles of `source`; `quick`: few sets, once.
void sweep_rows(const CandleSeries& minutes, const std::shared_ptr<lua::CandleSource>& source, const Yardsticks& y, bool quick);

}  // namespace btk::bench
