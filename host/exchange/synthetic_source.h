// Driver "synthetic": candles from synthetic_walk.h, made when they are asked for.
#pragma once

#include "host/exchange/range_cache.h"
#include "host/exchange/synthetic_walk.h"
#include "lua/schemas.h"

namespace btk::host {

class SyntheticSource : public lua::CandleSource {
 public:
  /// Throws btk::Error when the schema's numbers are out of range.
  explicit SyntheticSource(const lua::ExchangeSchema& schema);

  /// Whole days around [from, to).
  std::shared_ptr<const lua::LoadedCandles> load(const std::string& symbol, Timestamp from,
                                                 Timestamp to) override;

 private:
  SyntheticMarket market_;
  RangeCache cache_;
};

}  // namespace btk::host
