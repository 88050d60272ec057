// Signals of a paper or live session (optimizer-cli.md CLI-31 to 33). Handlers only
// set flags and write a byte to a pipe; a thread of this object does the rest:
//
//   first SIGINT    drain: no new entries, open positions are looked after; ends with 0
//   second SIGINT   detach: the process ends, positions stay open; ends with 130
//   third SIGINT    ends at once with 130
//   SIGTERM         detach; ends with 0
//   SIGHUP          the reload function
//   SIGUSR1         the status function
//   SIGPIPE         ignored: a terminal that is gone ends no session
//
// A detach that takes longer than five seconds ends with 130 where it is, also
// when the functions given here hang. One object at a time per process; the
// destructor puts the old handlers back. The Interrupt of back-tests (interrupt.h)
// must not live at the same time.
#pragma once

#include <signal.h>

#include <array>
#include <atomic>
#include <functional>
#include <mutex>
#include <thread>

#include "host/cli/console.h"

namespace btk::host {

class LiveSignals {
 public:
  /// What the signals do, beside what the questions below answer. Called on a thread of this object, one at a
  /// time; they should come back soon, for the next signal waits. Empty: nothing.
  struct Callbacks {
    std::function<void()> drain{}, detach{}, reload{}, status{};
  };

  /// `console` must outlive the object.
  explicit LiveSignals(Console& console);
  ~LiveSignals();
  LiveSignals(const LiveSignals&) = delete;
  LiveSignals& operator=(const LiveSignals&) = delete;

  /// Replaces the functions; a request that came before is told to the new ones at once, on this thread.
  void on(Callbacks callbacks);

  /// A stop that came another way (the control socket): the same as the first SIGINT, and as SIGTERM.
  void request_drain();
  void request_detach();

  bool draining() const { return drain_told_.load(); }
  bool detaching() const { return detach_told_.load(); }
  /// Of a session that ends now: 130 when it was forced, else 0.
  int exit_code() const;

 private:
  void look();
  void tell_stops();

  Console& console_;
  std::atomic<bool> drain_told_{false}, detach_told_{false};
  std::mutex mutex_;  ///< one callback at a time
  Callbacks callbacks_;
  std::array<int, 2> pipe_{-1, -1};
  std::array<struct sigaction, 6> before_{};
  std::thread thread_;
};

}  // namespace btk::host
