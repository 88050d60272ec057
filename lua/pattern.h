// Lua patterns with a bound on the work. LuaJIT's own matcher cannot be
// interrupted and tries every combination of repeats: a pattern with four of them
// runs for more than ten seconds on 200 characters. This one counts its steps, so
// that the same text and pattern fail at the same point on every machine, and
// looks whether the script is to be stopped.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

#include "lua/control.h"

namespace btk::lua {

class Pattern {
 public:
  static constexpr int kMaxCaptures = 32;
  static constexpr std::ptrdiff_t kPosition = -2;  ///< as length of a capture: "()"
  static constexpr std::ptrdiff_t kOpen = -1;      ///< as length of a capture: without its ")"

  struct Capture {
    const char* begin = nullptr;
    std::ptrdiff_t length = 0;
  };

  /// `pattern` without its "^". Both texts must stay.
  Pattern(std::string_view subject, std::string_view pattern, const Control& control);

  /// The end of the match that begins at `at`, or nullptr: no match, or problem().
  const char* match(const char* at);

  /// What is wrong with the pattern, or why the work was given up; nullptr when nothing is.
  const char* problem() const { return problem_; }
  /// Captures of the last match.
  int captures() const { return level_; }
  const Capture& capture(int index) const { return captures_[static_cast<std::size_t>(index)]; }
  const char* subject_begin() const { return begin_; }
  const char* subject_end() const { return end_; }

 private:
  const char* run(const char* s, const char* p);
  const char* run_repeat(const char* s, const char* p, const char* next, char repeat);
  const char* open_capture(const char* s, const char* p, std::ptrdiff_t length);
  const char* close_capture(const char* s, const char* p);
  const char* match_balance(const char* s, const char* p);
  const char* match_again(const char* s, char digit);
  bool at_frontier(const char* s, const char* set, const char* set_end);
  const char* item_end(const char* p);
  bool matches_one(char c, const char* p, const char* next) const;
  bool count_step();
  const char* fail(const char* problem);

  const char* begin_;
  const char* end_;
  const char* pattern_begin_;
  const char* pattern_end_;
  const Control& control_;
  std::uint64_t steps_left_;
  const char* problem_ = nullptr;
  int depth_ = 0;
  int level_ = 0;
  std::array<Capture, kMaxCaptures> captures_{};
};

}  // namespace btk::lua
