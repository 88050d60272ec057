// Time as the engine knows it: Unix milliseconds UTC, and the named candle,
// frame and signal intervals. No clock is read here.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace btk {

using Timestamp = std::int64_t;  ///< milliseconds since 1970-01-01T00:00:00Z

inline constexpr Timestamp kMinute = 60'000;
inline constexpr Timestamp kHour = 60 * kMinute;
inline constexpr Timestamp kDay = 24 * kHour;

enum class Interval { m1, m3, m5, m15, m30, h1, h2, h4, h6, h8, h12, d1 };

/// "1m" ... "1d"; nothing for an unknown name.
std::optional<Interval> parse_interval(std::string_view name);
std::string_view to_string(Interval interval);
/// Length in milliseconds.
Timestamp length(Interval interval);

/// Candles exist for every interval but 12h (engine.md 1.1).
bool is_candle_interval(Interval interval);
/// A strategy may be asked every 1m 3m 5m 15m 30m 1h.
bool is_signal_interval(Interval interval);

/// Down to a multiple of `step` since the epoch; correct for negative times too.
constexpr Timestamp align(Timestamp t, Timestamp step) {
  const Timestamp r = t % step;
  return r < 0 ? t - r - step : t - r;
}

/// Which end of the day a date without a time stands for.
enum class DayEdge { first_minute, last_minute };

/// Reads "2024-01-31", "2024-01-31T12:30", "2024-01-31T12:30:00", with optional fraction and
/// optional "Z" or "+02:00". A bare date is 00:00 or, with `last_minute`, 23:59 of that day (UTC).
/// Nothing when the text is no valid date.
std::optional<Timestamp> parse_date(std::string_view text, DayEdge edge = DayEdge::first_minute);

/// "2024-01-31T12:30:00.000Z"
std::string format_iso(Timestamp t);
/// "2024-01-31 12:30"
std::string format_minute(Timestamp t);

}  // namespace btk
