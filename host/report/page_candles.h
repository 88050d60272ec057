// One-minute candles packed for the report page: a year of them in about three
// megabytes of text. The page unpacks them into typed arrays and puts longer
// candles together itself (web/report/src/candles.ts reads what is written here).
#pragma once

#include <string>

#include "engine/candles.h"

namespace btk::host {

/// Prices are whole multiples of 10^-decimals, rounded where the candles are finer than seven digits. Volumes
/// near the usual one keep about two digits: stored is round(32 ln(1 + volume / volume_unit)).
struct PackedCandles {
  Timestamp first = 0;  ///< open time of the first candle
  std::size_t count = 0;
  int decimals = 2;        ///< digits of the prices after the point
  double volume_unit = 1;  ///< base currency
  /// Base64 of the zlib stream of five columns, one after the other: open less the close before, close less
  /// open, high less the higher of both, the lower of both less low, volume. A value is a zigzag number in
  /// groups of seven bits, lowest first, the eighth bit set in all but the last group.
  std::string data;
};

/// The candles of `series` (one minute) with open times in [from, to]; none gives a count of zero.
PackedCandles pack_candles(const CandleSeries& series, Timestamp from, Timestamp to);

}  // namespace btk::host
