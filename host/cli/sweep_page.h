// The document of a parameter sweep's page (--report html): the search, its trials
// for the surface, the walk-forward, and the best point's runs as a back-test's
// page has them. See page_document.h.
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "host/cli/sweep_best.h"
#include "host/sweep/sweep_result.h"

namespace btk::host {

/// `remarks`: what went wrong in trials, one sentence each. Without a best point the page has the search alone.
nlohmann::ordered_json sweep_page_document(const ParamSweepResult& result, const BestRuns& best, const std::vector<Proof>& proofs,
                                           const std::vector<std::string>& remarks, double capital);

}  // namespace btk::host
