#include "host/exchange/store_source.h"

#include <fmt/format.h>

#include <algorithm>

#include "engine/error.h"

namespace btk::host {

StoreSource::StoreSource(lua::ExchangeSchema schema, const std::filesystem::path& file)
    : schema_(std::move(schema)), gaps_(schema_), file_(file.string()), store_(file, Database::Mode::existing) {}

std::shared_ptr<const lua::LoadedCandles> StoreSource::load(const std::string& symbol, Timestamp from,
                                                            Timestamp to) {
  constexpr Timestamp kEnd = 4'102'444'800'000;  // year 2100
  const Timestamp since = align(std::clamp<Timestamp>(from, 0, kEnd), kDay);
  const Timestamp until = align(std::clamp<Timestamp>(to, 0, kEnd) + kDay - 1, kDay);
  auto loaded = cache_.get(symbol, since, until, [&] {
    const SeriesKey key{schema_.exchange_name, symbol, Interval::m1};
    lua::LoadedCandles found = store_.read(key, since, until);
    if (found.series.empty()) reject(symbol);
    // A hole at the end, or the end of the data? What comes later tells.
    if (found.series.end() < until) found = store_.read(key, since, kEnd);
    return found;
  });
  return gaps_.apply(symbol, std::move(loaded), from, to);
}

void StoreSource::reject(const std::string& symbol) {
  std::string known;
  for (const StoredSeries& series : store_.list()) {
    if (series.key.interval != Interval::m1) continue;
    if (series.key.exchange == schema_.exchange_name && series.key.symbol == symbol) {
      throw Error(fmt::format("candle store {} has {} of exchange \"{}\" only from {} to {}", file_, symbol,
                              schema_.exchange_name, format_minute(series.first),
                              format_minute(series.last)));
    }
    known += fmt::format("{}{}/{}", known.empty() ? "" : ", ", series.key.exchange, series.key.symbol);
  }
  throw InputError(fmt::format("candle store {} has no one-minute candles of {} for exchange \"{}\"; it has {}",
                          file_, symbol, schema_.exchange_name, known.empty() ? "none at all" : known));
}

}  // namespace btk::host
