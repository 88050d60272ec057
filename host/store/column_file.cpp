#include "host/store/column_file.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <string_view>
#include <utility>

#include "engine/error.h"
#include "host/net/descriptor.h"

namespace btk::host {
namespace {

constexpr std::int64_t kMagic = 0x314C4F434B5442;  // "BTKCOL1"
constexpr std::size_t kFileBlock = 65536;          // a multiple of every page size that there is

using Header = std::array<std::int64_t, 3>;

std::size_t rounded_up(std::size_t bytes, std::size_t block) { return (bytes + block - 1) / block * block; }
std::size_t column_room(std::size_t candles) { return rounded_up(candles * sizeof(double), kFileBlock); }
std::size_t column_start(std::size_t candles, std::size_t k) { return kFileBlock + k * column_room(candles); }
std::size_t file_size(std::size_t candles) { return column_start(candles, 5); }
Header header_of(const ColumnFile& file) { return {kMagic, file.token, static_cast<std::int64_t>(file.candles)}; }

/// False with errno set when it cannot be done.
bool write_at(int descriptor, std::size_t offset, std::span<const std::byte> bytes) {
  while (!bytes.empty()) {
    const auto written = ::pwrite(descriptor, bytes.data(), bytes.size(), static_cast<off_t>(offset));
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) return false;
    bytes = bytes.subspan(static_cast<std::size_t>(written));
    offset += static_cast<std::size_t>(written);
  }
  return true;
}

/// The bytes from `offset` of the file, `room` bytes of fresh memory directly behind them. A private map: what is
/// written to it, at the edge of the room, never reaches the file.
std::optional<btk::Column> map_column(int descriptor, std::size_t offset, std::size_t count, std::size_t room) {
  static const auto kPage = static_cast<std::size_t>(sysconf(_SC_PAGESIZE));
  const std::size_t before = offset % kPage, mapped = before + count * sizeof(double);
  const std::size_t length = mapped + room * sizeof(double);
  constexpr int kAccess = PROT_READ | PROT_WRITE;
  const auto from = static_cast<off_t>(offset - before);
  void* base = nullptr;
  if (room == 0) {
    base = ::mmap(nullptr, length, kAccess, MAP_PRIVATE, descriptor, from);
    if (base == MAP_FAILED) return std::nullopt;
  } else {
    base = ::mmap(nullptr, length, kAccess, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (base == MAP_FAILED) return std::nullopt;
    if (::mmap(base, mapped, kAccess, MAP_PRIVATE | MAP_FIXED, descriptor, from) == MAP_FAILED) {
      ::munmap(base, length);
      return std::nullopt;
    }
  }
  auto* const first = reinterpret_cast<double*>(static_cast<std::byte*>(base) + before);
  return btk::Column(std::shared_ptr<double[]>(first, [base, length](double*) { ::munmap(base, length); }), count, count + room);
}

}  // namespace

void write_column_file(const ColumnFile& file, const ColumnFile::Columns& columns) {
  const auto fail = [&](std::string_view why) {
    throw Error(fmt::format("{} cannot be written: {}", file.path.string(), why));
  };
  std::error_code error;
  std::filesystem::create_directories(file.path.parent_path(), error);
  const net::Descriptor out(::open(file.path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644));
  if (!out) fail(std::strerror(errno));
  // The last room on a disk is for what matters: orders, positions.
  const std::size_t size = file_size(file.candles);
  const auto space = std::filesystem::space(file.path.parent_path(), error);
  if (error || space.available < 3 * size) fail("the disk is almost full");
  if (::ftruncate(out.get(), static_cast<off_t>(size)) != 0) fail(std::strerror(errno));
  const Header header = header_of(file);
  bool written = write_at(out.get(), 0, std::as_bytes(std::span(header)));
  for (std::size_t k = 0; k < columns.size(); ++k) {
    written = written && write_at(out.get(), column_start(file.candles, k), std::as_bytes(columns[k]));
  }
  if (!written || ::fdatasync(out.get()) != 0) fail(std::strerror(errno));
}

std::optional<std::array<btk::Column, 5>> map_column_file(const ColumnFile& file, std::size_t from, std::size_t count,
                                                     std::size_t room) {
  const net::Descriptor in(::open(file.path.c_str(), O_RDONLY | O_CLOEXEC));
  struct stat found {};
  Header header{};
  if (!in || ::fstat(in.get(), &found) != 0 || found.st_size != static_cast<off_t>(file_size(file.candles)) ||
      ::pread(in.get(), header.data(), sizeof(header), 0) != sizeof(header) || header != header_of(file)) {
    return std::nullopt;
  }
  std::array<btk::Column, 5> columns;
  for (std::size_t k = 0; k < columns.size(); ++k) {
    auto column = map_column(in.get(), column_start(file.candles, k) + from * sizeof(double), count, room);
    if (!column) return std::nullopt;
    columns[k] = std::move(*column);
  }
  return columns;
}

}  // namespace btk::host
