// Strategies that look back further than the candles they were given: `btkhost run` would give them all there are, so
// they are tried again with those they asked for.
#pragma once

#include "optimizer/evaluate.h"

namespace btk::optimizer {

/// What a strategy sees in a longer history may make it ask for more: how often it gets that.
inline constexpr int kLooksBack = 3;

/// Gives the attempt the candles that it asked for and did not have, of ten years at most. False: it has what it asked for, or
/// there are no more; or `history` is empty. Throws btk::Error where candles cannot be loaded.
bool lengthen(Attempt& attempt, const Outcome& outcome, const HistoryOf& history);

/// The outcome with the candles that the strategy asks for; the attempt keeps them.
Outcome evaluate_with_history(Attempt& attempt, const Evaluate& evaluate, const HistoryOf& history);

}  // namespace btk::optimizer
