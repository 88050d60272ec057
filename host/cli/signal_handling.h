// What the handlers of commands (interrupt.h) and those of sessions (live_signals.h) have in common.
#pragma once

#include <time.h>

#include <cstdint>

namespace btk::host {

struct HandledSignal {
  int signal;
  void (*handler)(int);
};

/// `timeout` and some supervisors signal a process and then its whole group: that is one request.
inline constexpr std::int64_t kSameRequest = 30'000'000;  ///< ns

/// For handlers: async-signal-safe.
inline std::int64_t monotonic_ns() {
  timespec t{};
  ::clock_gettime(CLOCK_MONOTONIC, &t);
  return std::int64_t{t.tv_sec} * 1'000'000'000 + t.tv_nsec;
}

}  // namespace btk::host
