// What `btkhost optimize` tells of a contest: the manifest with results, the report.
#pragma once

#include <nlohmann/json.hpp>
#include <optional>
#include <string>

#include "engine/honest_verdict.h"
#include "host/prove/prove.h"
#include "optimizer/contest.h"

namespace btk::host {

/// Puts results on the test (and training) range, the controls and the best one with its proof into the manifest of one symbol.
void add_results(nlohmann::json& manifest, const optimizer::ContestResult& contest, const std::optional<Proof>& proof);

/// The section "Evaluation" of the report: the table, the verdict, the proof, the controls, the warnings.
std::string evaluation_markdown(const nlohmann::json& manifest, const optimizer::ContestResult& contest,
                                const std::optional<Proof>& proof, std::optional<Timestamp> model_cutoff);

/// What a model that remembers markets up to `model_cutoff` makes of the result; empty: nothing to be said.
std::string memory_warning(const nlohmann::json& manifest, std::optional<Timestamp> model_cutoff);

/// A manifest as it is written: one space per level, keys in order.
std::string manifest_text(const nlohmann::json& manifest);

}  // namespace btk::host
