// Evaluate (optimizer/evaluate.h) by way of the sandbox: sandboxes are kept per
// candles and period, since a contest tries many files over the same.
#pragma once

#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "optimizer/evaluate.h"
#include "optimizer/sandbox/candidate.h"

namespace btk::optimizer {

struct SandboxedSetup {
  Isolation isolation = Isolation::process;
  SandboxLimits limits{};
  std::string program{};            ///< btkhost; empty: the running program
  std::uint64_t seed = 1;
  std::vector<std::pair<std::string, std::string>> settings{};  ///< CC_ keys
  std::function<bool()> stopped{};
};

Evaluate sandboxed(SandboxedSetup setup);

}  // namespace btk::optimizer
