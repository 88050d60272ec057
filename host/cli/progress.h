// Shows on stderr how far a command is: one line that renews itself on a
// terminal, a line for every ten percent elsewhere.
#pragma once

#include <chrono>
#include <mutex>
#include <string>

#include "host/cli/console.h"
#include "host/cli/run_pool.h"

namespace btk::host {

class Progress {
 public:
  /// `console` must outlive the object. A quiet one only answers print().
  Progress(Console& console, bool quiet);
  ~Progress();
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;

  void update(const PoolProgress& now);
  /// A line about the present state, whatever the mode: for SIGUSR1. Any thread.
  void print();

 private:
  double elapsed() const;
  std::string line(const PoolProgress& now) const;

  Console& console_;
  bool quiet_;
  std::chrono::steady_clock::time_point began_;
  std::mutex mutex_;
  PoolProgress last_;
  int next_tenth_ = 1;
};

/// "1.3 M", "812 k", "57": for speeds.
std::string short_count(double value);
/// "4.2 s", "3 min 05 s", "1 h 02 min"
std::string duration_text(double seconds);

}  // namespace btk::host
