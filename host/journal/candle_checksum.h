// A checksum beside every recorded candle: a replay tells candles that somebody
// changed afterwards from those that the session saw, also when no decision
// depends on them. It finds accidents and idle hands, not forgers.
#pragma once

#include <cstdint>
#include <string_view>

#include "engine/candles.h"

namespace btk::host {

/// CRC-32 of the symbol, the minute and the bits of the five numbers: part of the journals' formats.
std::uint32_t candle_checksum(std::string_view symbol, const Candle& candle);

}  // namespace btk::host
