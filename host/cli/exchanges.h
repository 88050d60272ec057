// The exchanges of a process: a schema is opened once, and all runs that use it
// share the source and with it the candles.
#pragma once

#include <memory>
#include <mutex>
#include <utility>
#include <vector>

#include "host/exchange/open.h"
#include "host/exchange/warmed_candles.h"
#include "lua/candle_source.h"
#include "lua/schemas.h"

namespace btk::host {

class Exchanges {
 public:
  /// `tell_loads`: each load of candles is told to options.log, at level "debug".
  explicit Exchanges(OpenOptions options = {}, bool tell_loads = false)
      : options_(std::move(options)), tell_loads_(tell_loads), warmed_(std::make_shared<WarmedCandles>(options_.candle_store, options_.log)) {}

  /// May be called from several threads. Throws btk::Error.
  std::shared_ptr<lua::CandleSource> open(const lua::ExchangeSchema& schema);
  /// Candles are read anew by what is opened from now on.
  void forget();
  /// What is stored of exchanges that are a function of a script.
  const std::shared_ptr<WarmedCandles>& warmed() const { return warmed_; }

 private:
  OpenOptions options_;
  bool tell_loads_;
  std::shared_ptr<WarmedCandles> warmed_;
  std::mutex mutex_;
  std::vector<std::pair<lua::ExchangeSchema, std::shared_ptr<lua::CandleSource>>> opened_;
};

}  // namespace btk::host
