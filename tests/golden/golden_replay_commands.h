// The commands of a scenario: two queues, executed from the pings of a run.
#pragma once

#include <deque>
#include <vector>

#include "tests/golden/golden_replay_record.h"
#include "tests/golden/golden_replay_scenario.h"

namespace btk::golden {

class CommandQueues {
 public:
  explicit CommandQueues(const std::vector<Command>& commands);

  /// Executes what is due at an active or schedule ping: all commands at the head of its queue with `at` <=
  /// its time. Other events do nothing.
  void ping(const Event& e, Trader& trader, Recorder& recorder);

 private:
  std::deque<Command> active_, schedule_;
};

}  // namespace btk::golden
