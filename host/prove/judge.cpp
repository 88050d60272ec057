#include "host/prove/judge.h"

#include <algorithm>
#include <limits>
#include <set>

#include "engine/honest_random.h"

namespace btk::host {

std::vector<Truncation> choose_truncations(Timestamp from, Timestamp to, std::vector<Timestamp> times,
                                           const ProofOptions& options) {
  const std::int64_t minutes = (to - from) / kMinute;
  Draws draws(options.seed);
  std::set<Truncation> chosen;
  for (std::size_t k = 0; k < options.moments && minutes > 1; ++k) {
    const Timestamp moment =
        from + kMinute * static_cast<Timestamp>(1 + draws.below(static_cast<std::size_t>(minutes)));
    chosen.insert({moment, true}), chosen.insert({moment, false});
  }
  for (std::size_t k = 0; k < times.size(); ++k)
    std::swap(times[k], times[k + draws.below(times.size() - k)]);
  if (times.size() > options.entries) times.resize(options.entries);
  // Replaced from the entry on; cut off a minute later, because a run without candles does not tick any more.
  for (const Timestamp entry : times) chosen.insert({entry, false}), chosen.insert({entry + kMinute, true});
  return {chosen.begin(), chosen.end()};
}

void judge_truncation(Proof& proof, const std::vector<DecisionLine>& expected, std::string_view decisions,
                      const std::string& failure, const Truncation& how) {
  ++proof.truncations;
  const std::vector<DecisionLine> got = read_decisions(decisions);
  auto difference = difference_before(expected, got, how.moment, how.cut);
  if (!difference && !failure.empty()) difference = {how.moment, "no failure", failure};
  if (!difference) {
    ++proof.identical;
    return;
  }
  proof.result = ProofResult::saw_the_future;
  if (proof.first && proof.first->time <= difference->time) return;
  proof.first = std::move(difference);
  proof.moment = how.moment;
  proof.cut = how.cut;
}

void judge_history(Proof& proof, int times, std::string_view usual, std::string_view longer) {
  const std::vector<DecisionLine> a = read_decisions(usual), b = read_decisions(longer);
  WarmupChange change{.times = times};
  std::multiset<std::string_view> rest;
  for (const DecisionLine& d : a) rest.insert(d.text);
  for (const DecisionLine& d : b) {
    const auto it = rest.find(d.text);
    if (it != rest.end())
      rest.erase(it);
    else
      ++change.changed;
  }
  change.changed = std::max(change.changed, rest.size());
  if (change.changed == 0) return;
  constexpr Timestamp kForEver = std::numeric_limits<Timestamp>::max();
  change.first = difference_before(a, b, kForEver, false).value_or(Difference{});
  proof.warmup.push_back(std::move(change));
}

}  // namespace btk::host
