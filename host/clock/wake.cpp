#include "host/clock/wake.h"

#include <fmt/format.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdint>
#include <cstring>

#include "engine/error.h"

namespace btk::host {

Wake::Wake() : descriptor_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {
  if (descriptor_ < 0) {
    throw Error(fmt::format("cannot make an event descriptor: {}; raise the limit of open files (ulimit -n)",
                            std::strerror(errno)));
  }
}

Wake::~Wake() { ::close(descriptor_); }

void Wake::ring() noexcept {
  const int kept = errno;  // a signal handler leaves no trace
  const std::uint64_t one = 1;
  // Fails only when it has rung 2^64 times already.
  [[maybe_unused]] const auto written = ::write(descriptor_, &one, sizeof one);
  errno = kept;
}

bool Wake::take() noexcept {
  std::uint64_t rings = 0;
  return ::read(descriptor_, &rings, sizeof rings) == sizeof rings;
}

bool Wake::wait_for(std::chrono::nanoseconds longest) {
  const auto left = std::max(longest, std::chrono::nanoseconds(0)).count();
  const timespec limit{static_cast<time_t>(left / 1'000'000'000), static_cast<long>(left % 1'000'000'000)};
  pollfd watched{descriptor_, POLLIN, 0};
  if (::ppoll(&watched, 1, &limit, nullptr) <= 0) return false;
  return take();
}

}  // namespace btk::host
