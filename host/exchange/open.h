// From an exchange schema with a driver to the source of its candles.
#pragma once

#include <filesystem>
#include <memory>

#include "lua/candle_source.h"
#include "lua/schemas.h"

namespace btk::host {

struct OpenOptions {
  /// The candle store of driver "sqlite" when the schema names none; relative to the working directory.
  std::filesystem::path candle_store = "dump/data/btk.sqlite";
};

/// Throws btk::Error for an unknown driver (naming the nearest), or options that the driver cannot work with.
/// Files of driver "csv" are only looked for when a symbol is loaded.
std::shared_ptr<lua::CandleSource> open_exchange(const lua::ExchangeSchema& schema,
                                                 const OpenOptions& options = {});

}  // namespace btk::host
