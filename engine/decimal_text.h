// The shortest decimal text of a double for the numbers that decisions are made of, some 70,000 in a busy year of minutes:
// std::to_chars gives the same text, and takes longer.
#pragma once

#include <cstddef>

namespace btk {

/// Room that write_decimal() needs, more than the text takes.
inline constexpr std::size_t kDecimalRoom = 48;

/// Does write_decimal() take it?
inline bool is_plain_decimal(double value) {
  const double size = value < 0 ? -value : value;
  return size >= 1e-6 && size < 9e15;
}

/// Writes the shortest text that reads back as `value`, the nearest of them, without an exponent ("-0.00125"); needs
/// is_plain_decimal(value). Returns the end; no zero is set behind it.
char* write_decimal(char* out, double value);

}  // namespace btk
