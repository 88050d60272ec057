// Keeps below Binance's request limit: every request has a weight, the sum of a
// minute is limited per address, and each answer tells what is used so far
// (X-MBX-USED-WEIGHT-1M). Any thread. Wall clock.
#pragma once

#include <chrono>
#include <mutex>

#include "host/net/http_client.h"

namespace btk::host {

class WeightLimit {
 public:
  using Clock = std::chrono::system_clock;

  explicit WeightLimit(int per_minute) : allowed_(per_minute * 9 / 10) {}

  /// Takes `weight` and answers 0, or takes nothing and answers how many ms to wait before asking again.
  int take(int weight, Clock::time_point now = Clock::now());
  /// What an answer says about the limit, and about being asked to stay away.
  void learn(const net::HttpResponse& response, Clock::time_point now = Clock::now());

 private:
  void begin_minute(Clock::time_point now);

  std::mutex mutex_;
  int allowed_;  ///< a tenth is left to other programs behind the same address
  int used_ = 0;
  std::chrono::minutes minute_{0};
  Clock::time_point blocked_until_{};
};

}  // namespace btk::host
