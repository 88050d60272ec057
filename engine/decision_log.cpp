#include "engine/decision_log.h"

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

}  // namespace

DecisionLog::DecisionLog(std::string symbol, std::string strategy_name) {
  append_escaped(names_, symbol);
  names_ += '\t';
  append_escaped(names_, strategy_name);
}

DecisionLog::Line::Line(DecisionLog& log, std::string_view kind, Timestamp t) : log_(log), line_(kind) {
  line_ += '\t';
  line_ += std::to_string(t);
  line_ += '\t';
  line_ += log.names_;
}

DecisionLog::Line& DecisionLog::Line::text(std::string_view key, std::string_view value) {
  line_.append("\t").append(key).append("=");
  append_escaped(line_, value);
  return *this;
}

DecisionLog::Line& DecisionLog::Line::number(std::string_view key, double value) {
  line_.append("\t").append(key).append("=").append(shortest(value));
  return *this;
}

DecisionLog::Line& DecisionLog::Line::time(std::string_view key, Timestamp value) {
  line_.append("\t").append(key).append("=").append(std::to_string(value));
  return *this;
}

DecisionLog::Line& DecisionLog::Line::flag(std::string_view key, bool value) {
  line_.append("\t").append(key).append(value ? "=true" : "=false");
  return *this;
}

DecisionLog::Line::~Line() {
  line_ += '\n';
  log_.hash_.update(line_);
  ++log_.lines_;
  if (log_.keep_) log_.text_ += line_;
}

}  // namespace btk
