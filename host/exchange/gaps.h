// What a source does about holes in what it was asked for.
#pragma once

#include <string_view>

#include "lua/candle_source.h"
#include "lua/schemas.h"

namespace btk::host {

/// With gaps = "error", throws btk::Error naming the first hole of `loaded` that touches [from, to).
/// Holes elsewhere in the same files do not matter to the run.
void refuse_gaps(const lua::ExchangeSchema& schema, std::string_view symbol, const lua::LoadedCandles& loaded,
                 Timestamp from, Timestamp to);

}  // namespace btk::host
