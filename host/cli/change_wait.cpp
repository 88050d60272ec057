#include "host/cli/change_wait.h"

#include <chrono>

#include <fmt/format.h>

namespace btk::host {

void ChangeWait::watch(const std::vector<std::filesystem::path>& paths) {
  if (watcher_) return watcher_->watch(paths);
  watcher_ = std::make_unique<FileWatcher>(paths, [this](const std::vector<std::filesystem::path>& files) {
    const std::lock_guard lock(mutex_);
    news_.insert(news_.end(), files.begin(), files.end());
    changed_.notify_one();
  });
}

bool ChangeWait::wait(const Interrupt& interrupt) {
  console_.note("watching; Ctrl-C ends");
  std::unique_lock lock(mutex_);
  // Nothing wakes this for an interrupt: five looks a second do.
  while (news_.empty() && !interrupt.requested()) changed_.wait_for(lock, std::chrono::milliseconds(200));
  if (interrupt.requested()) return false;
  console_.note(fmt::format("changed: {}", news_.front().string()));
  news_.clear();
  return true;
}

}  // namespace btk::host
