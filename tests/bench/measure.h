// Clocks and medians. Parts are timed by the CPU time of the calling thread,
// which a busy machine disturbs least; things that wait, or run on several
// threads, by the wall clock.
#pragma once

#include <time.h>

#include <algorithm>
#include <chrono>
#include <vector>

namespace btk::bench {

/// Seconds of CPU that the calling thread has had.
inline double thread_seconds() {
  timespec t{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
  return static_cast<double>(t.tv_sec) + static_cast<double>(t.tv_nsec) * 1e-9;
}

/// Seconds of CPU that all threads of the process have had.
inline double process_seconds() {
  timespec t{};
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
  return static_cast<double>(t.tv_sec) + static_cast<double>(t.tv_nsec) * 1e-9;
}

inline double wall_seconds() {
  return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

/// CPU time since it was made or asked last.
class Stopwatch {
 public:
  double lap() {
    const double now = thread_seconds(), spent = now - last_;
    last_ = now;
    return spent;
  }

 private:
  double last_ = thread_seconds();
};

/// The median.
inline double middle(std::vector<double> values) {
  if (values.empty()) return 0;
  std::sort(values.begin(), values.end());
  return values[values.size() / 2];
}

/// Median CPU time of `times` calls, in seconds.
template <class Work>
double cpu_median(int times, Work work) {
  std::vector<double> seconds;
  for (int i = 0; i < times; ++i) {
    Stopwatch watch;
    work();
    seconds.push_back(watch.lap());
  }
  return middle(std::move(seconds));
}

}  // namespace btk::bench
