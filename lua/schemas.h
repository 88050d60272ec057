// What a script registers, as plain structs. Functions stay in the isolate;
// here is only what the host needs to know about them.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "engine/candles.h"
#include "engine/time.h"

namespace btk::lua {

struct ExchangeSchema {
  std::string exchange_name;
  std::string note;
  std::string driver;               ///< "csv", "synthetic", "sqlite", "binance"; empty when get_candles is given
  GapPolicy gaps = GapPolicy::fill;
  // csv, sqlite
  std::string path;                 ///< with {symbol} and globs; relative to base_dir
  std::string base_dir;             ///< folder of the script that registered it
  // binance
  std::string market = "spot";
  std::string base_url;
  // synthetic
  std::uint64_t seed = 1;
  double start_price = 100;
  double volatility = 0.001;        ///< standard deviation of a one-minute return
};

struct FrameSchema {
  std::string frame_name;
  std::string note;
  Interval interval = Interval::m1;
  Timestamp start = 0;
  Timestamp end = 0;                ///< last moment that may tick, inclusive
};

}  // namespace btk::lua
