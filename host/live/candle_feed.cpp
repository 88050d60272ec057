#include "host/live/candle_feed.h"

#include <algorithm>

namespace btk::host {

std::vector<Candle> CandleFeed::accept(Timestamp end, std::vector<Candle> answer, Timestamp now) {
  std::vector<Candle> good;
  Timestamp next = end;
  for (Candle& candle : answer) {
    if (candle.timestamp < next) continue;
    if (candle.timestamp > next) {
      if (!hole_ || hole_->at != next) hole_ = Hole{next, now};
      if (now - hole_->since < kHolePatience) return good;
    }
    next = candle.timestamp + kMinute;
    good.push_back(candle);
  }
  if (!good.empty()) hole_.reset();
  return good;
}

}  // namespace btk::host
