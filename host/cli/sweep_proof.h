// The proof against look-ahead for the best point of a parameter sweep.
#pragma once

#include <functional>
#include <vector>

#include "host/cli/param_sweep.h"
#include "host/prove/prove.h"

namespace btk::host {

/// Makes the best point's runs again and proves them; nothing when no trial has a value of the metric.
std::vector<Proof> prove_best(const SweepGround& ground, const ParamSweepResult& result, const ProofOptions& options,
                              Interrupt& interrupt, const std::function<void(const PoolProgress&)>& tick);

}  // namespace btk::host
