#include "lua/candle_source.h"

#include "lua/held_candles.h"

namespace btk::lua {

std::vector<Candle> real_candles(const LoadedCandles& loaded) {
  std::vector<Candle> candles;
  candles.reserve(loaded.series.size());
  std::size_t gap = 0;
  for (std::size_t i = 0; i < loaded.series.size(); ++i) {
    const Timestamp t = loaded.series.time(i);
    const auto gap_end = [&] { return loaded.gaps[gap].from + static_cast<Timestamp>(loaded.gaps[gap].candles) * kMinute; };
    while (gap < loaded.gaps.size() && gap_end() <= t) ++gap;
    if (gap < loaded.gaps.size() && t >= loaded.gaps[gap].from) continue;
    candles.push_back(loaded.series.at(i));
  }
  return candles;
}

// For sources whose candles are all closed. A minute that only fills a gap did not exist.
std::vector<Candle> CandleSource::closed(const std::string& symbol, Timestamp from, Timestamp to) {
  return real_candles(*part(*load(symbol, from, to), from, to));
}

}  // namespace btk::lua
