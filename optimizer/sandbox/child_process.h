// The host's side of a candidate in a child process: starts it, gives it its
// order, waits for its answer until the wall-clock limit, and says what became of
// it. Threads of their own may call at the same time.
#pragma once

#include <utility>

#include "optimizer/sandbox/candidate.h"

namespace btk::optimizer {

/// A file descriptor that is closed at the end.
class Descriptor {
 public:
  Descriptor() = default;
  explicit Descriptor(int number) : number_(number) {}
  Descriptor(Descriptor&& other) noexcept : number_(std::exchange(other.number_, -1)) {}
  Descriptor& operator=(Descriptor&& other) noexcept {
    std::swap(number_, other.number_);
    return *this;
  }
  ~Descriptor();
  int get() const { return number_; }
  int release() { return std::exchange(number_, -1); }
  void close();

 private:
  int number_ = -1;
};

/// Candles in a block of memory that children read and nobody can change any more.
class SharedCandles {
 public:
  /// Throws btk::Error when the system has no memory for it.
  explicit SharedCandles(const lua::LoadedCandles& candles);
  int descriptor() const { return memory_.get(); }

 private:
  Descriptor memory_;
};

/// Never throws because of the candidate.
CandidateResult evaluate_in_child(const CandidateSandbox::Setup& setup, const SharedCandles& candles, const Candidate& candidate);

}  // namespace btk::optimizer
