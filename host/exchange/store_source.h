// Driver "sqlite": candles that the host's own store has under the exchange's name.
#pragma once

#include <filesystem>

#include "host/exchange/gaps.h"
#include "host/exchange/range_cache.h"
#include "host/store/candle_store.h"
#include "lua/schemas.h"

namespace btk::host {

class StoreSource : public lua::CandleSource {
 public:
  /// Throws btk::Error when the file is missing or no candle store.
  StoreSource(lua::ExchangeSchema schema, const std::filesystem::path& file);

  /// Whole days around [from, to), and further where `to` lies in a hole. Throws btk::Error when the store has nothing of the symbol.
  std::shared_ptr<const lua::LoadedCandles> load(const std::string& symbol, Timestamp from,
                                                 Timestamp to) override;

 private:
  [[noreturn]] void reject(const std::string& symbol);

  lua::ExchangeSchema schema_;
  GapRule gaps_;
  std::string file_;
  CandleStore store_;
  RangeCache cache_;
};

}  // namespace btk::host
