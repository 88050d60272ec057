// Turns what an exchange answers minute by minute into candles that a trader may
// take for final: consecutive, and a hole only when the exchange stands by it.
#pragma once

#include <optional>
#include <vector>

#include "engine/candles.h"
#include "engine/time.h"

namespace btk::host {

class CandleFeed {
 public:
  /// A hole in an answer is believed when it is still there so long after it was first seen, ms of the session's
  /// clock: an exchange that publishes a minute late must not give us a made-up flat candle.
  static constexpr Timestamp kHolePatience = 10'000;

  /// Of `answer` (candles from `end` on, oldest first, as the exchange has them at `now`) those that can be appended to
  /// a series that ends at `end`. Candles before `end` are dropped.
  std::vector<Candle> accept(Timestamp end, std::vector<Candle> answer, Timestamp now);

 private:
  struct Hole {
    Timestamp at;     ///< the first missing minute
    Timestamp since;  ///< when it was first seen
  };
  std::optional<Hole> hole_;
};

}  // namespace btk::host
