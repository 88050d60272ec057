// The average price that entries, exits and commands use (engine.md 2.1): the
// volume-weighted mean of (high + low + close) / 3 over the last few candles.
#pragma once

#include <cstddef>

#include "engine/candles.h"

namespace btk {

/// VWAP of the `count` one-minute candles that end before index `end` (end - count ... end - 1); the plain mean of
/// their closes when nobody traded. The caller makes sure that they exist. Quote currency.
inline double average_price(const CandleSeries& candles, std::size_t end, std::size_t count) {
  const double* high = candles.high().data();
  const double* low = candles.low().data();
  const double* close = candles.close().data();
  const double* volume = candles.volume().data();
  double weighted = 0, total = 0;
  for (std::size_t i = end - count; i < end; ++i) {
    const double typical = (high[i] + low[i] + close[i]) / 3;
    weighted += typical * volume[i];
    total += volume[i];
  }
  if (total != 0) return weighted / total;
  double sum = 0;
  for (std::size_t i = end - count; i < end; ++i) sum += close[i];
  return sum / static_cast<double>(count);
}

}  // namespace btk
