// One-minute candles that somebody has stored of exchanges whose candles come from
// a script's own get_candles. Back-tests read there what is known, and ask the
// function for the rest.
#pragma once

#include <string>
#include <vector>

#include "engine/candles.h"

namespace btk::lua {

class StoredCandles {
 public:
  virtual ~StoredCandles() = default;

  struct Stretch {
    bool stored = false;
    Timestamp until = 0;  ///< of that kind, from the moment asked about on
  };
  // Any thread; throw btk::Error.
  /// Is all that the exchange has stored from `from` on, or nothing? `from` < `to`, `until` <= `to`.
  virtual Stretch stretch(const std::string& exchange, const std::string& symbol, Timestamp from, Timestamp to) = 0;
  /// The candles of a stretch that is stored, oldest first.
  virtual std::vector<Candle> read(const std::string& exchange, const std::string& symbol, Timestamp from, Timestamp to) = 0;
};

}  // namespace btk::lua
