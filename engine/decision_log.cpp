#include "engine/decision_log.h"

#include <algorithm>
#include <charconv>
#include <cmath>

#include "engine/text.h"

namespace btk {
namespace {

void append_escaped(std::string& out, std::string_view text) {
  for (const char c : text) {
    switch (c) {
      case '\\': out += "\\\\"; break;
      case '\t': out += "\\t"; break;
      case '\n': out += "\\n"; break;
      case '\r': out += "\\r"; break;
      default: out += c;
    }
  }
}

void append_integer(std::string& out, std::int64_t value) {
  char digits[24];
  out.append(digits, std::to_chars(digits, digits + sizeof digits, value).ptr);
}

// shortest(), without a text of its own for the many numbers that need no exponent.
void append_shortest(std::string& out, double value) {
  char digits[40];
  const double size = std::abs(value);
  if (size >= 1e-6 && size < 9e15) {
    out.append(digits, std::to_chars(digits, digits + sizeof digits, value, std::chars_format::fixed).ptr);
  } else {
    out += shortest(value);
  }
}

}  // namespace

DecisionLog::DecisionLog(std::string_view symbol, std::string_view strategy_name, bool keep) : keep_(keep) {
  line_ = "run\t";
  append_escaped(line_, symbol);
  line_ += '\t';
  append_escaped(line_, strategy_name);
  finish_line();
}

void DecisionLog::resume(std::string_view earlier) {
  hash_ = Sha256();
  hash_.update(earlier);
  lines_ = static_cast<std::size_t>(std::count(earlier.begin(), earlier.end(), '\n'));
  text_ = keep_ ? earlier : std::string_view();
}

DecisionLog::Line DecisionLog::line(std::string_view kind, Timestamp t) {
  line_.assign(kind);
  line_ += '\t';
  append_integer(line_, t);
  return Line(*this);
}

void DecisionLog::finish_line() {
  line_ += '\n';
  hash_.update(line_);
  ++lines_;
  if (keep_) text_ += line_;
}

DecisionLog::Line& DecisionLog::Line::text(std::string_view key, std::string_view value) {
  line_.append("\t").append(key).append("=");
  append_escaped(line_, value);
  return *this;
}

DecisionLog::Line& DecisionLog::Line::number(std::string_view key, double value) {
  line_.append("\t").append(key).append("=");
  append_shortest(line_, value);
  return *this;
}

DecisionLog::Line& DecisionLog::Line::time(std::string_view key, Timestamp value) {
  line_.append("\t").append(key).append("=");
  append_integer(line_, value);
  return *this;
}

DecisionLog::Line& DecisionLog::Line::flag(std::string_view key, bool value) {
  line_.append("\t").append(key).append(value ? "=true" : "=false");
  return *this;
}

DecisionLog::Line::~Line() { log_.finish_line(); }

}  // namespace btk
