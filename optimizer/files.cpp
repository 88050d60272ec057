#include "optimizer/files.h"

#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <charconv>
#include <cstring>
#include <fstream>
#include <iterator>

#include <fmt/format.h>

#include "engine/error.h"

namespace btk::optimizer {
namespace fs = std::filesystem;

namespace {

// The bytes are in the file, or `why` is filled.
bool put(const fs::path& file, std::string_view bytes, std::ios::openmode mode, std::string& why) {
  errno = 0;
  std::ofstream out(file, std::ios::binary | mode);
  out.write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
  out.close();
  if (!out) why = std::strerror(errno != 0 ? errno : EIO);
  return static_cast<bool>(out);
}

// The number of what this process has open under this name.
std::optional<int> own_descriptor(const fs::path& file) {
  std::error_code ignored;
  if (fs::weakly_canonical(file.parent_path(), ignored) != fmt::format("/proc/{}/fd", ::getpid())) return std::nullopt;
  int number = 0;
  const std::string name = file.filename().string();
  const auto [end, problem] = std::from_chars(name.data(), name.data() + name.size(), number);
  return problem == std::errc() && end == name.data() + name.size() ? std::optional(number) : std::nullopt;
}

// Behind what was written there before.
bool pass(int descriptor, std::string_view bytes, std::string& why) {
  while (!bytes.empty()) {
    const auto count = ::write(descriptor, bytes.data(), bytes.size());
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) {
      why = std::strerror(errno);
      return false;
    }
    bytes.remove_prefix(static_cast<std::size_t>(count));
  }
  return true;
}

bool is_in_proc(const fs::path& file) {
  std::error_code ignored;
  return fs::weakly_canonical(file.parent_path(), ignored).string().starts_with("/proc/");
}

}  // namespace

fs::path behind_links(fs::path file) {
  constexpr int kLinks = 40;  // as the kernel counts
  std::error_code ignored;
  for (int i = 0; i < kLinks && fs::is_symlink(fs::symlink_status(file, ignored)) && !is_in_proc(file); ++i) {
    const fs::path next = fs::read_symlink(file, ignored);
    file = next.is_absolute() ? next : file.parent_path() / next;
  }
  return file;
}

bool is_written_in_place(const fs::path& file) {
  std::error_code ignored;
  const fs::file_status status = fs::status(file, ignored);
  return (fs::exists(status) && !fs::is_regular_file(status) && !fs::is_directory(status)) || is_in_proc(behind_links(file));
}

void write_whole(const fs::path& file, std::string_view bytes) {
  static std::atomic<unsigned> count{0};  // two threads may write the same file
  const auto refuse = [&](const std::string& why) { throw Error(fmt::format("cannot write {}: {}", file.string(), why)); };
  std::error_code failure;
  std::string why;
  const fs::file_status status = fs::status(file, failure);
  if (status.type() == fs::file_type::none) refuse(failure.message());
  if (fs::is_directory(status)) refuse("it is a folder");
  const fs::path target = behind_links(file);
  if (is_written_in_place(file)) {
    const auto descriptor = own_descriptor(target);
    if (!(descriptor ? pass(*descriptor, bytes, why) : put(file, bytes, std::ios::app, why))) refuse(why);
    return;
  }
  failure.clear();
  if (target.has_parent_path()) fs::create_directories(target.parent_path(), failure);
  if (failure) refuse(failure.message());
  const fs::path beside = fmt::format("{}.{}-{}.part", target.string(), ::getpid(), count.fetch_add(1));
  if (put(beside, bytes, std::ios::trunc, why)) {
    fs::rename(beside, target, failure);
    if (!failure) return;
    why = failure.message();
  }
  fs::remove(beside, failure);
  refuse(why);
}

std::optional<std::string> read_whole(const fs::path& file) {
  std::error_code ignored;
  if (!fs::is_regular_file(file, ignored)) return std::nullopt;
  std::ifstream in(file, std::ios::binary);
  if (!in) return std::nullopt;
  return std::string(std::istreambuf_iterator<char>(in), {});
}

}  // namespace btk::optimizer
