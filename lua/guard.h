// Stopping a script that runs: at a deadline, or because the user wants to leave.
//
// Lua hooks do not fire inside code that LuaJIT has compiled, except where that
// code looks at the flag of LuaJIT's sampling profiler. An isolate made with
// `guarded` has such checks in its compiled code. To stop it, a signal is sent to
// the thread that runs it; its handler sets a hook that raises an error at every
// instruction, and the profiler's flag, upon which compiled code leaves to the
// interpreter and meets the hook. Any number of isolates on any number of threads
// can be stopped so. Without `guarded` nothing is paid, and compiled loops run on.
//
// Signal in use: SIGRTMIN + 3. LuaJIT's profiler must not be used otherwise.
#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <csignal>
#include <cstdint>
#include <lua.hpp>
#include <mutex>
#include <thread>
#include <vector>

#include "lua/control.h"
#include "lua/nesting.h"

namespace btk::lua {

class Isolate;

/// Which thread runs a state at present, and the means to interrupt it there.
class Execution {
 public:
  explicit Execution(Control& control) : control_(control) {}

  /// Once, before anything is compiled. Without the means for `guarded` (another LuaJIT than the known one)
  /// the compiler is switched off instead, so that hooks suffice.
  void attach(lua_State* L, bool guarded);

  /// The calling thread runs the state while this lives; may be nested.
  class Scope {
   public:
    explicit Scope(Execution& execution);
    ~Scope();
    Scope(const Scope&) = delete;
    Scope& operator=(const Scope&) = delete;

   private:
    Execution& execution_;
    Execution* outer_;
  };

  /// Is a thread in the script now? May be asked from any thread.
  bool is_running() const { return thread_.load(std::memory_order_relaxed) != 0; }

  /// After Control::stop(): makes the running thread notice. Async-signal-safe, any thread, repeatable.
  void poke();
  /// Switches the compiler off, and on where it may be. LuaJIT's libraries switch it on when they are opened.
  void compile(bool on);
  /// On the thread that runs the state, after Control::stop(): it ends at its next line.
  void take_notice();
  Nesting& nesting() { return nesting_; }
  Control& control() { return control_; }

 private:
  friend void on_poke(int);
  friend class ProgressWatch;
  friend class CpuBudget;
  void forget_notice();

  Control& control_;
  lua_State* L_ = nullptr;
  volatile unsigned char* hook_flags_ = nullptr;  ///< nullptr: compiled code has no checks
  bool may_compile_ = true;
  std::atomic<int> thread_{0};                    ///< kernel id of the running thread, 0: none
  int depth_ = 0;
  volatile std::sig_atomic_t noticed_ = 0;
  Nesting nesting_;
};

/// Shows that a script comes back to the host. Written by the thread that runs it, read by the watchdog.
struct Steps {
  std::atomic<std::uint64_t> count{0};
  std::atomic<bool> watched{false};  ///< the script is where it has to take steps

  void take() { count.store(count.load(std::memory_order_relaxed) + 1, std::memory_order_relaxed); }
};

/// The thread that ends scripts at their deadlines. One per process is enough; must outlive its deadlines.
class Watchdog {
 public:
  Watchdog();
  ~Watchdog();
  Watchdog(const Watchdog&) = delete;
  Watchdog& operator=(const Watchdog&) = delete;

 private:
  friend class Deadline;
  friend class ProgressWatch;
  using Clock = std::chrono::steady_clock;
  struct Entry {
    Execution* execution;
    Clock::time_point when;
    bool past = false;
  };
  struct Progress {
    Execution* execution;
    const Steps* steps;
    std::chrono::milliseconds limit;
    std::uint64_t seen;       ///< steps when it was last looked at
    Clock::time_point since;  ///< when they last moved
    Clock::time_point next;   ///< when to look again
  };
  void watch();
  void end(Execution& execution);
  void look(Progress& progress, Clock::time_point now);
  void add(Execution& execution, Clock::time_point when);
  void add(const Progress& progress);
  void remove(Execution& execution);

  std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<Entry> entries_;
  std::vector<Progress> progress_;
  bool ending_ = false;
  std::thread thread_;
};

/// While it lives, the isolate's script may run for `limit`; then it ends with an error that it cannot catch
/// (StopReason::deadline). Afterwards the isolate can be used again. Make it on the thread that runs the
/// script.
class Deadline {
 public:
  Deadline(Watchdog& watchdog, Isolate& isolate, std::chrono::milliseconds limit);
  ~Deadline();
  Deadline(const Deadline&) = delete;
  Deadline& operator=(const Deadline&) = delete;

 private:
  Watchdog& watchdog_;
  Isolate& isolate_;
};

/// While it lives, a script that runs and is `watched` must take a step at least every `limit`. One that does not
/// is ended like at a deadline. Costs the script nothing: only the watchdog looks. `steps` must outlive it.
class ProgressWatch {
 public:
  ProgressWatch(Watchdog& watchdog, Isolate& isolate, const Steps& steps, std::chrono::milliseconds limit);
  ~ProgressWatch();
  ProgressWatch(const ProgressWatch&) = delete;
  ProgressWatch& operator=(const ProgressWatch&) = delete;

  /// On the script's thread, after the error of the stop was caught: lets the isolate run on, with a fresh limit.
  /// False when it was stopped for another reason, or not at all.
  bool resume();

 private:
  Watchdog& watchdog_;
  Isolate& isolate_;
  const Steps& steps_;
};

/// Can compiled code be stopped with the LuaJIT that the program runs on?
bool compiled_code_can_be_stopped();

}  // namespace btk::lua
