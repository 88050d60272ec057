// Hides which market a text tells of, and when: the symbol and its base asset
// become ASSET, dates and Unix times become distances from a moment, numbers
// inside the market's price range are divided by the last close.
#pragma once

#include <string>
#include <string_view>

#include "lua/llm.h"

namespace btk::optimizer {

/// `text` with everything that the mask hides replaced.
///   2022-03-31T23:55:00Z, 2022-03-31 23:55  "-00:05", "-3d04:10" (days, hours, minutes before mask.now; "+" after)
///   1648770900000, 1648770900               the same
///   price                                   price / mask.price with six significant digits
std::string masked(std::string_view text, const lua::LlmMask& mask);

/// The same mask for texts that hold no prices, such as instructions: names and dates only.
lua::LlmMask without_prices(lua::LlmMask mask);

/// A signal's prices in the market's own units again. `json` is a sound signal.
std::string unmasked_signal(const std::string& json, const lua::LlmMask& mask);

}  // namespace btk::optimizer
