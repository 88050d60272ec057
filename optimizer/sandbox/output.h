// What a candidate says, within bounds: long lines are cut, lines beyond the rate
// of a simulated minute and beyond the total are counted instead of kept.
#pragma once

#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

#include "optimizer/sandbox/candidate.h"

namespace btk::optimizer {

class Output {
 public:
  Output(const SandboxLimits& limits, bool bounded) : limits_(limits), bounded_(bounded) {}

  /// False when the candidate has said so much that it has failed.
  bool take(std::string_view level, std::string_view text, Timestamp when) {
    offered_ += text.size();
    const bool bearable = !bounded_ || offered_ <= limits_.output_bytes;
    if (level == "refused") {
      if (refused_.size() < kRefused && std::ranges::find(refused_, text) == refused_.end()) refused_.emplace_back(text);
      return true;
    }
    if (when / kMinute != minute_) {
      minute_ = when / kMinute;
      lines_of_minute_ = 0;
    }
    const bool room = lines_of_minute_ < limits_.lines_per_minute && kept_ < limits_.kept_output_bytes;
    if (bounded_ && !room) {
      ++dropped_;
      return bearable;
    }
    ++lines_of_minute_;
    const std::string_view cut = bounded_ ? text.substr(0, limits_.line_bytes) : text;
    kept_ += cut.size();
    lines_.push_back({std::string(level), std::string(cut), when});
    return bearable;
  }

  /// Forgets everything but what was refused.
  void begin_again() {
    lines_.clear();
    dropped_ = kept_ = offered_ = lines_of_minute_ = 0;
    minute_ = -1;
  }

  void hand_over(CandidateResult& to) {
    to.log = std::move(lines_);
    to.lines_dropped = dropped_;
    to.refused = std::move(refused_);
  }

 private:
  static constexpr std::size_t kRefused = 20;
  const SandboxLimits& limits_;
  bool bounded_;
  std::vector<LogLine> lines_;
  std::vector<std::string> refused_;
  std::size_t dropped_ = 0, kept_ = 0, offered_ = 0, lines_of_minute_ = 0;
  Timestamp minute_ = -1;
};

}  // namespace btk::optimizer
