#include "host/store/large_pages.h"

#include <sys/mman.h>
#include <unistd.h>

#include <cstdint>

namespace btk::host {
namespace {

constexpr std::size_t kWorthIt = 4 << 20;  // less may not contain a single large page

}  // namespace

void reserve_candles(SeriesBuilder& builder, std::size_t candles) {
  builder.reserve(candles);
  static const auto kPage = static_cast<std::uintptr_t>(sysconf(_SC_PAGESIZE));
  for (const std::span<std::byte> column : builder.reserved()) {
    if (column.size() < kWorthIt) continue;
    const auto begin = reinterpret_cast<std::uintptr_t>(column.data());
    const std::uintptr_t from = (begin + kPage - 1) / kPage * kPage, to = (begin + column.size()) / kPage * kPage;
    // Only a wish: without large pages everything works, a little slower.
    if (from < to) static_cast<void>(madvise(reinterpret_cast<void*>(from), to - from, MADV_HUGEPAGE));
  }
}

}  // namespace btk::host
