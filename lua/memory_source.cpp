#include "lua/memory_source.h"

#include <fmt/format.h>

#include "engine/error.h"

namespace btk::lua {

MemorySource::MemorySource(const std::map<std::string, std::vector<Candle>>& candles) {
  for (const auto& [symbol, rows] : candles) {
    SeriesBuilder builder(Interval::m1, GapPolicy::fill);
    for (const Candle& row : rows) builder.add(row, "market of " + symbol);
    auto loaded = std::make_shared<LoadedCandles>();
    loaded->gaps = builder.gaps();
    loaded->series = builder.take();
    loaded_.emplace(symbol, std::move(loaded));
  }
}

std::shared_ptr<const LoadedCandles> MemorySource::load(const std::string& symbol, Timestamp, Timestamp) {
  const auto found = loaded_.find(symbol);
  if (found == loaded_.end()) throw Error(fmt::format("the test gives no candles of {}", symbol));
  return found->second;
}

}  // namespace btk::lua
