// The honest figures of a result as JSON (docs/honest-ranking.md).
#pragma once

#include <nlohmann/json.hpp>

#include "engine/honest_verdict.h"

namespace btk::host {

/// Members with fixed names; null for what the trades do not allow to say.
nlohmann::ordered_json evidence_object(const Evidence& evidence);

/// Adds "verdict", "reasons" and "honest" to `object`; null, [] and null without evidence.
void add_verdict(nlohmann::ordered_json& object, const Evidence* evidence);

}  // namespace btk::host
