// Many attempts on several threads, with results in the order of the list,
// whoever was first.
#pragma once

#include <cstddef>
#include <functional>
#include <mutex>
#include <optional>
#include <vector>

#include "optimizer/evaluate.h"

namespace btk::optimizer {

struct CrewSetup {
  const Evaluate& evaluate;
  unsigned threads = 1;
  const std::function<bool()>& stopped;  ///< true: what has not begun is left out; may be empty
  std::function<void()> done{};          ///< after each attempt, on the thread that made it, one at a time
};

class Crew {
 public:
  explicit Crew(CrewSetup setup) : setup_(std::move(setup)) {}

  /// Attempts 0 to count - 1, made by `attempt` when it is their turn. Nothing where it was stopped before.
  /// On the calling thread and others; all have ended when it returns.
  std::vector<std::optional<Outcome>> run(std::size_t count,
                                          const std::function<Attempt(std::size_t)>& attempt);

 private:
  CrewSetup setup_;
  std::mutex mutex_;
};

}  // namespace btk::optimizer
