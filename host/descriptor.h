// A file descriptor that closes itself.
#pragma once

#include <unistd.h>

#include <cerrno>
#include <utility>

namespace btk::host {

/// Closes what it holds; -1 is nothing.
class Descriptor {
 public:
  explicit Descriptor(int value = -1) : value_(value) {}
  /// errno stays what it was: it says why the work before failed.
  ~Descriptor() {
    const int kept = errno;
    if (value_ >= 0) ::close(value_);
    errno = kept;
  }
  Descriptor(Descriptor&& other) noexcept : value_(std::exchange(other.value_, -1)) {}
  Descriptor& operator=(Descriptor&& other) noexcept {
    std::swap(value_, other.value_);
    return *this;
  }
  int get() const { return value_; }
  int release() { return std::exchange(value_, -1); }
  explicit operator bool() const { return value_ >= 0; }

 private:
  int value_;
};

}  // namespace btk::host
