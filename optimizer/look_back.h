// Strategies that look back further than the candles they were given: `btkhost run` would give them all there are, so
// they are tried again with those they asked for.
#pragma once

#include "optimizer/evaluate.h"

namespace btk::optimizer {

/// What a strategy sees in a longer history may make it ask for more: how often it gets that. The last time it gets all.
inline constexpr int kLooksBack = 3;

/// It asked for candles of before those it has.
bool looks_back_further(const Attempt& attempt, const Outcome& outcome);

/// Gives the attempt the candles that it asked for and did not have; `look` counts from 0. False: it has what it asked for, or
/// there are no more; or `history` is empty; or they cannot be loaded, which is then the outcome's failure.
bool lengthen(Attempt& attempt, Outcome& outcome, const HistoryOf& history, int look);

/// The outcome with the candles that the strategy asks for; the attempt keeps them.
Outcome evaluate_with_history(Attempt& attempt, const Evaluate& evaluate, const HistoryOf& history);

}  // namespace btk::optimizer
