// The decisions of a run as canonical text lines, and the run hash over them
// (differences.md 20). Equal decisions give equal bytes on every machine.
//
// The first line is "run", symbol and strategy; every other line is kind, time
// (ms), then fields as key=value, all separated by one tab. Numbers are the
// shortest text that reads back to the same double; in texts, backslash, tab and
// line ends are written \\ \t \n \r. The run hash is SHA-256 over the lines,
// each ended by one "\n".
#pragma once

#include <string>
#include <string_view>

#include "engine/sha256.h"
#include "engine/time.h"

namespace btk {

class DecisionLog {
 public:
  /// `keep`: the lines are kept for text().
  DecisionLog(std::string_view symbol, std::string_view strategy_name, bool keep);

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
    explicit Line(DecisionLog& log) : log_(log), line_(log.line_) {}
    DecisionLog& log_;
    std::string& line_;
  };
  /// Begins a line; it must end before the next one begins.
  Line line(std::string_view kind, Timestamp t);

  /// Goes on after `earlier`, the whole text of a log that was broken off; the lines so far are forgotten.
  void resume(std::string_view earlier);

  std::string hash() const { return hash_.hex(); }
  /// The lines so far, when kept.
  const std::string& text() const { return text_; }
  std::size_t lines() const { return lines_; }

 private:
  void finish_line();

  std::string line_;  // of the line being written; its memory is used again
  Sha256 hash_;
  std::string text_;
  std::size_t lines_ = 0;
  bool keep_;
};

}  // namespace btk
