// What --watch of `btkhost run` and `btkhost test` does between two goes: waits
// until one of the files that the last one read is saved with another content.
#pragma once

#include <condition_variable>
#include <filesystem>
#include <memory>
#include <mutex>
#include <vector>

#include "host/cli/console.h"
#include "host/cli/interrupt.h"
#include "host/service/file_watcher.h"

namespace btk::host {

class ChangeWait {
 public:
  /// `console` must outlive the object.
  explicit ChangeWait(Console& console) : console_(console) {}

  /// The files, and of folders the files directly in them, that count from now on; the first call takes what is there now as
  /// known. What changes between here and wait() is not missed. Throws btk::Error when the system has no watch left.
  void watch(const std::vector<std::filesystem::path>& paths);

  /// Says that it waits and, at the end, which file changed. False: interrupted.
  bool wait(const Interrupt& interrupt);

 private:
  Console& console_;
  std::mutex mutex_;  ///< over what follows
  std::condition_variable changed_;
  std::vector<std::filesystem::path> news_;
  std::unique_ptr<FileWatcher> watcher_;  ///< last: its thread uses the others
};

}  // namespace btk::host
