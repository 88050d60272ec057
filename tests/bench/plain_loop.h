// The workloads of the benchmark as somebody would write them in C++ without any
// framework: the limit that the product is compared with. No engine, no events,
// no checks; entry at the close, exits by touch.
#pragma once

#include <cstdint>

#include "engine/candles.h"

namespace btk::bench {

struct PlainResult {
  std::int64_t trades = 0;
  std::int64_t decisions = 0;  ///< how often the strategy was asked
  double pnl = 0;              ///< sum of the trades' results in percent
};

/// W1: golden cross of two averages on every minute without a position.
PlainResult plain_w1(const CandleSeries& minutes, int fast = 20, int slow = 50);

/// The timeframes of W2, resampled once.
struct Timeframes {
  explicit Timeframes(const CandleSeries& minutes);
  const CandleSeries& m1;
  CandleSeries m5, m15, h1;
};
/// W2: four timeframes with RSI, EMA and ATR computed anew, every five minutes without a position.
PlainResult plain_w2(const Timeframes& t);

}  // namespace btk::bench
