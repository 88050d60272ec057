#include "optimizer/files.h"

#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <iterator>

#include <fmt/format.h>

#include "engine/error.h"

namespace btk::optimizer {
namespace fs = std::filesystem;

void write_whole(const fs::path& file, std::string_view bytes) {
  static std::atomic<unsigned> count{0};  // two threads may write the same file
  const auto refuse = [&](const std::string& why) { throw Error(fmt::format("cannot write {}: {}", file.string(), why)); };
  std::error_code failure;
  if (file.has_parent_path()) fs::create_directories(file.parent_path(), failure);
  if (failure) refuse(failure.message());
  const fs::path beside = fmt::format("{}.{}-{}.part", file.string(), ::getpid(), count.fetch_add(1));
  {
    errno = 0;
    std::ofstream out(beside, std::ios::binary | std::ios::trunc);
    out.write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
    out.close();
    if (!out) {
      const std::string why = std::strerror(errno != 0 ? errno : EIO);
      fs::remove(beside, failure);
      refuse(why);
    }
  }
  fs::rename(beside, file, failure);
  if (failure) {
    const std::string why = failure.message();
    fs::remove(beside, failure);
    refuse(why);
  }
}

std::optional<std::string> read_whole(const fs::path& file) {
  std::ifstream in(file, std::ios::binary);
  if (!in) return std::nullopt;
  return std::string(std::istreambuf_iterator<char>(in), {});
}

}  // namespace btk::optimizer
