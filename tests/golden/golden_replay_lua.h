// Plays a scenario through the public Lua API.
#pragma once

#include "tests/golden/golden_replay_scenario.h"

namespace btk::golden {

/// As play(), but by a script (golden_replay.lua) that knows nothing but `require "btk"`. Throws btk::Error for a
/// scenario that the script cannot play.
Json play_in_lua(const Scenario& scenario);

}  // namespace btk::golden
