// Room for many candles in few, large pages.
#pragma once

#include <cstddef>

#include "engine/candles.h"

namespace btk::host {

/// Reserves room for `candles`. A year of minutes is 5,000 pages of the usual size: the system's work for each of them
/// at its first use takes longer than copying the candles does.
void reserve_candles(SeriesBuilder& builder, std::size_t candles);

}  // namespace btk::host
