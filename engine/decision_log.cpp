#include "engine/decision_log.h"

#include <algorithm>
#include <charconv>
#include <cmath>

#include "engine/decimal_text.h"
#include "engine/text.h"

namespace btk {
namespace {

// Bytes that are hashed together: many lines, and still in the nearest cache.
constexpr std::size_t kBatch = 4096;
constexpr std::size_t kLongestNumber = 20;

}  // namespace

DecisionLog::DecisionLog(std::string_view symbol, std::string_view strategy_name, bool keep)
    : buffer_(2 * kBatch), keep_(keep) {
  append("run\t");
  append_escaped(symbol);
  append("\t");
  append_escaped(strategy_name);
  finish_line();
}

void DecisionLog::resume(std::string_view earlier) {
  used_ = 0;
  hash_ = Sha256();
  hash_.update(earlier);
  lines_ = static_cast<std::size_t>(std::count(earlier.begin(), earlier.end(), '\n'));
  text_ = keep_ ? earlier : std::string_view();
}

DecisionLog::Line DecisionLog::line(std::string_view kind, Timestamp t) {
  append(kind);
  append("\t");
  append_integer(t);
  return Line(*this);
}

std::string DecisionLog::hash() const {
  Sha256 all = hash_;
  all.update({buffer_.data(), used_});
  return all.hex();
}

void DecisionLog::append_escaped(std::string_view text) {
  char* const begin = room(2 * text.size());
  char* out = begin;
  const auto escaped = [&](char letter) {
    *out++ = '\\';
    *out++ = letter;
  };
  for (const char c : text) {
    switch (c) {
      case '\\': escaped('\\'); break;
      case '\t': escaped('t'); break;
      case '\n': escaped('n'); break;
      case '\r': escaped('r'); break;
      default: *out++ = c;
    }
  }
  used_ += static_cast<std::size_t>(out - begin);
}

void DecisionLog::append_integer(std::int64_t value) {
  char* const begin = room(kLongestNumber);
  used_ += static_cast<std::size_t>(std::to_chars(begin, begin + kLongestNumber, value).ptr - begin);
}

// shortest(), without a text of its own for the many numbers that need no exponent.
void DecisionLog::append_shortest(double value) {
  const double size = std::abs(value);
  if (size < 9e15 && static_cast<double>(static_cast<std::int64_t>(value)) == value) {
    return append_integer(static_cast<std::int64_t>(value));
  }
  if (!is_plain_decimal(value)) return append(shortest(value));
  char* const begin = room(kDecimalRoom);
  used_ += static_cast<std::size_t>(write_decimal(begin, value) - begin);
}

void DecisionLog::finish_line() {
  append("\n");
  ++lines_;
  if (keep_ || used_ >= kBatch) take_buffer();
}

void DecisionLog::take_buffer() {
  const std::string_view lines(buffer_.data(), used_);
  hash_.update(lines);
  if (keep_) text_ += lines;
  used_ = 0;
}

}  // namespace btk
