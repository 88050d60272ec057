#include "engine/time.h"

#include <catch2/catch.hpp>

using namespace btk;

TEST_CASE("every interval has a name, a length and its uses") {
  const std::pair<const char*, Timestamp> known[] = {
      {"1m", 60'000},     {"3m", 180'000},    {"5m", 300'000},     {"15m", 900'000},
      {"30m", 1'800'000}, {"1h", 3'600'000},  {"2h", 7'200'000},   {"4h", 14'400'000},
      {"6h", 21'600'000}, {"8h", 28'800'000}, {"12h", 43'200'000}, {"1d", 86'400'000}};
  for (const auto& [name, milliseconds] : known) {
    const auto interval = parse_interval(name);
    REQUIRE(interval);
    CHECK(to_string(*interval) == name);
    CHECK(length(*interval) == milliseconds);
    CHECK(is_candle_interval(*interval) == (std::string(name) != "12h"));
    CHECK(is_signal_interval(*interval) == (milliseconds <= kHour));
  }
  CHECK_FALSE(parse_interval("7m"));
  CHECK_FALSE(parse_interval("1M"));
  CHECK_FALSE(parse_interval(""));
}

TEST_CASE("alignment goes down, also before the epoch") {
  CHECK(align(7 * kHour + 23 * kMinute, kHour) == 7 * kHour);
  CHECK(align(7 * kHour, kHour) == 7 * kHour);
  CHECK(align(-1, kMinute) == -kMinute);
  CHECK(align(-kMinute, kMinute) == -kMinute);
  CHECK(align(-kMinute - 1, kMinute) == -2 * kMinute);
}

TEST_CASE("dates read in their ISO forms") {
  const Timestamp day = 1706659200000;  // 2024-01-31
  CHECK(parse_date("1970-01-01") == 0);
  CHECK(parse_date("2024-01-31") == day);
  CHECK(parse_date("2024-01-31T12:30") == day + 12 * kHour + 30 * kMinute);
  CHECK(parse_date("2024-01-31T12:30:15") == day + 12 * kHour + 30 * kMinute + 15'000);
  CHECK(parse_date("2024-01-31T12:30:15Z") == day + 12 * kHour + 30 * kMinute + 15'000);
  CHECK(parse_date("2024-01-31T12:30:15.25Z") == day + 12 * kHour + 30 * kMinute + 15'250);
  CHECK(parse_date("2024-01-31T12:30:15.0009999Z") == day + 12 * kHour + 30 * kMinute + 15'000);
  CHECK(parse_date("2024-01-31T00:30+02:00") == day - 90 * kMinute);
  CHECK(parse_date("2024-01-31T00:30:00-05:30") == day + 6 * kHour);
  CHECK(parse_date("2024-02-29") == day + 29 * kDay);
  CHECK(parse_date("1969-12-31T23:59") == -kMinute);
}

TEST_CASE("a bare date as an end means the whole day") {
  CHECK(parse_date("2024-03-31", DayEdge::last_minute) == parse_date("2024-03-31T23:59"));
  CHECK(parse_date("2024-03-31T10:00", DayEdge::last_minute) == parse_date("2024-03-31T10:00"));
}

TEST_CASE("what is no date gives nothing") {
  for (const char* text : {"",
                           "2024",
                           "2024-1-31",
                           "2024-13-01",
                           "2024-00-10",
                           "2023-02-29",
                           "2024-04-31",
                           "2024-01-31T",
                           "2024-01-31T24:00",
                           "2024-01-31T12",
                           "2024-01-31T12:60",
                           "2024-01-31T12:30:60",
                           "2024-01-31T12:30:00.",
                           "2024-01-31T12:30:00+02",
                           "2024-01-31T12:30Zx",
                           "2024-01-31Z",
                           "2024-01-31x",
                           "yesterday",
                           "-024-01-01",
                           "2024/01/31"}) {
    INFO(text);
    CHECK_FALSE(parse_date(text));
  }
}

TEST_CASE("times print as ISO and to the minute") {
  CHECK(format_iso(0) == "1970-01-01T00:00:00.000Z");
  CHECK(format_iso(1706704200123) == "2024-01-31T12:30:00.123Z");
  CHECK(format_iso(-1) == "1969-12-31T23:59:59.999Z");
  CHECK(format_minute(1706704200123) == "2024-01-31 12:30");
  for (Timestamp t = -3 * kDay; t < 900 * kDay; t += 7 * kHour + 13 * kMinute + 1) {
    CHECK(parse_date(format_iso(t)) == t);
  }
}
