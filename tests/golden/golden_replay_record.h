// Writes down what a run does, in the form of the recordings.
#pragma once

#include <map>
#include <string>

#include "engine/event.h"
#include "engine/trader.h"
#include "tests/golden/golden_replay_scenario.h"

namespace btk::golden {

class Recorder {
 public:
  /// The events that event() wants to see.
  static std::uint32_t wanted();

  void event(const Event& e);
  void signal_call(Timestamp when) { calls_.push_back(when); }
  /// `after`: the position right after a command of the active queue; nothing for the schedule queue.
  void command(const std::string& op, Timestamp time, const Json& result, const Json* after);
  void error(const std::string& sentence) { errors_.push_back(sentence); }

  /// Whether the reference has handed out its first `opened` result by now: at once for an entry at market,
  /// after the whole life of the signal for a limit order.
  bool opened_handed_out() const { return opened_handed_out_; }

  /// The recording of the run.
  Json recording(const Trader& trader, const Scenario& scenario) const;

 private:
  void tick(const Event& e);
  void level(const char* kind, const Event& e);
  int number_of(const std::string& id);

  Json events_ = Json::array(), levels_ = Json::array(), commands_ = Json::array(), risk_ = Json::array(),
       rejections_ = Json::array(), errors_ = Json::array();
  std::vector<Timestamp> calls_;
  std::map<std::string, int> numbers_;  // by signal id, from 1 in order of appearance
  bool from_limit_order_ = false, opened_handed_out_ = false;
};

/// The position as `after` of a command shows it; null without one.
Json describe_position(const Signal* position);

}  // namespace btk::golden
