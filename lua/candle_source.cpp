#include "lua/candle_source.h"

#include <algorithm>

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
  const auto loaded = load(symbol, from, to);
  const CandleSeries& s = loaded->series;
  std::vector<Candle> out;
  for (auto i = std::max<std::ptrdiff_t>(0, s.index_of(from)); i < static_cast<std::ptrdiff_t>(s.size()); ++i) {
    const Candle candle = s.at(static_cast<std::size_t>(i));
    if (candle.timestamp < from) continue;
    if (candle.timestamp >= to) break;
    const bool filler = std::any_of(loaded->gaps.begin(), loaded->gaps.end(), [&](const Gap& gap) {
      return candle.timestamp >= gap.from && candle.timestamp < gap.from + static_cast<Timestamp>(gap.candles) * kMinute;
    });
    if (!filler) out.push_back(candle);
  }
  return out;
}

}  // namespace btk::lua
