// The decisions of a run (engine/decision_log.h) for comparing: what was decided
// before a moment, and which entries were made by a tick, that is, knowing only the
// candles before it.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/time.h"

namespace btk::host {

struct DecisionLine {
  Timestamp time = 0;
  std::string_view text;
  bool entry = false;  ///< an order placed or a position opened at once by get_signal
};

/// The lines of a decision log without its first, which names the run. The views point into `log`.
std::vector<DecisionLine> read_decisions(std::string_view log);

struct Difference {
  Timestamp time = 0;
  std::string expected, got;  ///< one line each, fields separated by spaces, fit for terminals; "nothing" where there is none
};

/// The first decision before `moment` that differs. `cut`: the candles of `got` end at `moment`, so it may close what
/// was open at its last candle. Otherwise entries at the moment itself are compared, too: they know only what was before.
std::optional<Difference> difference_before(const std::vector<DecisionLine>& expected, const std::vector<DecisionLine>& got,
                                            Timestamp moment, bool cut);

}  // namespace btk::host
