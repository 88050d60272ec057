#include "host/service/file_watcher.h"

#include <fmt/format.h>
#include <poll.h>
#include <sys/inotify.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <iterator>
#include <optional>
#include <set>
#include <system_error>
#include <utility>

#include "engine/error.h"
#include "engine/sha256.h"
#include "host/clock/machine_clock.h"

namespace btk::host {
namespace {

namespace fs = std::filesystem;
using namespace std::chrono_literals;

constexpr auto kLookAtFiles = 2000ms;  ///< between looks that need no word from the system
constexpr std::uint32_t kEvents = IN_CLOSE_WRITE | IN_MODIFY | IN_CREATE | IN_DELETE | IN_MOVED_TO |
                                  IN_MOVED_FROM | IN_ATTRIB | IN_DELETE_SELF | IN_MOVE_SELF;

std::optional<std::string> hash_of(const fs::path& file) {
  std::ifstream in(file, std::ios::binary);
  if (!in) return std::nullopt;
  Sha256 hash;
  std::array<char, 65536> buffer;
  while (in.read(buffer.data(), buffer.size()) || in.gcount() > 0) {
    hash.update(std::string_view(buffer.data(), static_cast<std::size_t>(in.gcount())));
  }
  if (in.bad()) return std::nullopt;
  return hash.hex();
}

fs::path folder_of(const fs::path& file) {
  return file.has_parent_path() ? file.parent_path() : fs::path(".");
}

}  // namespace

FileWatcher::FileWatcher(const std::vector<fs::path>& paths, Changed changed, std::chrono::milliseconds quiet)
    : changed_(std::move(changed)), quiet_(quiet), inotify_(::inotify_init1(IN_NONBLOCK | IN_CLOEXEC)) {
  if (inotify_ < 0) {
    throw Error(
        fmt::format("cannot watch files: {}; raise fs.inotify.max_user_instances or run without --watch",
                    std::strerror(errno)));
  }
  watch(paths);
  thread_ = std::thread([this] { run(); });
}

FileWatcher::~FileWatcher() {
  ending_.ring();
  thread_.join();
  ::close(inotify_);
}

void FileWatcher::watch(const std::vector<fs::path>& paths) {
  const std::lock_guard lock(mutex_);
  paths_ = paths;
  follow_folders();  // before the contents are read: a change after that is heard of
  std::map<fs::path, Known> known;
  for (const fs::path& file : files()) {
    const auto old = known_.find(file);
    if (old != known_.end()) {
      known[file] = std::move(old->second);
    } else {
      const Mark mark = mark_of(file);
      known[file] = {hash_of(file).value_or(""), mark};
    }
  }
  known_ = std::move(known);
}

FileWatcher::Mark FileWatcher::mark_of(const fs::path& file) {
  struct stat seen {};
  if (::stat(file.c_str(), &seen) != 0) return {};
  return {seen.st_dev, seen.st_ino, seen.st_size,
          std::int64_t{seen.st_mtim.tv_sec} * 1'000'000'000 + seen.st_mtim.tv_nsec};
}

std::vector<fs::path> FileWatcher::files() const {
  std::set<fs::path> found;
  for (const fs::path& path : paths_) {
    std::error_code problem;
    if (!fs::is_directory(path, problem)) {
      found.insert(path);
      continue;
    }
    for (fs::directory_iterator entry(path, problem), end; !problem && entry != end;
         entry.increment(problem)) {
      std::error_code ignored;
      if (entry->is_regular_file(ignored)) found.insert(entry->path());
    }
  }
  return {found.begin(), found.end()};
}

// The folders of the paths and of what links lead to. Asking for a folder again is free, and finds one that
// was made anew under its old name.
void FileWatcher::follow_folders() {
  std::set<int> folders;
  whole_folders_.clear();
  names_.clear();
  const auto follow = [&](const fs::path& folder) {
    const int number = ::inotify_add_watch(inotify_, folder.c_str(), kEvents);
    // Not there, or no watch left: the look by time finds its files.
    if (number >= 0) folders.insert(number);
    return number;
  };
  for (const fs::path& path : paths_) {
    std::error_code problem;
    if (fs::is_directory(path, problem)) {
      whole_folders_.insert(follow(path));
      continue;
    }
    follow(folder_of(path));
    names_.insert(path.filename());
    const fs::path target = fs::canonical(path, problem);
    if (problem) continue;
    follow(folder_of(target));
    names_.insert(target.filename());
  }
  for (const int number : folders_) {
    if (!folders.contains(number)) ::inotify_rm_watch(inotify_, number);
  }
  folders_ = std::move(folders);
}

void FileWatcher::run() {
  std::optional<SteadyClock::time_point> changed_at;  // something may have changed, last then
  auto next_look = SteadyClock::now() + kLookAtFiles;
  while (true) {
    const auto until = changed_at ? *changed_at + quiet_ : next_look;
    const auto left = std::max<std::int64_t>(
        0, std::chrono::ceil<std::chrono::milliseconds>(until - SteadyClock::now()).count());
    std::array<pollfd, 2> watched{{{ending_.descriptor(), POLLIN, 0}, {inotify_, POLLIN, 0}}};
    ::poll(watched.data(), watched.size(), static_cast<int>(left));
    if (watched[0].revents != 0) return;
    if (drain_events()) {
      changed_at = SteadyClock::now();
      continue;
    }
    const auto now = SteadyClock::now();
    if (!changed_at && now >= next_look) {
      next_look = now + kLookAtFiles;
      if (marks_differ()) changed_at = now;
    }
    if (!changed_at || now < *changed_at + quiet_) continue;
    changed_at.reset();
    const std::vector<fs::path> files = compare();
    if (!files.empty()) changed_(files);
  }
}

// True when something happened to what is watched; other files of the same folders are none of our business.
bool FileWatcher::drain_events() {
  alignas(inotify_event) std::array<char, 16384> buffer;
  bool ours = false;
  const std::lock_guard lock(mutex_);
  while (true) {
    const auto count = ::read(inotify_, buffer.data(), buffer.size());
    if (count <= 0) return ours;
    for (std::size_t at = 0; at < static_cast<std::size_t>(count);) {
      const auto* event = reinterpret_cast<const inotify_event*>(buffer.data() + at);
      at += sizeof *event + event->len;
      // Without a name it is the folder itself, or more than the system could keep.
      ours = ours || event->len == 0 || names_.contains(event->name) || whole_folders_.contains(event->wd);
    }
  }
}

// A look without hashing; folders that came back or links that turned are followed again.
bool FileWatcher::marks_differ() {
  const std::lock_guard lock(mutex_);
  follow_folders();
  for (const fs::path& file : files()) {
    const auto known = known_.find(file);
    const Mark mark = mark_of(file);
    if (mark.size >= 0 && (known == known_.end() || known->second.mark != mark)) return true;
  }
  return false;
}

std::vector<fs::path> FileWatcher::compare() {
  const std::lock_guard lock(mutex_);
  follow_folders();
  std::vector<fs::path> changed;
  for (const fs::path& file : files()) {
    const Mark mark = mark_of(file);  // before the content: what changes meanwhile is seen by the next look
    const auto hash = hash_of(file);
    if (!hash) continue;
    Known& known = known_[file];
    if (known.hash != *hash) changed.push_back(file);
    known = {*hash, mark};
  }
  return changed;
}

}  // namespace btk::host
