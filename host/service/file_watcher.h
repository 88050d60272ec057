// Tells when files have really changed (optimizer-cli.md CLI-35): the folders are
// watched, because editors replace a file by another of its name; after 200 ms
// without a change the contents are compared by hash, so that touching a file or
// saving it unchanged is nothing. Where the system tells nothing (network folders,
// links that are turned to another place) a look every two seconds finds out.
//
// A file that is gone or cannot be read keeps what it was until it comes back.
#pragma once

#include <chrono>
#include <filesystem>
#include <functional>
#include <map>
#include <mutex>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "host/clock/wake.h"

namespace btk::host {

class FileWatcher {
 public:
  /// Called on the watcher's thread with the paths that changed, spelled as they were given. It may call
  /// watch().
  using Changed = std::function<void(const std::vector<std::filesystem::path>& files)>;

  /// `paths`: files, also such as are not there yet; of a folder, the files directly in it. What is there now
  /// counts as known. Throws btk::Error when the system has no watch left.
  FileWatcher(const std::vector<std::filesystem::path>& paths, Changed changed,
              std::chrono::milliseconds quiet = std::chrono::milliseconds(200));
  ~FileWatcher();
  FileWatcher(const FileWatcher&) = delete;
  FileWatcher& operator=(const FileWatcher&) = delete;

  /// Another set of paths. A file that was in the old one keeps what was last told of it, so that a change
  /// between two sets is not missed. Any thread.
  void watch(const std::vector<std::filesystem::path>& paths);

 private:
  /// What is cheap to see of a file.
  struct Mark {
    std::uint64_t device = 0, inode = 0;
    std::int64_t size = -1, changed_ns = 0;
    bool operator==(const Mark&) const = default;
  };
  struct Known {
    std::string hash;  ///< empty: not there so far
    Mark mark;
  };

  static Mark mark_of(const std::filesystem::path& file);
  std::vector<std::filesystem::path> files() const;
  void follow_folders();
  void run();
  bool drain_events();
  bool marks_differ();
  std::vector<std::filesystem::path> compare();

  Changed changed_;
  std::chrono::milliseconds quiet_;
  int inotify_ = -1;
  std::mutex mutex_;  ///< over what follows
  std::vector<std::filesystem::path> paths_;
  std::map<std::filesystem::path, Known> known_;
  std::set<int> folders_;        ///< watched, by the system's numbers
  std::set<int> whole_folders_;  ///< of these, where every file counts
  std::set<std::string> names_;  ///< of the files that count in the others
  Wake ending_;
  std::thread thread_;
};

}  // namespace btk::host
