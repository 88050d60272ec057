// Evaluates a candidate in this process: what both kinds of isolation come down
// to. Internal to the sandbox; users call CandidateSandbox.
#pragma once

#include <functional>

#include "optimizer/sandbox/candidate.h"

namespace btk::optimizer {

struct Evaluation {
  const Ground& ground;
  const SandboxLimits& limits;
  const Guards& guards;
  bool compiler = false;  ///< LuaJIT's
  const std::function<bool()>& stopped;
};

/// Never throws; what goes wrong is in the result.
CandidateResult evaluate_here(const Evaluation& how, const Candidate& candidate);

}  // namespace btk::optimizer
