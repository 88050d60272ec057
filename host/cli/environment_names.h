// What the names of the environment's CC_ variables say: mistyped settings, names of nothing, and what another part of
// backtest-kit would have used.
#pragma once

#include "host/cli/console.h"

namespace btk::host {

/// A warning for each CC_ variable that has a value and changes nothing.
void tell_strange_variables(Console& console);

}  // namespace btk::host
