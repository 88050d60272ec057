// Candles that a test made (btk.market): a source for runs in other isolates.
#pragma once

#include <map>
#include <string>
#include <utility>
#include <vector>

#include "lua/candle_source.h"

namespace btk::lua {

class MemorySource final : public CandleSource {
 public:
  /// One-minute candles by symbol, oldest first; missing minutes are filled. Throws btk::Error for candles that are not sound.
  explicit MemorySource(const std::map<std::string, std::vector<Candle>>& candles);

  std::shared_ptr<const LoadedCandles> load(const std::string& symbol, Timestamp from, Timestamp to) override;

 private:
  std::map<std::string, std::shared_ptr<const LoadedCandles>> loaded_;
};

}  // namespace btk::lua
