#include "lua/walk.h"

#include <algorithm>

namespace btk::lua {

const Evidence* Walk::evidence() const {
  const WalkerResult* best = ranking.best();
  if (best == nullptr) return nullptr;
  if (!evidence_) {
    std::vector<std::vector<ClosedTrade>> trials;
    Timestamp last = 0;  // one of them may have been left early
    for (const auto& report : reports) {
      trials.push_back(closed_trades(report->signals));
      last = std::max(last, report->frame_end);
    }
    evidence_ = weigh({.trials = trials,
                       .winner = static_cast<std::size_t>(best - ranking.results().data()),
                       .earlier = earlier,
                       .further_trials = further_trials,
                       .from = static_cast<double>(reports.front()->frame_start),
                       .to = static_cast<double>(last + kMinute)});
  }
  return &*evidence_;
}

}  // namespace btk::lua
