// Candles of an exchange whose candles come from a script's own get_candles, for
// commands that make no run. It is asked as in a paper session: btk.http works,
// and no candle is asked for that is not over yet.
#pragma once

#include <memory>

#include "host/exchange/gaps.h"
#include "lua/script.h"

namespace btk::host {

/// On the thread of the script, which outlives it.
class OwnCandles : public lua::CandleSource {
 public:
  OwnCandles(lua::Script& script, const lua::ExchangeSchema& schema) : script_(script), gaps_(schema) {}

  /// Exactly [from, to), as far as it is over. Empty where the script has none.
  std::shared_ptr<const lua::LoadedCandles> load(const std::string& symbol, Timestamp from, Timestamp to) override;

 private:
  lua::Script& script_;
  GapRule gaps_;
};

}  // namespace btk::host
