#include "host/live/recorded_source.h"

#include <algorithm>

#include <fmt/format.h>

#include "engine/error.h"

namespace btk::host {

std::vector<Candle> RecordedSource::closed(const std::string& symbol, Timestamp from, Timestamp to) {
  const auto found = candles_.find(symbol);
  if (found == candles_.end()) throw Error(fmt::format("the session recorded no candles of {}", symbol));
  const auto by_time = [](const Candle& candle, Timestamp t) { return candle.timestamp < t; };
  const auto first = std::lower_bound(found->second.begin(), found->second.end(), from, by_time);
  return {first, std::lower_bound(first, found->second.end(), to, by_time)};
}

std::shared_ptr<const lua::LoadedCandles> RecordedSource::load(const std::string& symbol, Timestamp from, Timestamp to) {
  SeriesBuilder builder(Interval::m1, GapPolicy::fill);
  for (const Candle& candle : closed(symbol, from, to)) builder.add(candle);
  auto loaded = std::make_shared<lua::LoadedCandles>();
  loaded->gaps = builder.gaps();
  loaded->series = builder.take();
  return loaded;
}

}  // namespace btk::host
