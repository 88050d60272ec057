// The check of one adapter answer (engine.md 1.6): what a script's get_candles or an exchange
// returned, before anything trusts it. Besides the rules for a single candle it looks at the whole
// answer for prices far below the others, the mark of unfinished candles.
#pragma once

#include <span>
#include <string>

#include "engine/candles.h"
#include "engine/config.h"

namespace btk {

/// The first rule that the answer breaks, as a sentence that names the candle by its place (from 1) and time;
/// empty when the answer is sound. An empty answer is sound here: its count is judged by whoever asked.
/// A timestamp that was no finite number never becomes a Candle; its caller says so.
std::string answer_fault(std::span<const Candle> answer, const Config& config);

}  // namespace btk
