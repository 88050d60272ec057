// The switch that ends a script whatever it does: written by the allocator, the
// deadline and the host (also from another thread or a signal handler), read by
// pcall, xpcall and coroutine.resume as scripts see them, by the pattern matcher
// and by the hook that interrupts running code. Once set, an error that a script
// catches is raised again, so that `pcall` cannot outlive it.
#pragma once

#include <atomic>
#include <cstdint>
#include <string_view>

namespace btk::lua {

enum class StopReason : std::int32_t { none = 0, memory = 1, interrupted = 2, deadline = 3 };

class Control {
 public:
  /// Async-signal-safe. A reason that is already there stays.
  void stop(StopReason reason) {
    if (reason == StopReason::memory) exhausted_.store(true, std::memory_order_relaxed);
    auto expected = static_cast<std::int32_t>(StopReason::none);
    reason_.compare_exchange_strong(expected, static_cast<std::int32_t>(reason));
  }
  StopReason reason() const { return static_cast<StopReason>(reason_.load(std::memory_order_relaxed)); }
  bool stopped() const { return reason() != StopReason::none; }
  bool memory_exhausted() const { return exhausted_.load(std::memory_order_relaxed); }
  /// Lets the isolate run again after a deadline or an interrupt. An exhausted memory cap stays.
  void clear() {
    reason_.store(static_cast<std::int32_t>(memory_exhausted() ? StopReason::memory : StopReason::none));
  }

 private:
  std::atomic<std::int32_t> reason_{0};
  std::atomic<bool> exhausted_{false};
  static_assert(std::atomic<std::int32_t>::is_always_lock_free);
};

/// What a script or a log shows: "the script was stopped: ...".
std::string_view describe(StopReason reason);

}  // namespace btk::lua
