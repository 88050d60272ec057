#include "optimizer/sandbox/printable.h"

#include <cstddef>

namespace btk::optimizer {
namespace {

unsigned char byte(std::string_view text, std::size_t at) { return static_cast<unsigned char>(text[at]); }

/// Length of the character that begins at `at`; 0 when none does (Unicode 15, table 3-7).
std::size_t character(std::string_view text, std::size_t at) {
  const unsigned char first = byte(text, at);
  if (first < 0x80) return 1;
  const std::size_t length = first >= 0xC2 && first < 0xE0 ? 2 : first >= 0xE0 && first < 0xF0 ? 3 : first >= 0xF0 && first < 0xF5 ? 4 : 0;
  if (length == 0 || text.size() - at < length) return 0;
  const unsigned char low = first == 0xE0 ? 0xA0 : first == 0xF0 ? 0x90 : 0x80;
  const unsigned char high = first == 0xED ? 0x9F : first == 0xF4 ? 0x8F : 0xBF;
  if (byte(text, at + 1) < low || byte(text, at + 1) > high) return 0;
  for (std::size_t i = 2; i < length; ++i) {
    if (byte(text, at + i) < 0x80 || byte(text, at + i) > 0xBF) return 0;
  }
  return length;
}

/// C0 and C1 controls and delete: what a terminal would act upon.
bool is_control(std::string_view one) {
  const unsigned char first = byte(one, 0);
  return first < 0x20 || first == 0x7F || (first == 0xC2 && byte(one, 1) < 0xA0);
}

}  // namespace

std::string printable(std::string_view text, std::size_t most, bool lines) {
  std::string out;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t length = character(text, at);
    std::string_view shown = length == 0 ? std::string_view("?") : text.substr(at, length);
    if (length == 1 && (text[at] == '\n' || text[at] == '\t' || text[at] == '\r')) {
      if (!lines) shown = " ";
    } else if (length > 0 && is_control(shown)) {
      shown = "?";
    }
    if (out.size() + shown.size() > most) break;
    out.append(shown);
    at += length == 0 ? 1 : length;
  }
  return out;
}

}  // namespace btk::optimizer
