// One process at a time on a data folder: two traders on one state would open everything twice. The system
// gives the lock back when its process ends, however it ends, so a lock file that is left over is no
// hindrance.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>

namespace btk::host {

class DataLock {
 public:
  /// Locks `<out>/data/lock`, making the folder when it is missing, and writes pid and `command` ("btkhost
  /// paper") into it. Throws UsageError "dump/ is in use by process 4711 (btkhost paper)", and btk::Error
  /// when the file cannot be made.
  DataLock(const std::filesystem::path& out, std::string_view command);
  ~DataLock();
  DataLock(const DataLock&) = delete;
  DataLock& operator=(const DataLock&) = delete;

 private:
  std::filesystem::path file_;
  int descriptor_ = -1;
};

/// Who holds the lock of `out`: "process 4711 (btkhost paper)", or nothing when nobody does. For commands
/// that only ask.
std::string data_lock_holder(const std::filesystem::path& out);

}  // namespace btk::host
