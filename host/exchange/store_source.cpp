#include "host/exchange/store_source.h"

#include <fmt/format.h>

#include <algorithm>

#include "engine/error.h"
#include "host/exchange/gaps.h"

namespace btk::host {

StoreSource::StoreSource(lua::ExchangeSchema schema, const std::filesystem::path& file)
    : schema_(std::move(schema)), file_(file.string()), store_(file, Database::Mode::existing) {}

std::shared_ptr<const lua::LoadedCandles> StoreSource::load(const std::string& symbol, Timestamp from,
                                                            Timestamp to) {
  constexpr Timestamp kEnd = 4'102'444'800'000;  // year 2100
  from = align(std::clamp<Timestamp>(from, 0, kEnd), kDay);
  to = align(std::clamp<Timestamp>(to, 0, kEnd) + kDay - 1, kDay);
  auto loaded = cache_.get(symbol, from, to, [&] {
    lua::LoadedCandles found = store_.read({schema_.exchange_name, symbol, Interval::m1}, from, to);
    if (found.series.empty()) reject(symbol);
    return found;
  });
  refuse_gaps(schema_, symbol, *loaded, from, to);
  return loaded;
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
  throw Error(fmt::format("candle store {} has no one-minute candles of {} for exchange \"{}\"; it has {}",
                          file_, symbol, schema_.exchange_name, known.empty() ? "none at all" : known));
}

}  // namespace btk::host
