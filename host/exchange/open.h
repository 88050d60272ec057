// From an exchange schema with a driver to the source of its candles.
#pragma once

#include <filesystem>
#include <functional>
#include <memory>
#include <string_view>

#include "host/net/retry.h"
#include "lua/candle_source.h"
#include "lua/schemas.h"

namespace btk::host {

struct OpenOptions {
  /// The candle store of driver "sqlite" when the schema names none, and the cache of driver "binance"; relative
  /// to the working directory.
  std::filesystem::path candle_store = "dump/data/btk.sqlite";

  // Driver "binance". Several threads call these functions.
  /// The session's clock (`--clock`). Leave it empty for the wall clock: only then it is noticed when somebody
  /// sets this machine's clock.
  std::function<Timestamp()> clock = {};
  /// Level "info" or "warn", and a line of text; of driver "csv", too.
  std::function<void(std::string_view level, std::string_view text)> log = {};
  /// True ends requests and pauses between retries within a fifth of a second.
  std::function<bool()> stopped = {};
  net::RetryPolicy retry = {};  ///< the defaults of CC_GET_CANDLES_RETRY_COUNT and _DELAY_MS
  int timeout_ms = 10'000;      ///< of one request, wall clock
};

/// Throws btk::Error for an unknown driver (naming the nearest), or options that the driver cannot work with.
/// Files of driver "csv" are only looked for when a symbol is loaded; driver "binance" sends nothing before it
/// is asked for something.
std::shared_ptr<lua::CandleSource> open_exchange(const lua::ExchangeSchema& schema,
                                                 const OpenOptions& options = {});

class BinanceSource;
/// The same for driver "binance" alone, with what only it can do.
std::shared_ptr<BinanceSource> open_binance(const lua::ExchangeSchema& schema, const OpenOptions& options = {});

}  // namespace btk::host
