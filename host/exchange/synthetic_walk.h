// An endless random market: the candle of a minute is a function of seed, symbol and that minute
// alone, so every range agrees with every other and nothing is walked from a beginning.
//
// The logarithm of the price is fixed at the edges of blocks of 2^17 minutes (91 days) and found in
// between by halving: the middle of a stretch is a weighted mean of its ends plus a random step
// (a Brownian bridge). Each halving also splits the stretch's variance unevenly, which makes calm
// and wild hours, days and weeks. Over months prices wander around the start price and never run away.
#pragma once

#include <cstdint>
#include <string_view>

#include "engine/candles.h"

namespace btk::host {

struct SyntheticMarket {
  std::uint64_t seed = 1;
  double start_price = 100;   ///< prices wander around it; 1e-6 to 1e9
  double volatility = 0.001;  ///< standard deviation of a one-minute return, 0 to 0.02
};

/// Where synthetic candles exist: 2010-01-01 to 2040-01-01.
inline constexpr Timestamp kSyntheticBegin = 1262304000000;
inline constexpr Timestamp kSyntheticEnd = 2208988800000;

/// Throws btk::Error when the market's numbers are out of range.
void check_market(const SyntheticMarket& market);

/// The one-minute candles whose open times are in [from, to), as far as they exist. Open is the close before;
/// prices are whole ticks of about a millionth of the start price. Throws btk::Error when the market's
/// numbers are out of range.
CandleSeries synthetic_candles(const SyntheticMarket& market, std::string_view symbol, Timestamp from,
                               Timestamp to);

}  // namespace btk::host
