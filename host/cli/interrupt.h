// Ctrl-C and its relatives. The signal handlers only set flags; a thread of this
// object looks at them and does the rest:
//
//   first SIGINT or SIGTERM   requested() becomes true, the user is told; scripts that do not come back by
//                             themselves within a moment are stopped where they are
//   second one                the process ends at once with 130
//   SIGUSR1                   the status function is called
//   SIGHUP                    ignored
//
// One object at a time per process; the destructor puts the old handlers back.
#pragma once

#include <signal.h>

#include <array>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

#include "host/cli/console.h"
#include "lua/isolate.h"

namespace btk::host {

/// Whether a stop was requested of the Interrupt that there is, or of the last one: what fails then was stopped.
bool was_interrupted();

class Interrupt {
 public:
  /// `console` must outlive the object.
  explicit Interrupt(Console& console);
  ~Interrupt();
  Interrupt(const Interrupt&) = delete;
  Interrupt& operator=(const Interrupt&) = delete;

  bool requested() const { return requested_.load(); }

  /// While it lives, the isolate's script can be stopped.
  class Watch {
   public:
    Watch(Interrupt& interrupt, lua::Isolate& isolate);
    ~Watch();
    Watch(const Watch&) = delete;
    Watch& operator=(const Watch&) = delete;

   private:
    Interrupt& interrupt_;
    lua::Isolate& isolate_;
  };

  /// Called for SIGUSR1, on a thread of this object. Empty: nothing.
  void on_status(std::function<void()> status);

 private:
  using Clock = std::chrono::steady_clock;

  void look();
  void stop_scripts();

  Console& console_;
  std::atomic<bool> requested_{false};
  bool ending_ = false;
  std::mutex ending_mutex_, mutex_;
  std::condition_variable ended_;
  std::vector<lua::Isolate*> watched_;
  std::function<void()> status_;
  Clock::time_point since_{};
  std::array<struct sigaction, 4> before_{};
  std::thread thread_;
};

/// While it lives, SIGUSR1 calls the function; also where an error leaves what the function looks at.
class StatusAnswer {
 public:
  StatusAnswer(Interrupt& interrupt, std::function<void()> status) : interrupt_(interrupt) { interrupt_.on_status(std::move(status)); }
  ~StatusAnswer() { interrupt_.on_status({}); }
  StatusAnswer(const StatusAnswer&) = delete;
  StatusAnswer& operator=(const StatusAnswer&) = delete;

 private:
  Interrupt& interrupt_;
};

}  // namespace btk::host
