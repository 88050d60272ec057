#include "host/journal/data_lock.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <fstream>
#include <system_error>

#include "host/cli/usage_error.h"

namespace btk::host {
namespace {

// Locks of the open file, not of the process: closing another descriptor of it does not give them back, and
// one can ask for them without taking them.
struct flock whole_file() {
  struct flock lock {};
  lock.l_type = F_WRLCK;
  lock.l_whence = SEEK_SET;
  return lock;
}

// "process 4711 (btkhost paper)" of what the holder wrote: its pid and its command, a line each.
std::string read_holder(const std::filesystem::path& file) {
  std::ifstream in(file);
  std::string pid, command;
  std::getline(in, pid);
  std::getline(in, command);
  if (pid.empty()) return "another process";
  return command.empty() ? "process " + pid : fmt::format("process {} ({})", pid, command);
}

[[noreturn]] void cannot_write_state(const std::filesystem::path& file, const std::string& why) {
  throw Error(fmt::format("cannot write state: {}: {}; choose another folder with --out", file.string(), why));
}

// The lock may have been removed by its last holder between open and flock: then it protects nothing.
bool still_there(int descriptor, const std::filesystem::path& file) {
  struct stat opened {
  }, named{};
  return ::fstat(descriptor, &opened) == 0 && ::stat(file.c_str(), &named) == 0 &&
         opened.st_ino == named.st_ino && opened.st_dev == named.st_dev;
}

std::string folder_name(const std::filesystem::path& out) {
  std::string name = out.string();
  if (name.empty() || name.back() != '/') name += '/';
  return name;
}

}  // namespace

DataLock::DataLock(const std::filesystem::path& out, std::string_view command)
    : file_(out / "data" / "lock") {
  std::error_code problem;
  std::filesystem::create_directories(file_.parent_path(), problem);
  if (problem) cannot_write_state(file_, problem.message());
  while (descriptor_ < 0) {
    const int opened = ::open(file_.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0644);
    if (opened < 0) cannot_write_state(file_, std::strerror(errno));
    struct flock lock = whole_file();
    if (::fcntl(opened, F_OFD_SETLK, &lock) != 0) {
      const int why = errno;
      ::close(opened);
      if (why != EAGAIN && why != EACCES) cannot_write_state(file_, std::strerror(why));
      throw UsageError(fmt::format("{} is in use by {}", folder_name(out), read_holder(file_)));
    }
    if (still_there(opened, file_)) {
      descriptor_ = opened;
    } else {
      ::close(opened);
    }
  }
  const std::string text = fmt::format("{}\n{}\n", ::getpid(), command);
  if (::ftruncate(descriptor_, 0) != 0 ||
      ::pwrite(descriptor_, text.data(), text.size(), 0) != static_cast<ssize_t>(text.size())) {
    const int why = errno;
    ::close(descriptor_);
    cannot_write_state(file_, std::strerror(why));
  }
}

DataLock::~DataLock() {
  // While it is still locked, so that nobody else's file is removed.
  ::unlink(file_.c_str());
  ::close(descriptor_);
}

std::string data_lock_holder(const std::filesystem::path& out) {
  const std::filesystem::path file = out / "data" / "lock";
  const int opened = ::open(file.c_str(), O_RDONLY | O_CLOEXEC);
  if (opened < 0) return {};
  struct flock lock = whole_file();
  const bool taken = ::fcntl(opened, F_OFD_GETLK, &lock) == 0 && lock.l_type != F_UNLCK;
  ::close(opened);
  return taken ? read_holder(file) : std::string();
}

}  // namespace btk::host
