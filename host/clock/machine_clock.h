// The machine's own clocks, for what does not follow the clock of a session (clock.h).
#pragma once

#include <chrono>

#include "engine/time.h"

namespace btk::host {

/// For spans: never set.
using SteadyClock = std::chrono::steady_clock;

inline Timestamp wall_now() {
  const auto now = std::chrono::system_clock::now().time_since_epoch();
  return std::chrono::duration_cast<std::chrono::milliseconds>(now).count();
}

}  // namespace btk::host
