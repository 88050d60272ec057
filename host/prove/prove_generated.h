// The proof against look-ahead (prove.h) for a strategy that a language model
// wrote: every repetition is made where the strategy was tried, in its sandbox. It
// sees the candles of one symbol and no files, so there is nothing else to cut.
#pragma once

#include <functional>
#include <string>

#include "host/prove/prove.h"
#include "optimizer/evaluate.h"

namespace btk::host {

struct GeneratedWish {
  optimizer::Attempt attempt;  ///< the run to be proven
  std::string run_hash;        ///< what it gave
  double seconds = 0;          ///< that it took
};

/// `stopped` true: what is left is not made, and nothing is proven. `progress` on any thread, one at a time.
Proof prove_generated(const GeneratedWish& wish, const optimizer::Evaluate& evaluate,
                      const ProofOptions& options, const std::function<bool()>& stopped,
                      const std::function<void(std::size_t done, std::size_t of)>& progress);

}  // namespace btk::host
