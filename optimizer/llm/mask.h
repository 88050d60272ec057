// Hides which market a text tells of, and when: the symbol and its base asset
// become ASSET, dates and Unix times become distances from a moment, prices are
// divided by the last close.
//
// A number is a price only where a field says so, never because of its size: 50 may be a price of a coin, an RSI or percent. Fields are
//   O:1 H:2 L:1 C:2                       candle lines, all four one behind another
//   "close": 1.5, "closes": [1.5, 1.6]    JSON members with a name of mask.price_fields
//   | close | ema_20 |                    columns of Markdown tables with such names
// Numbers in sentences stay as they are.
#pragma once

#include <string>
#include <string_view>

#include "lua/llm.h"

namespace btk::optimizer {

/// `text` with everything that the mask hides replaced.
///   BTCUSDT, BTC_USD, BTCUSDTPERP, Bitcoin  ASSET: the asset alone, or with any usual quote; "_" ends a name
///   2022-03-31T23:55:00Z, 2022/03/31 23:55  "-00:05", "-3d04:10" (days, hours, minutes before mask.now; "+" after)
///   1648770900000, 1648770900.5, 20220331   the same, from five years before mask.now to one after
///   price                                   price / mask.price with six significant digits
/// Names of fields are compared without case and underscores.
std::string masked(std::string_view text, const lua::LlmMask& mask);

/// The same mask for texts that hold no prices, such as instructions: names and dates only.
lua::LlmMask without_prices(lua::LlmMask mask);

/// A signal's prices in the market's own units again. `json` is a sound signal.
std::string unmasked_signal(const std::string& json, const lua::LlmMask& mask);

}  // namespace btk::optimizer
