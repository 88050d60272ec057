// Reads decimal numbers fast and exactly: the result is the double nearest to the text, as
// std::from_chars gives it. Works on text whose end is marked by a character that is no part of
// a number, so that the usual case needs no bounds checks.
#pragma once

#include <charconv>
#include <cstdint>

namespace btk::host {

namespace detail {
inline constexpr double kPowersOfTen[] = {1e0,  1e1,  1e2,  1e3,  1e4,  1e5,  1e6,  1e7,
                                          1e8,  1e9,  1e10, 1e11, 1e12, 1e13, 1e14, 1e15,
                                          1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22};
}  // namespace detail

constexpr bool is_digit(char c) { return static_cast<unsigned char>(c - '0') < 10; }

/// Reads the number at `p` into `value`; returns the place behind it, or nullptr when there is none. `end` is
/// the end of the text and the character before it is no part of a number (a line feed).
inline const char* read_decimal(const char* p, const char* end, double& value) {
  const char* const start = p;
  std::uint64_t digits = 0;
  while (is_digit(*p)) digits = digits * 10 + static_cast<std::uint64_t>(*p++ - '0');
  std::ptrdiff_t count = p - start;
  std::ptrdiff_t fraction = 0;
  if (*p == '.') {
    const char* const point = p++;
    while (is_digit(*p)) digits = digits * 10 + static_cast<std::uint64_t>(*p++ - '0');
    fraction = p - point - 1;
    count += fraction;
  }
  // Nineteen digits fit the integer. Up to 2^53 it is exact as a double, the power of ten is exact as well,
  // and one IEEE division rounds once: this is the nearest double.
  constexpr std::uint64_t kExact = std::uint64_t{1} << 53;
  if ((count > 0) & (count <= 19) & (digits <= kExact) & ((*p | 0x20) != 'e')) [[likely]] {
    value = static_cast<double>(digits) / detail::kPowersOfTen[fraction];
    return p;
  }
  const auto [last, error] = std::from_chars(start, end, value);
  return error == std::errc() ? last : nullptr;
}

}  // namespace btk::host
