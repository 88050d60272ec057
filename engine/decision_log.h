// The decisions of a run as canonical text lines, and the run hash over them
// (differences.md 20). Equal decisions give equal bytes on every machine.
//
// A line is: kind, time (ms), symbol, strategy, then fields as key=value, all
// separated by one tab; numbers are the shortest text that reads back to the
// same double; in texts, backslash, tab and line ends are written \\ \t \n \r.
// The run hash is SHA-256 over the lines, each ended by one "\n".
#pragma once

#include <string>
#include <string_view>

#include "engine/sha256.h"
#include "engine/time.h"

namespace btk {

class DecisionLog {
 public:
  DecisionLog(std::string symbol, std::string strategy_name);

  /// Keeps the lines from now on, for text().
  void keep_text() { keep_ = true; }

  class Line {
   public:
    Line& text(std::string_view key, std::string_view value);
    Line& number(std::string_view key, double value);
    Line& time(std::string_view key, Timestamp value);
    Line& flag(std::string_view key, bool value);
    /// Ends the line and takes it into the hash.
    ~Line();
    Line(const Line&) = delete;
    Line& operator=(const Line&) = delete;

   private:
    friend class DecisionLog;
    Line(DecisionLog& log, std::string_view kind, Timestamp t);
    DecisionLog& log_;
    std::string line_;
  };
  Line line(std::string_view kind, Timestamp t) { return Line(*this, kind, t); }

  std::string hash() const { return hash_.hex(); }
  /// The lines so far, when kept.
  const std::string& text() const { return text_; }
  std::size_t lines() const { return lines_; }

 private:
  std::string names_;
  Sha256 hash_;
  std::string text_;
  std::size_t lines_ = 0;
  bool keep_ = false;
};

}  // namespace btk
