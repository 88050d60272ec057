#include "host/exchange/synthetic_source.h"

#include <algorithm>

namespace btk::host {

SyntheticSource::SyntheticSource(const lua::ExchangeSchema& schema)
    : market_{schema.seed, schema.start_price, schema.volatility} {
  check_market(market_);
}

std::shared_ptr<const lua::LoadedCandles> SyntheticSource::load(const std::string& symbol, Timestamp from,
                                                                Timestamp to) {
  // Into the time where candles exist, then out to whole days.
  from = align(std::clamp(from, kSyntheticBegin, kSyntheticEnd), kDay);
  to = align(std::clamp(to, kSyntheticBegin, kSyntheticEnd) + kDay - 1, kDay);
  return cache_.get(symbol, from, to, [&] {
    lua::LoadedCandles made;
    made.series = synthetic_candles(market_, symbol, from, to);
    return made;
  });
}

}  // namespace btk::host
