#include "host/cli/cache_progress.h"

#include <fmt/format.h>

#include <algorithm>

namespace btk::host {

std::string cache_bar(std::size_t done, std::size_t total, const std::string& what, bool blocks) {
  constexpr std::size_t kCells = 30, kWidth = 80;
  done = std::min(done, total);
  const std::size_t full = total == 0 ? 0 : done * kCells / total;
  std::string bar;
  for (std::size_t i = 0; i < kCells; ++i) bar += i < full ? (blocks ? "█" : "#") : (blocks ? "░" : ".");
  const double percent = total == 0 ? 0 : 100.0 * static_cast<double>(done) / static_cast<double>(total);
  std::string text = fmt::format(" {:3.0f}% ({}/{}) {}", percent, done, total, what);
  text.resize(std::max(text.size(), kWidth - kCells), ' ');
  return bar + text;
}

void CacheProgress::update(const std::string& what, std::size_t done, std::size_t total) {
  if (quiet_ || total == 0) return;
  const bool complete = done >= total;
  const std::lock_guard lock(mutex_);
  if (console_.err_is_terminal() && !complete) {
    console_.status(cache_bar(done, total, what, true));
    return;
  }
  std::size_t& shown = shown_[what];
  const std::size_t tenth = 1 + std::min(done, total) * 10 / total;
  if (tenth <= shown || (tenth == 1)) return;
  shown = tenth;
  console_.note(cache_bar(done, total, what, console_.err_is_terminal()));
}

}  // namespace btk::host
