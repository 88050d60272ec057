#include "engine/text.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <numeric>
#include <utility>
#include <vector>

#include "engine/decimal_text.h"

namespace btk {
namespace {

// Decimal digits of a finite value above zero, shortest that read back: value = 0.d1d2d3... * 10^point.
struct Digits {
  std::string text;
  int point = 0;
};

Digits shortest_digits(double value) {
  std::array<char, 64> buffer;
  const auto end =
      std::to_chars(buffer.data(), buffer.data() + buffer.size(), value, std::chars_format::scientific).ptr;
  const auto e = std::find(buffer.data(), end, 'e');
  Digits digits;
  std::copy_if(buffer.data(), e, std::back_inserter(digits.text), [](char c) { return c != '.'; });
  const char* exponent = e + 1;
  if (*exponent == '+') ++exponent;
  std::from_chars(exponent, end, digits.point);
  ++digits.point;
  return digits;
}

// Adds one to the last digit of a decimal text ("9.99" -> "10.00").
void increment_last_digit(std::string& text) {
  for (std::size_t i = text.size(); i-- > 0;) {
    if (text[i] == '.') continue;
    if (text[i] != '9') {
      ++text[i];
      return;
    }
    text[i] = '0';
  }
  text.insert(text.begin(), '1');
}

std::string print_fixed(double value, int digits) {
  // 22 digits before the point at most, since larger values print shortest.
  std::string text(32 + static_cast<std::size_t>(digits), '\0');
  const auto end =
      std::to_chars(text.data(), text.data() + text.size(), value, std::chars_format::fixed, digits).ptr;
  text.resize(static_cast<std::size_t>(end - text.data()));
  return text;
}

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

std::string lower(std::string_view text) {
  std::string out(text);
  for (char& c : out) c = lower(c);
  return out;
}

// Letters put in, left out, replaced, or two neighbours swapped (optimal string alignment).
std::size_t edit_distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> before, last(b.size() + 1), row(b.size() + 1);
  std::iota(last.begin(), last.end(), std::size_t{0});
  for (std::size_t i = 1; i <= a.size(); ++i) {
    row[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      row[j] = std::min({last[j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1), last[j] + 1, row[j - 1] + 1});
      if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1]) row[j] = std::min(row[j], before[j - 2] + 1);
    }
    before = std::exchange(last, row);
  }
  return last[b.size()];
}

bool one_contains_other(std::string_view a, std::string_view b) {
  // Shorter pieces are inside too many names to be a hint.
  constexpr std::size_t kTellingLength = 3;
  return std::min(a.size(), b.size()) >= kTellingLength &&
         (a.find(b) != std::string_view::npos || b.find(a) != std::string_view::npos);
}

}  // namespace

std::string shortest(double value) {
  if (std::isnan(value)) return "NaN";
  if (std::isinf(value)) return value > 0 ? "Infinity" : "-Infinity";
  if (value == 0) return "0";
  if (is_plain_decimal(value)) {
    std::array<char, kDecimalRoom> buffer;
    return {buffer.data(), write_decimal(buffer.data(), value)};
  }

  auto [digits, point] = shortest_digits(std::fabs(value));
  std::string text;
  if (point > 21 || point < -5) {
    // The magnitudes at which JavaScript changes to an exponent: from 1e21 on and below 1e-6.
    if (digits.size() > 1) digits.insert(1, 1, '.');
    text = digits + "e" + std::to_string(point - 1);
  } else {
    // Above those that have a plain text: whole numbers.
    text = digits + std::string(static_cast<std::size_t>(point) - digits.size(), '0');
  }
  if (value < 0) text.insert(text.begin(), '-');
  return text;
}

std::string fixed(double value, int digits) {
  if (!std::isfinite(value) || std::fabs(value) >= 1e21) return shortest(value);
  const double magnitude = std::fabs(value);
  const double scaled = std::ldexp(magnitude, digits + 1);
  std::string text;
  // to_chars is exact but takes ties to even. A tie ends in a 5 one digit further on, which needs at most
  // digits + 1 binary places; with so few, digits + 1 decimal places show the whole value.
  if (scaled == std::floor(scaled)) {
    text = print_fixed(magnitude, digits + 1);
    const bool up = text.back() >= '5';
    text.pop_back();
    if (digits == 0) text.pop_back();  // the point
    if (up) increment_last_digit(text);
  } else {
    text = print_fixed(magnitude, digits);
  }
  if (value < 0) text.insert(text.begin(), '-');
  return text;
}

std::string_view nearest(std::string_view name, std::span<const std::string_view> known) {
  constexpr std::size_t kLongest = 200;  // no name is longer, and the work grows with it
  if (name.size() > kLongest) return {};
  const std::string wanted = lower(name);
  std::string_view best;
  std::size_t best_distance = 0;
  for (const std::string_view candidate : known) {
    const std::string have = lower(candidate);
    const std::size_t distance = edit_distance(wanted, have);
    if (distance * 3 > wanted.size() && !one_contains_other(wanted, have)) continue;
    if (best.empty() || distance < best_distance) {
      best = candidate;
      best_distance = distance;
    }
  }
  return best;
}

}  // namespace btk
