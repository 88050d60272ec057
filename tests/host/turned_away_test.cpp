#include "host/cli/turned_away.h"

#include <catch2/catch.hpp>

using namespace btk;
using namespace btk::host;

namespace {

constexpr Timestamp kStart = 1704067200000;  // 2024-01-01 00:00

}  // namespace

TEST_CASE("a sentence for what was refused, one for what was rejected, none without either", "[turned_away]") {
  lua::RunReport r;
  CHECK(turned_away_sentences(r).empty());
  r.refused = {2, kStart + kHour, "the stop\nis too near"};
  r.rejected = {1, kStart, "careful: enough is open"};
  CHECK(turned_away_sentences(r) ==
        std::vector<std::string>{"refused: 2 signals that broke a rule; first 2024-01-01 01:00: the stop is too near",
                                 "rejected: 1 time by a risk profile; first 2024-01-01 00:00: careful: enough is open"});
}

TEST_CASE("who was asked and never answered is told of, unless something else explains it", "[turned_away]") {
  lua::RunReport r;
  r.signal_calls = 20;
  CHECK(turned_away_sentences(r) == std::vector<std::string>{"get_signal was asked 20 times and gave none"});
  r.rejected = {1, kStart, "enough is open"};
  CHECK(turned_away_sentences(r).size() == 1);
  CHECK_FALSE(never_signalled(r));
}

TEST_CASE("of several runs the earliest reason is kept", "[turned_away]") {
  TurnedAway all;
  add_turned_away(all, {});
  CHECK(turned_away_object(all).is_null());
  add_turned_away(all, {3, kStart + kHour, "late"});
  add_turned_away(all, {1, kStart, "early"});
  add_turned_away(all, {1, kStart, "as early"});
  CHECK(turned_away_object(all).dump() == R"({"count":5,"first_at":1704067200000,"first":"early"})");
}
