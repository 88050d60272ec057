#include "host/cli/own_candles.h"

#include <algorithm>

#include "host/clock/machine_clock.h"

namespace btk::host {

std::shared_ptr<const lua::LoadedCandles> OwnCandles::load(const std::string& symbol, Timestamp from, Timestamp to) {
  from = std::max<Timestamp>(from, 0);
  to = std::min(to, align(wall_now(), kMinute));
  auto loaded = std::make_shared<lua::LoadedCandles>();
  if (from >= to) return loaded;
  SeriesBuilder builder(Interval::m1, GapPolicy::fill);
  for (const Candle& candle : script_.own_candles(symbol, from, to)) builder.add(candle);
  loaded->gaps = builder.gaps();
  loaded->series = builder.take();
  return gaps_.apply(symbol, std::move(loaded), from, to);
}

}  // namespace btk::host
