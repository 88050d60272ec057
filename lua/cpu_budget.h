// Processor time that a script may use: for one call of it, and in all. Measured
// on the clock of the thread that runs the script, so waiting and other threads
// cost nothing, and a loaded machine fails nobody. Needs no thread of its own: a
// timer on that clock sends a signal to this thread. What the script catches does
// not help it: it is stopped as at a deadline (lua/control.h, lua/guard.h).
//
// Signal in use: SIGRTMIN + 4.
#pragma once

#include <atomic>
#include <csignal>
#include <cstdint>
#include <ctime>

#include "lua/guard.h"

namespace btk::lua {

class Isolate;

struct CpuLimits {
  double call_seconds = 0.2;   ///< processor time of one call; between two looks at the driver's steps
  double total_seconds = 60;   ///< processor time of everything
  double wall_seconds = 120;   ///< seen only while the script uses the processor
};

class CpuBudget {
 public:
  enum class Breach : std::int32_t { none = 0, call = 1, total = 2, wall = 3 };

  /// Runs from now on, on the calling thread, which must be the one that runs the script and destroys this.
  /// One per thread at a time. Throws btk::Error when the system has no timer left.
  CpuBudget(Isolate& isolate, const CpuLimits& limits);
  ~CpuBudget();
  CpuBudget(const CpuBudget&) = delete;
  CpuBudget& operator=(const CpuBudget&) = delete;

  /// A call begins whenever these move; until then everything is one call. Null: no longer.
  void follow(const Steps* steps);
  /// After the error of a call's breach was caught: the isolate may go on with a fresh call. False after any
  /// other stop.
  bool forgive();

  Breach breach() const { return static_cast<Breach>(breach_.load(std::memory_order_relaxed)); }
  /// Processor time since the budget began.
  double used() const;

 private:
  friend void on_budget_tick(int);
  void look();
  void begin_call();

  Isolate& isolate_;
  CpuLimits limits_;
  timespec began_{}, began_wall_{};
  timer_t timer_{};
  std::atomic<const Steps*> steps_{nullptr};
  std::uint64_t seen_ = 0;
  double call_began_ = 0, looked_ = 0;
  std::atomic<std::int32_t> breach_{0};
};

}  // namespace btk::lua
