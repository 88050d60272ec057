#include "host/cli/progress.h"

#include <fmt/format.h>

#include "host/clock/machine_clock.h"

namespace btk::host {
namespace {

constexpr double kNotWorthALine = 1.0;  ///< seconds: what is over by then needs no lines in a log

}  // namespace

std::string short_count(double value) {
  if (value >= 1e6) return fmt::format("{:.1f} M", value / 1e6);
  if (value >= 1e4) return fmt::format("{:.0f} k", value / 1e3);
  return fmt::format("{:.0f}", value);
}

std::string duration_text(double seconds) {
  if (seconds < 10) return fmt::format("{:.2f} s", seconds);
  if (seconds < 60) return fmt::format("{:.1f} s", seconds);
  const auto whole = static_cast<long>(seconds);
  if (whole < 3600) return fmt::format("{} min {:02} s", whole / 60, whole % 60);
  return fmt::format("{} h {:02} min", whole / 3600, whole / 60 % 60);
}

Progress::Progress(Console& console, bool quiet) : console_(console), quiet_(quiet), began_(SteadyClock::now()) {}

Progress::~Progress() { console_.status(""); }

double Progress::elapsed() const { return std::chrono::duration<double>(SteadyClock::now() - began_).count(); }

std::string Progress::line(const PoolProgress& now) const {
  const double seconds = elapsed();
  std::string text = fmt::format("Progress: {:3.0f} %", now.share * 100);
  if (now.runs > 1) text += fmt::format("  {} of {} runs", now.done, now.runs);
  if (seconds > 0) text += fmt::format("  {} candles/s", short_count(static_cast<double>(now.minutes) / seconds));
  return text + fmt::format("  {}", duration_text(seconds));
}

void Progress::update(const PoolProgress& now) {
  const std::lock_guard lock(mutex_);
  last_ = now;
  if (quiet_) return;
  const bool over = now.done == now.runs;
  if (console_.err_is_terminal()) {
    console_.status(over ? "" : line(now));
    return;
  }
  const int tenth = static_cast<int>(now.share * 10);
  if (tenth < next_tenth_ || elapsed() < kNotWorthALine) return;
  next_tenth_ = tenth + 1;
  console_.note(line(now));
}

void Progress::print() {
  const std::lock_guard lock(mutex_);
  console_.note(line(last_));
}

}  // namespace btk::host
