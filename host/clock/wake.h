// A bell that ends one waiting thread's wait. Ringing before the wait begins
// counts, and a wait that the bell has ended has used it up: one Wake per waiting
// thread. ring() may be called from any thread and from a signal handler.
#pragma once

#include <chrono>

namespace btk::host {

class Wake {
 public:
  /// Throws btk::Error when the system has no descriptor left.
  Wake();
  ~Wake();
  Wake(const Wake&) = delete;
  Wake& operator=(const Wake&) = delete;

  void ring() noexcept;
  /// True when it had rung; it is silent afterwards.
  bool take() noexcept;
  /// Waits for the bell, at most so long (wall time). True when it rang; that is used up then.
  bool wait_for(std::chrono::nanoseconds longest);
  /// Readable while it rings: for poll().
  int descriptor() const { return descriptor_; }

 private:
  int descriptor_;
};

}  // namespace btk::host
