// When a request is tried again, and how long to wait before. Pauses are wall
// clock, whatever clock a session runs on.
#pragma once

#include <functional>
#include <optional>
#include <random>

#include "host/net/http_client.h"

namespace btk::net {

struct RetryPolicy {
  int attempts = 3;            ///< tries in total
  int delay_ms = 5000;         ///< between the first two tries
  double growth = 1;           ///< each further delay is so many times the one before
  double jitter = 0.2;         ///< share of the delay by which a pause varies, so that many do not come back at once
  int max_pause_ms = 120'000;  ///< who asks for a longer pause (Retry-After) is not asked again
};

/// 429, 418 (Binance: banned for a while) and 5xx may pass; other answers will not change.
bool is_passing(int status);

/// What the answer's Retry-After header asks for, ms; nothing without one in seconds.
std::optional<int> retry_after_ms(const HttpResponse& response);

/// Sleeps; false when `stopped` became true meanwhile.
bool pause(int ms, const std::function<bool()>& stopped);

/// The pauses of one request.
class Retry {
 public:
  explicit Retry(const RetryPolicy& policy) : policy_(policy), random_(std::random_device{}()), delay_ms_(policy.delay_ms) {}

  int tries() const { return tries_; }
  /// Counts a failed try. How long to wait before the next one, ms; nothing: give up.
  std::optional<int> failed(std::optional<int> retry_after = std::nullopt);

 private:
  RetryPolicy policy_;
  std::minstd_rand random_;
  int tries_ = 0;
  double delay_ms_;
};

}  // namespace btk::net
