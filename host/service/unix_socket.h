// Descriptors of unix domain sockets that are named by a path, however long it is.
#pragma once

#include <filesystem>
#include <utility>

namespace btk::host {

/// Closes what it holds.
class Descriptor {
 public:
  explicit Descriptor(int value = -1) : value_(value) {}
  ~Descriptor();
  Descriptor(Descriptor&& other) noexcept : value_(std::exchange(other.value_, -1)) {}
  Descriptor& operator=(Descriptor&& other) noexcept;
  int get() const { return value_; }
  int release() { return std::exchange(value_, -1); }
  explicit operator bool() const { return value_ >= 0; }

 private:
  int value_;
};

/// Connected to `path`, or nothing; errno says why.
Descriptor connect_unix(const std::filesystem::path& path);
/// Bound to `path` with mode 0600, or nothing; errno says why.
Descriptor bind_unix(const std::filesystem::path& path);

}  // namespace btk::host
