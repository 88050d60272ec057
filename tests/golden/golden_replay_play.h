// Plays a scenario through the engine.
#pragma once

#include "tests/golden/golden_replay_scenario.h"

namespace btk::golden {

/// Drives traders through the scenario as the recording's harness drove the reference. The result has the
/// form of Scenario::expected. Throws btk::Error for a scenario that cannot be played.
Json play(const Scenario& scenario);

}  // namespace btk::golden
