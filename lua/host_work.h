// Marks what the host does in the middle of a script's call (reading candles from a
// file or a server): its processor time is not the script's.
#pragma once

#include <ctime>

namespace btk::lua {

/// While one lives, the CpuBudget of this thread counts nothing; without one it does nothing.
class HostWork {
 public:
  HostWork();
  ~HostWork();
  HostWork(const HostWork&) = delete;
  HostWork& operator=(const HostWork&) = delete;

 private:
  timespec began_;
};

}  // namespace btk::lua
