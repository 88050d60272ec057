#include "host/net/retry.h"

#include <algorithm>
#include <charconv>
#include <chrono>
#include <thread>

namespace btk::net {

bool is_passing(int status) { return status == 429 || status == 418 || status >= 500; }

std::optional<int> retry_after_ms(const HttpResponse& response) {
  const std::string* text = header(response, "retry-after");
  if (text == nullptr) return std::nullopt;
  int seconds = 0;
  const auto [end, problem] = std::from_chars(text->data(), text->data() + text->size(), seconds);
  if (problem != std::errc() || end != text->data() + text->size() || seconds < 0) return std::nullopt;
  return std::min(seconds, 1'000'000) * 1000;
}

bool pause(int ms, const std::function<bool()>& stopped) {
  using Clock = std::chrono::steady_clock;
  constexpr std::chrono::milliseconds kLook(50);
  const auto until = Clock::now() + std::chrono::milliseconds(ms);
  while (!(stopped && stopped())) {
    const auto left = until - Clock::now();
    if (left <= Clock::duration::zero()) return true;
    std::this_thread::sleep_for(std::min<Clock::duration>(left, kLook));
  }
  return false;
}

std::optional<int> Retry::failed(std::optional<int> retry_after) {
  if (++tries_ >= policy_.attempts) return std::nullopt;
  std::uniform_real_distribution<double> around(1 - policy_.jitter, 1 + policy_.jitter);
  const int wait = std::max(static_cast<int>(std::min(delay_ms_ * around(random_), 1e9)), retry_after.value_or(0));
  delay_ms_ *= policy_.growth;
  if (wait > policy_.max_pause_ms) return std::nullopt;
  return wait;
}

}  // namespace btk::net
