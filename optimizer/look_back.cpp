#include "optimizer/look_back.h"

#include <algorithm>

namespace btk::optimizer {
namespace {

constexpr Timestamp kLongestHistory = 3653 * kDay;  ///< older than the markets there are

}  // namespace

bool lengthen(Attempt& attempt, const Outcome& outcome, const HistoryOf& history) {
  const Timestamp first = attempt.candles->series.first();
  if (!history || outcome.earliest <= 0 || outcome.earliest >= first) return false;
  auto candles = history(attempt.symbol, std::max(outcome.earliest, attempt.from - kLongestHistory), attempt.to);
  if (candles->series.first() >= first) return false;
  attempt.candles = std::move(candles);
  return true;
}

Outcome evaluate_with_history(Attempt& attempt, const Evaluate& evaluate, const HistoryOf& history) {
  Outcome outcome = evaluate(attempt);
  for (int look = 0; look < kLooksBack && lengthen(attempt, outcome, history); ++look) outcome = evaluate(attempt);
  return outcome;
}

}  // namespace btk::optimizer
