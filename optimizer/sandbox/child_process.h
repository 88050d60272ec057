// The host's side of a candidate in a child process: starts it, gives it its
// order, waits for its answer until the wall-clock limit, and says what became of
// it. Threads of their own may call at the same time.
#pragma once

#include "host/net/descriptor.h"
#include "optimizer/sandbox/candidate.h"

namespace btk::optimizer {

/// Candles in a block of memory that children read and nobody can change any more.
class SharedCandles {
 public:
  /// Throws btk::Error when the system has no memory for it.
  explicit SharedCandles(const lua::LoadedCandles& candles);
  int descriptor() const { return memory_.get(); }

 private:
  net::Descriptor memory_;
};

/// Never throws because of the candidate.
CandidateResult evaluate_in_child(const CandidateSandbox::Setup& setup, const SharedCandles& candles, const Candidate& candidate);

}  // namespace btk::optimizer
