// The decisions of a run as canonical text lines, and the run hash over them
// (differences.md 20). Equal decisions give equal bytes on every machine.
//
// The first line is "run", symbol and strategy; every other line is kind, time
// (ms), then fields as key=value, all separated by one tab. Numbers are the
// shortest text that reads back to the same double; in texts, backslash, tab and
// line ends are written \\ \t \n \r. The run hash is SHA-256 over the lines,
// each ended by one "\n".
#pragma once

#include <cstring>
#include <string>
#include <string_view>
#include <vector>

#include "engine/sha256.h"
#include "engine/time.h"

namespace btk {

class DecisionLog {
 public:
  /// `keep`: the lines are kept for text().
  DecisionLog(std::string_view symbol, std::string_view strategy_name, bool keep);

  class Line {
   public:
    Line& text(std::string_view key, std::string_view value) {
      log_.key(key);
      log_.append_escaped(value);
      return *this;
    }
    Line& number(std::string_view key, double value) {
      log_.key(key);
      log_.append_shortest(value);
      return *this;
    }
    Line& time(std::string_view key, Timestamp value) {
      log_.key(key);
      log_.append_integer(value);
      return *this;
    }
    Line& flag(std::string_view key, bool value) {
      log_.key(key);
      log_.append(value ? std::string_view("true") : std::string_view("false"));
      return *this;
    }
    /// Ends the line and takes it into the hash.
    ~Line() { log_.finish_line(); }
    Line(const Line&) = delete;
    Line& operator=(const Line&) = delete;

   private:
    friend class DecisionLog;
    explicit Line(DecisionLog& log) : log_(log) {}
    DecisionLog& log_;
  };
  /// Begins a line; it must end before the next one begins.
  Line line(std::string_view kind, Timestamp t);

  /// Goes on after `earlier`, the whole text of a log that was broken off; the lines so far are forgotten.
  void resume(std::string_view earlier);

  std::string hash() const;
  /// The lines so far, when kept.
  const std::string& text() const { return text_; }
  std::size_t lines() const { return lines_; }

 private:
  // Room for `bytes` more behind those in use.
  char* room(std::size_t bytes) {
    if (buffer_.size() - used_ < bytes) buffer_.resize(2 * (used_ + bytes));
    return buffer_.data() + used_;
  }
  void append(std::string_view text) {
    std::memcpy(room(text.size()), text.data(), text.size());
    used_ += text.size();
  }
  // A tab, the key, an equals sign. Inline: keys are literals, copied by a few moves.
  void key(std::string_view key) {
    char* out = room(key.size() + 2);
    out[0] = '\t';
    std::memcpy(out + 1, key.data(), key.size());
    out[key.size() + 1] = '=';
    used_ += key.size() + 2;
  }
  void append_escaped(std::string_view text);
  void append_integer(std::int64_t value);
  void append_shortest(double value);
  void finish_line();
  void take_buffer();

  std::vector<char> buffer_;  // lines that the hash does not have yet, and room behind them
  std::size_t used_ = 0;
  Sha256 hash_;
  std::string text_;
  std::size_t lines_ = 0;
  bool keep_;
};

}  // namespace btk
