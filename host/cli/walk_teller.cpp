#include "host/cli/walk_teller.h"

#include <fmt/format.h>

namespace btk::host {

void WalkTeller::update(RunPool& pool) {
  for (Job& job : jobs_) update(job, pool);
}

template <class Tell>
void WalkTeller::tell(const Job& job, Tell tell) {
  if (interrupt_.requested()) return;
  for (const Listener& listener : job.listeners) {
    try {
      tell(listener);
    } catch (const Error& e) {
      console_.note(fmt::format("script error in walker {}: {}", job.walk->walker_name, e.what()));
      well_ = false;
    }
  }
}

std::vector<RunOutcome> WalkTeller::without_skipped(std::vector<RunOutcome> outcomes) const {
  std::vector<bool> skipped(outcomes.size(), false);
  for (const Job& job : jobs_) {
    for (std::size_t i = job.told; i < job.parts.size(); ++i) skipped[job.parts[i].run] = true;
  }
  std::vector<RunOutcome> kept;
  for (std::size_t i = 0; i < outcomes.size(); ++i) {
    if (!skipped[i]) kept.push_back(std::move(outcomes[i]));
  }
  return kept;
}

bool WalkTeller::goes_on(const Job& job) const {
  if (interrupt_.requested()) return true;
  for (const Listener& listener : job.listeners) {
    if (!listener.script->walk_goes_on(listener.walk)) return false;
  }
  return true;
}

void WalkTeller::update(Job& job, RunPool& pool) {
  if (job.ended) return;
  bool on = goes_on(job);
  while (on && job.told < job.parts.size()) {
    const Part& part = job.parts[job.told];
    const RunOutcome* outcome = pool.finished(part.run);
    if (outcome == nullptr) return;
    ++job.told;
    if (outcome->report.interrupted) continue;
    if (outcome->failure.empty()) job.walk->add(part.label, std::make_shared<lua::RunReport>(outcome->report));
    tell(job, [&](const Listener& l) { l.script->announce_walk_part(l.walk, part.label, outcome->failure); });
    on = goes_on(job);
  }
  job.ended = true;
  for (std::size_t i = job.told; i < job.parts.size(); ++i) pool.skip(job.parts[i].run);
  tell(job, [](const Listener& l) { l.script->announce_walk_ended(l.walk); });
}

}  // namespace btk::host
