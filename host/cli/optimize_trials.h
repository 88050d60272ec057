// Every strategy that was ever tried for an optimizer and a symbol counts when the
// best one is judged: they go into the ledger, and those of earlier runs into the
// verdict.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include <nlohmann/json_fwd.hpp>

#include "host/ledger/ledger.h"
#include "optimizer/contest.h"

namespace btk::host {

struct OptimizeTrials {
  std::string family;    ///< the script's, and the optimizer's name
  std::string exchange;  ///< its name
  std::uint64_t seed = 1;
  std::vector<std::pair<std::string, std::string>> settings;  ///< CC_ keys
};

/// The files that can be tried, in the manifest's order: a model may have failed to write some.
std::vector<optimizer::Entrant> manifest_entrants(const nlohmann::json& manifest, const nlohmann::json& files);

/// Adds those of the contest's trials that came to an end to the ledger, and the number of earlier ones that traded to its walk. Throws
/// btk::Error.
void note_trials(Ledger& ledger, const OptimizeTrials& of, const std::vector<optimizer::Entrant>& entrants,
                 const optimizer::ContestSetup& setup, optimizer::ContestResult& contest);

}  // namespace btk::host
