#include "engine/time.h"

#include <array>
#include <chrono>
#include <cstdio>

namespace btk {
namespace {

struct NamedInterval {
  Interval interval;
  std::string_view name;
  Timestamp length;
};

constexpr std::array<NamedInterval, 12> kIntervals{{
    {Interval::m1, "1m", kMinute},
    {Interval::m3, "3m", 3 * kMinute},
    {Interval::m5, "5m", 5 * kMinute},
    {Interval::m15, "15m", 15 * kMinute},
    {Interval::m30, "30m", 30 * kMinute},
    {Interval::h1, "1h", kHour},
    {Interval::h2, "2h", 2 * kHour},
    {Interval::h4, "4h", 4 * kHour},
    {Interval::h6, "6h", 6 * kHour},
    {Interval::h8, "8h", 8 * kHour},
    {Interval::h12, "12h", 12 * kHour},
    {Interval::d1, "1d", kDay},
}};

const NamedInterval& entry(Interval interval) { return kIntervals[static_cast<std::size_t>(interval)]; }

// Takes text from the front; every member answers whether it was there.
class Reader {
 public:
  explicit Reader(std::string_view text) : rest_(text) {}

  bool empty() const { return rest_.empty(); }

  bool take(char expected) {
    if (rest_.empty() || rest_.front() != expected) return false;
    rest_.remove_prefix(1);
    return true;
  }

  // Exactly `digits` decimal digits with a value from `low` to `high`.
  bool number(std::size_t digits, int low, int high, int& value) {
    if (rest_.size() < digits) return false;
    value = 0;
    for (std::size_t i = 0; i < digits; ++i) {
      if (!is_digit(rest_[i])) return false;
      value = value * 10 + (rest_[i] - '0');
    }
    rest_.remove_prefix(digits);
    return value >= low && value <= high;
  }

  // One or more digits after a decimal point, cut to milliseconds.
  bool fraction(int& milliseconds) {
    milliseconds = 0;
    int weight = 100;
    if (rest_.empty() || !is_digit(rest_.front())) return false;
    while (!rest_.empty() && is_digit(rest_.front())) {
      milliseconds += weight * (rest_.front() - '0');
      weight /= 10;
      rest_.remove_prefix(1);
    }
    return true;
  }

 private:
  static bool is_digit(char c) { return c >= '0' && c <= '9'; }

  std::string_view rest_;
};

// The part behind the date: "T12:30[:00[.000]][Z|+02:00]". Gives the time of day minus the zone's offset.
bool read_time_of_day(Reader& in, Timestamp& since_midnight) {
  int hour = 0, minute = 0, second = 0, milliseconds = 0;
  if (!in.take('T')) return false;
  if (!in.number(2, 0, 23, hour) || !in.take(':') || !in.number(2, 0, 59, minute)) return false;
  if (in.take(':')) {
    if (!in.number(2, 0, 59, second)) return false;
    if (in.take('.') && !in.fraction(milliseconds)) return false;
  }
  since_midnight = hour * kHour + minute * kMinute + second * Timestamp{1000} + milliseconds;
  if (in.empty() || (in.take('Z') && in.empty())) return true;

  const bool east = in.take('+');
  if (!east && !in.take('-')) return false;
  int zone_hours = 0, zone_minutes = 0;
  if (!in.number(2, 0, 23, zone_hours) || !in.take(':') || !in.number(2, 0, 59, zone_minutes)) return false;
  const Timestamp offset = zone_hours * kHour + zone_minutes * kMinute;
  since_midnight += east ? -offset : offset;
  return in.empty();
}

struct Fields {
  int year;
  unsigned month, day;
  int hour, minute, second, millisecond;
};

Fields split(Timestamp t) {
  const Timestamp midnight = align(t, kDay);
  const std::chrono::sys_days day{std::chrono::days{midnight / kDay}};
  const std::chrono::year_month_day date{day};
  const Timestamp rest = t - midnight;
  return {static_cast<int>(date.year()),         static_cast<unsigned>(date.month()),
          static_cast<unsigned>(date.day()),     static_cast<int>(rest / kHour),
          static_cast<int>(rest / kMinute % 60), static_cast<int>(rest / 1000 % 60),
          static_cast<int>(rest % 1000)};
}

}  // namespace

std::optional<Interval> parse_interval(std::string_view name) {
  for (const NamedInterval& known : kIntervals) {
    if (known.name == name) return known.interval;
  }
  return std::nullopt;
}

std::string_view to_string(Interval interval) { return entry(interval).name; }

Timestamp length(Interval interval) { return entry(interval).length; }

bool is_candle_interval(Interval interval) { return interval != Interval::h12; }

bool is_signal_interval(Interval interval) { return length(interval) <= kHour; }

std::optional<Timestamp> parse_date(std::string_view text, DayEdge edge) {
  Reader in(text);
  int year = 0, month = 0, day = 0;
  if (!in.number(4, 0, 9999, year) || !in.take('-') || !in.number(2, 1, 12, month) || !in.take('-') ||
      !in.number(2, 1, 31, day)) {
    return std::nullopt;
  }
  const std::chrono::year_month_day date{std::chrono::year{year},
                                         std::chrono::month{static_cast<unsigned>(month)},
                                         std::chrono::day{static_cast<unsigned>(day)}};
  if (!date.ok()) return std::nullopt;
  const Timestamp midnight = std::chrono::sys_days{date}.time_since_epoch().count() * kDay;
  if (in.empty()) return edge == DayEdge::last_minute ? midnight + kDay - kMinute : midnight;

  Timestamp since_midnight = 0;
  if (!read_time_of_day(in, since_midnight)) return std::nullopt;
  return midnight + since_midnight;
}

std::string format_iso(Timestamp t) {
  const Fields f = split(t);
  std::array<char, 96> text{};
  std::snprintf(text.data(), text.size(), "%04d-%02u-%02uT%02d:%02d:%02d.%03dZ", f.year, f.month, f.day,
                f.hour, f.minute, f.second, f.millisecond);
  return text.data();
}

std::string format_minute(Timestamp t) {
  const Fields f = split(t);
  std::array<char, 80> text{};
  std::snprintf(text.data(), text.size(), "%04d-%02u-%02u %02d:%02d", f.year, f.month, f.day, f.hour,
                f.minute);
  return text.data();
}

}  // namespace btk
