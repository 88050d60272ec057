// What `btkhost optimize` looks at before it pays for anything: whether there are
// candles to try strategies on, and whether what is to be written can be.
#pragma once

#include <filesystem>
#include <functional>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>

#include "lua/candle_source.h"

namespace btk::host {

/// Throws UsageError when what is written about `base` (folder, entry, report) has no room.
void check_targets(const std::filesystem::path& base);

/// What a range lacks at its ends, as a sentence ("the candles end at ..., before the test range does (...)"); empty: nothing.
/// `what` names the range.
std::string shortfall(const lua::LoadedCandles& candles, const std::string& what, Timestamp from, Timestamp to);

/// Loads a range's candles (`load`) and throws UsageError when there are none in it.
void check_range(const std::string& symbol, const std::string& what, Timestamp from, Timestamp to,
                 const std::function<std::shared_ptr<const lua::LoadedCandles>(const std::string&, Timestamp, Timestamp)>& load);

}  // namespace btk::host
