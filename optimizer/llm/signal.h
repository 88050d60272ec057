// Trading signals as a model gives them (optimizer-cli.md 1.10).
#pragma once

#include <string>

namespace btk::optimizer {

/// The longest life of a signal that a model may write, in minutes (OPT-46).
inline constexpr double kLongestLife = 360;

/// All six fields: position (wait, long, short), note, price_open, price_take_profit, price_stop_loss,
/// minute_estimated_time.
const std::string& signal_schema_text();

/// What is wrong with a signal, as a sentence that the model can act on: finite positive prices, take profit above
/// and stop below the entry of a long (the other way round for a short), 1 to 360 minutes, a note of at most 2000
/// bytes. Empty for a sound one, and for "wait".
std::string signal_defect(const std::string& json);

}  // namespace btk::optimizer
