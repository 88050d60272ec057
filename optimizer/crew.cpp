#include "optimizer/crew.h"

#include <algorithm>
#include <atomic>
#include <thread>

namespace btk::optimizer {

std::vector<std::optional<Outcome>> Crew::run(std::size_t count,
                                              const std::function<Attempt(std::size_t)>& attempt) {
  std::vector<std::optional<Outcome>> outcomes(count);
  std::atomic<std::size_t> next{0};
  const auto work = [&] {
    for (std::size_t i = next.fetch_add(1); i < count; i = next.fetch_add(1)) {
      if (setup_.stopped && setup_.stopped()) return;
      outcomes[i] = setup_.evaluate(attempt(i));
      const std::lock_guard lock(mutex_);
      if (setup_.done) setup_.done();
    }
  };
  const std::size_t hands = std::min<std::size_t>(std::max(1U, setup_.threads), count);
  std::vector<std::jthread> helpers;
  for (std::size_t i = 1; i < hands; ++i) helpers.emplace_back(work);
  work();
  helpers.clear();  // joins
  return outcomes;
}

}  // namespace btk::optimizer
