#include "host/clock/clock.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <chrono>
#include <cmath>
#include <string_view>

#include "engine/error.h"
#include "host/clock/http_clock.h"

namespace btk::host {
namespace {

using std::chrono::system_clock;

// The machine's clock may be set while somebody waits: no longer without another look.
constexpr std::chrono::nanoseconds kLookAtClock = std::chrono::seconds(1);

double wall_ms() {
  return std::chrono::duration<double, std::milli>(system_clock::now().time_since_epoch()).count();
}

/// now = sim + (wall - start) * speed; the wall clock is the one with all at rest.
class LinearClock : public Clock {
 public:
  LinearClock(std::string name, double start, double sim, double speed)
      : name_(std::move(name)), start_(start), sim_(sim), speed_(speed) {}

  Timestamp now() override { return static_cast<Timestamp>(std::floor(exact_now())); }

  bool wait_until(Timestamp moment, const std::string&, Wake& wake) override {
    while (!wake.take()) {
      const double left = (static_cast<double>(moment) - exact_now()) / speed_;  // wall ms
      if (left <= 0) return true;
      // In nanoseconds only once it is short: a date far away would not fit.
      const auto pause =
          left > 1000 ? kLookAtClock : std::chrono::nanoseconds(static_cast<std::int64_t>(std::ceil(left * 1e6)));
      if (wake.wait_for(pause)) return false;
    }
    return false;
  }

  std::string name() const override { return name_; }

 private:
  double exact_now() const { return sim_ + (wall_ms() - start_) * speed_; }

  std::string name_;
  double start_, sim_, speed_;
};

[[noreturn]] void refuse(const std::string& text, const std::string& why) {
  throw Error(fmt::format("--clock {}: {}", text, why));
}

double linear_number(std::string_view digits, const std::string& text) {
  double value = 0;
  const auto [end, problem] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
  if (problem != std::errc() || end != digits.data() + digits.size() || !std::isfinite(value)) {
    refuse(text, fmt::format("\"{}\" is not a number; write linear:WALL_MS,SIM_MS,SPEED", digits));
  }
  return value;
}

std::unique_ptr<Clock> linear_clock(const std::string& text) {
  const std::string_view rest = std::string_view(text).substr(std::string_view("linear:").size());
  const auto first = rest.find(',');
  const auto second = first == std::string_view::npos ? first : rest.find(',', first + 1);
  if (second == std::string_view::npos || rest.find(',', second + 1) != std::string_view::npos) {
    refuse(text, "write linear:WALL_MS,SIM_MS,SPEED, three numbers");
  }
  const double start = linear_number(rest.substr(0, first), text);
  const double sim = linear_number(rest.substr(first + 1, second - first - 1), text);
  const double speed = linear_number(rest.substr(second + 1), text);
  if (!(speed > 0)) refuse(text, "the speed must be above zero");
  return std::make_unique<LinearClock>(text, start, sim, speed);
}

}  // namespace

std::unique_ptr<Clock> make_clock(const std::string& text) {
  if (text.empty() || text == "wall") return std::make_unique<LinearClock>("wall", 0, 0, 1);
  if (text.starts_with("linear:")) return linear_clock(text);
  if (text.starts_with("http://") || text.starts_with("https://")) {
    std::string address = text;
    while (address.ends_with('/')) address.pop_back();
    if (!address.ends_with(":") && address.size() > text.find("://") + 3)
      return std::make_unique<HttpClock>(std::move(address));
    refuse(text, "the address names no host");
  }
  refuse(text, "there is no such clock; write wall, linear:WALL_MS,SIM_MS,SPEED or http://ADDRESS");
}

}  // namespace btk::host
