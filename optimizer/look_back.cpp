#include "optimizer/look_back.h"

#include <algorithm>
#include <string>

#include "engine/error.h"

namespace btk::optimizer {
namespace {

// More than what the longest column can ask for (a thousand days, four times), and older than the markets there are.
constexpr Timestamp kLongestHistory = 40 * 366 * kDay;

}  // namespace

bool looks_back_further(const Attempt& attempt, const Outcome& outcome) {
  return outcome.earliest > 0 && outcome.earliest < attempt.candles->series.first();
}

bool lengthen(Attempt& attempt, Outcome& outcome, const HistoryOf& history, int look) {
  if (!history || !looks_back_further(attempt, outcome)) return false;
  const Timestamp longest = std::max<Timestamp>(attempt.from - kLongestHistory, 0);
  const Timestamp since = look + 1 < kLooksBack ? std::max(outcome.earliest, longest) : longest;
  try {
    auto candles = history(attempt.symbol, since, attempt.to);
    if (candles->series.first() >= attempt.candles->series.first()) return false;
    attempt.candles = std::move(candles);
    return true;
  } catch (const Error& e) {
    outcome.kind = "candles";
    outcome.failure = std::string("it looks back further than candles can be loaded: ") + e.what();
    return false;
  }
}

Outcome evaluate_with_history(Attempt& attempt, const Evaluate& evaluate, const HistoryOf& history) {
  Outcome outcome = evaluate(attempt);
  for (int look = 0; look < kLooksBack && lengthen(attempt, outcome, history, look); ++look) outcome = evaluate(attempt);
  return outcome;
}

}  // namespace btk::optimizer
