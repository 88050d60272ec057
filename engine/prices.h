// The average price that entries, exits and commands use (engine.md 2.1): the
// volume-weighted mean of (high + low + close) / 3 over the last few candles.
#pragma once

#include <array>
#include <cstddef>
#include <span>
#include <vector>

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

/// average_price() of the `count` candles up to each one (of fewer where the series begins), candle by candle: for runs that
/// share them.
std::vector<double> average_prices(const CandleSeries& candles, std::size_t count);

/// average_price() for a reader that goes forward, to the same bits: the averages of many candles are made at once, and
/// then only looked up. What lies near the end of a series is computed anew each time, so a series may grow meanwhile.
class AveragePrices {
 public:
  /// `count`: candles of a whole window.
  AveragePrices(const CandleSeries& candles, std::size_t count) : candles_(&candles), count_(count) {}

  /// average_price(candles, end, count), of fewer candles where the series begins. Needs 0 < end <= size.
  double before(std::size_t end) {
    if (end <= made_.size()) return made_[end - 1];
    const std::size_t at = end - first_;  // wraps round for an `end` before the block
    return at < kBlock ? block_[at] : outside(end);
  }
  /// Looks into what average_prices() has made of the same candles; it must stay until rebase().
  void use(std::span<const double> made) { made_ = made; }
  /// Goes on with another series.
  void rebase(const CandleSeries& candles) {
    candles_ = &candles;
    first_ = kNone;
    made_ = {};
  }

 private:
  static constexpr std::size_t kBlock = 256;
  static constexpr std::size_t kLongestWindow = 64;  // longer ones are computed one by one
  static constexpr std::size_t kNone = static_cast<std::size_t>(-1) / 2;  // no `end` is near

  double outside(std::size_t end);

  const CandleSeries* candles_;
  std::size_t count_;
  std::span<const double> made_;
  std::size_t first_ = kNone;         // the `end` that block_[0] is of
  std::array<double, kBlock> block_;  // not set before the first use
};

}  // namespace btk
