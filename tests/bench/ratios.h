// The table of goals: what was promised, what is measured here.
#pragma once

namespace btk::bench {

/// Measures and prints. `quick`: fewer repeats and 10 instead of 100 parameter sets.
void print_ratios(bool quick);

}  // namespace btk::bench
