#include "host/exchange/binance_weight.h"

#include <algorithm>
#include <charconv>

#include "host/net/retry.h"

namespace btk::host {
namespace {

using std::chrono::milliseconds;

constexpr milliseconds kLongestBlock{120'000};
constexpr milliseconds kAfterMinute{250};  ///< the exchange's minute may end a little later than ours

int ms(WeightLimit::Clock::duration d) {
  return static_cast<int>(std::chrono::duration_cast<milliseconds>(d).count()) + 1;
}

}  // namespace

void WeightLimit::begin_minute(Clock::time_point now) {
  const auto minute = std::chrono::floor<std::chrono::minutes>(now.time_since_epoch() - kAfterMinute);
  if (minute == minute_) return;
  minute_ = minute;
  used_ = 0;
}

int WeightLimit::take(int weight, Clock::time_point now) {
  const std::lock_guard lock(mutex_);
  begin_minute(now);
  if (now < blocked_until_) return ms(blocked_until_ - now);
  if (used_ > 0 && used_ + weight > allowed_) {
    return ms(Clock::time_point(minute_ + std::chrono::minutes(1) + kAfterMinute) - now);
  }
  used_ += weight;
  return 0;
}

void WeightLimit::learn(const net::HttpResponse& response, Clock::time_point now) {
  const std::lock_guard lock(mutex_);
  begin_minute(now);
  if (const std::string* text = net::header(response, "x-mbx-used-weight-1m")) {
    int used = 0;
    const auto [end, problem] = std::from_chars(text->data(), text->data() + text->size(), used);
    // The larger of both, as other requests are under way; but far below our count the exchange has begun a new
    // minute already (its clock is what counts, and in a session on another clock it may run far ahead of ours).
    if (problem == std::errc() && end == text->data() + text->size()) {
      used_ = used < used_ - allowed_ / 2 ? used : std::max(used_, used);
    }
  }
  if (response.status != 429 && response.status != 418) return;
  if (const auto wait = net::retry_after_ms(response)) {
    blocked_until_ = std::max(blocked_until_, now + std::min(milliseconds(*wait), kLongestBlock));
  }
}

}  // namespace btk::host
