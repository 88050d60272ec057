#include "host/service/file_watcher.h"

#include <atomic>
#include <catch2/catch.hpp>
#include <condition_variable>
#include <set>

#include "tests/support/temp_folder.h"

using namespace btk;
using namespace btk::host;
using namespace std::chrono_literals;
namespace fs = std::filesystem;

namespace {

/// A watcher and what it has told.
class Ear {
 public:
  explicit Ear(const std::vector<fs::path>& paths)
      : watcher_(
            paths, [this](const auto& files) { hear(files); }, 20ms) {}

  FileWatcher& watcher() { return watcher_; }
  /// Replaces the set when the next change is told, from there.
  void then_watch(const std::vector<fs::path>& paths) { next_set_ = &paths; }

  /// Waits for the next word.
  std::set<fs::path> next() {
    std::unique_lock lock(mutex_);
    if (!some_.wait_for(lock, 60s, [&] { return !heard_.empty(); })) return {};
    auto files = heard_.front();
    heard_.erase(heard_.begin());
    return files;
  }

 private:
  void hear(const std::vector<fs::path>& files) {
    if (const auto set = next_set_.exchange(nullptr)) watcher_.watch(*set);
    const std::lock_guard lock(mutex_);
    heard_.emplace_back(files.begin(), files.end());
    some_.notify_all();
  }

  std::mutex mutex_;
  std::condition_variable some_;
  std::vector<std::set<fs::path>> heard_;
  std::atomic<const std::vector<fs::path>*> next_set_{nullptr};
  FileWatcher watcher_;
};

using Files = std::set<fs::path>;

/// A file with all of its content at once, as careful editors write it.
fs::path put(const test::TempFolder& folder, const std::string& name, const std::string& text) {
  const fs::path draft = folder.write("drafts/" + std::to_string(std::hash<std::string>()(name)), text);
  fs::create_directories((folder / name).parent_path());
  fs::rename(draft, folder / name);
  return folder / name;
}

std::size_t open_descriptors() {
  return static_cast<std::size_t>(
      std::distance(fs::directory_iterator("/proc/self/fd"), fs::directory_iterator()));
}

}  // namespace

TEST_CASE("A changed file is told, one that was only touched or saved unchanged is not") {
  test::TempFolder folder;
  const auto a = put(folder, "a.lua", "one"), b = put(folder, "b.lua", "one");
  Ear ear({a, b});
  put(folder, "a.lua", "one");
  fs::last_write_time(b, fs::file_time_type::clock::now());
  put(folder, "other.txt", "x");
  put(folder, "b.lua", "two");
  CHECK(ear.next() == Files{b});  // and not a
}

TEST_CASE("A file replaced by rename is told, again and again") {
  test::TempFolder folder;
  const auto a = put(folder, "a.lua", "0");
  Ear ear({a});
  for (int i = 1; i <= 5; ++i) {
    put(folder, "a.lua", std::to_string(i));
    CHECK(ear.next() == Files{a});
  }
}

TEST_CASE("A file that goes away is told when it is back with another content") {
  test::TempFolder folder;
  const auto a = put(folder, "a.lua", "one"), b = put(folder, "b.lua", "one");
  Ear ear({a, b});
  fs::remove(a);
  put(folder, "b.lua", "two");
  CHECK(ear.next() == Files{b});
  put(folder, "a.lua", "one");
  put(folder, "b.lua", "three");
  CHECK(ear.next() == Files{b});
  fs::remove(a);
  put(folder, "a.lua", "two");
  CHECK(ear.next() == Files{a});
}

TEST_CASE("Files that are not there yet, in folders that are not there yet, are told when they come") {
  test::TempFolder folder;
  Ear ear({folder / "late.lua", folder / "sub/deep.lua", folder / "config"});
  put(folder, "late.lua", "x");
  CHECK(ear.next() == Files{folder / "late.lua"});
  put(folder, "sub/deep.lua", "x");
  CHECK(ear.next() == Files{folder / "sub/deep.lua"});
  put(folder, "config/symbol.lua", "x");
  CHECK(ear.next() == Files{folder / "config/symbol.lua"});
}

TEST_CASE("Of a folder every file counts") {
  test::TempFolder folder;
  put(folder, "template/a.mustache", "a");
  Ear ear({folder / "template"});
  put(folder, "template/b.mustache", "b");
  CHECK(ear.next() == Files{folder / "template/b.mustache"});
  put(folder, "template/a.mustache", "c");
  CHECK(ear.next() == Files{folder / "template/a.mustache"});
}

TEST_CASE("A folder that is deleted and made anew is followed") {
  test::TempFolder folder;
  const auto a = put(folder, "s/a.lua", "one");
  Ear ear({a});
  for (int i = 0; i < 2; ++i) {
    fs::remove_all(folder / "s");
    put(folder, "s/a.lua", "again " + std::to_string(i));
    CHECK(ear.next() == Files{a});
  }
}

TEST_CASE("Links are followed: a changed target, a link that is turned, a linked folder that is turned") {
  test::TempFolder folder;
  put(folder, "v1/a.lua", "one");
  put(folder, "v2/a.lua", "two");
  fs::create_directory_symlink(folder / "v1", folder / "now");
  fs::create_symlink(folder / "v1/a.lua", folder / "link.lua");
  const auto through = folder / "now/a.lua", link = folder / "link.lua";
  Ear ear({through, link});
  put(folder, "v1/a.lua", "one more");
  CHECK(ear.next() == Files{through, link});
  fs::remove(link);
  fs::create_symlink(folder / "v2/a.lua", link);
  CHECK(ear.next() == Files{link});
  fs::remove(folder / "now");
  fs::create_directory_symlink(folder / "v2", folder / "now");
  CHECK(ear.next() == Files{through});
}

TEST_CASE("The set can be replaced, also by the one who is told, and descriptors do not grow") {
  test::TempFolder folder;
  const auto a = put(folder, "a.lua", "one"), b = put(folder, "sub/b.lua", "one");
  Ear ear({a});
  const std::size_t before = open_descriptors();
  for (int i = 0; i < 200; ++i) {
    ear.watcher().watch({b});
    ear.watcher().watch({a, b});
  }
  CHECK(open_descriptors() == before);
  const std::vector<fs::path> only_b{b};
  ear.then_watch(only_b);
  put(folder, "a.lua", "two");
  CHECK(ear.next() == Files{a});
  put(folder, "a.lua", "three");
  put(folder, "sub/b.lua", "two");
  CHECK(ear.next() == Files{b});
}

TEST_CASE("A change between two sets is not missed") {
  test::TempFolder folder;
  const auto a = put(folder, "a.lua", "one");
  Ear ear({a});
  put(folder, "a.lua", "two");
  ear.watcher().watch({a, folder / "b.lua"});
  CHECK(ear.next() == Files{a});
}
