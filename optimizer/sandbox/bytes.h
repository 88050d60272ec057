// Values as bytes, for two processes of the same program on the same machine.
#pragma once

#include <bit>
#include <cstdint>
#include <cstring>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>

#include "engine/error.h"

namespace btk::optimizer {

class ByteWriter {
 public:
  template <class T>
    requires(std::is_arithmetic_v<T> || std::is_enum_v<T>)
  void put(T value) {
    const char* begin = reinterpret_cast<const char*>(&value);
    bytes_.append(begin, sizeof value);
  }
  void put(std::string_view text) {
    put<std::uint64_t>(text.size());
    bytes_.append(text);
  }
  void put(const std::string& text) { put(std::string_view(text)); }
  template <class T>
  void put(const std::optional<T>& value) {
    put(value.has_value());
    if (value) put(*value);
  }
  void raw(const void* from, std::size_t size) { bytes_.append(static_cast<const char*>(from), size); }

  std::string take() { return std::move(bytes_); }

 private:
  std::string bytes_;
};

class ByteReader {
 public:
  explicit ByteReader(std::string_view bytes) : left_(bytes) {}

  template <class T>
    requires(std::is_arithmetic_v<T> && !std::is_same_v<T, bool>)
  T get() {
    T value;
    std::memcpy(&value, take(sizeof value).data(), sizeof value);
    return value;
  }
  bool flag() {
    const auto value = get<std::uint8_t>();
    if (value > 1) broken();
    return value == 1;
  }
  /// An enumeration whose last value is `last`.
  template <class T>
    requires std::is_enum_v<T>
  T code(T last) {
    using Number = std::underlying_type_t<T>;
    const Number value = get<Number>();
    if (value < 0 || value > static_cast<Number>(last)) broken();
    return static_cast<T>(value);
  }
  std::string text(std::size_t most = std::size_t{1} << 28) {
    const auto size = get<std::uint64_t>();
    if (size > most) broken();
    return std::string(take(size));
  }
  std::optional<double> maybe_number() { return flag() ? std::optional(get<double>()) : std::nullopt; }
  /// A number of things that take at least `smallest` bytes each.
  std::size_t count(std::size_t smallest) {
    const auto value = get<std::uint64_t>();
    if (value > left_.size() / smallest) broken();
    return value;
  }
  std::string_view take(std::size_t size) {
    if (size > left_.size()) broken();
    const std::string_view taken = left_.substr(0, size);
    left_.remove_prefix(size);
    return taken;
  }
  std::size_t left() const { return left_.size(); }
  void end() const {
    if (!left_.empty()) broken();
  }

 private:
  [[noreturn]] static void broken() { throw Error("bytes of the child process make no sense"); }
  std::string_view left_;
};

}  // namespace btk::optimizer
