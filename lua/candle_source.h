// Where a run's candles come from, as the script side sees it. The host
// implements it for files and databases; lua/hook_source.h for a script's own
// get_candles function.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "engine/candles.h"

namespace btk::lua {

/// Candles of one symbol with what was mended while reading them.
struct LoadedCandles {
  CandleSeries series;        ///< one-minute candles without holes
  std::vector<Gap> gaps;      ///< filled holes, in order
  std::size_t duplicates = 0; ///< rows that a later row of the same minute replaced
};

class CandleSource {
 public:
  virtual ~CandleSource() = default;
  /// The one-minute candles of `symbol` that the source has in [from, to), or everything that it has around
  /// when that is no dearer; the same object is handed to all who ask. Throws btk::Error. May be called from several threads.
  virtual std::shared_ptr<const LoadedCandles> load(const std::string& symbol, Timestamp from, Timestamp to) = 0;
};

}  // namespace btk::lua
