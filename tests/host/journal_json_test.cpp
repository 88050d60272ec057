#include <catch2/catch.hpp>

#include "engine/error.h"
#include "host/journal/state_json.h"
#include "tests/host/journal_states.h"

using namespace btk;
using namespace btk::host;
using btk::test::bits;
using btk::test::RandomStates;

namespace {

template <typename T>
void check_round_trip(const T& value) {
  const std::string text = encode_text(value);
  CHECK(text.find('\n') == std::string::npos);
  INFO(text);
  REQUIRE(bits(decode_text<T>(text)) == bits(value));
}

}  // namespace

TEST_CASE("property: what the journal keeps comes back from JSON to the bit", "[journal]") {
  RandomStates random(4);
  for (int i = 0; i < 300; ++i) {
    check_round_trip(random.state());
    check_round_trip(random.finished());
    check_round_trip(random.input());
    check_round_trip(random.hold());
    check_round_trip(random.signal());
    check_round_trip(random.request());
  }
}

TEST_CASE("rows of the reference are read: null life times, missing and unknown fields", "[journal]") {
  const auto signal =
      decode_text<Signal>(R"({"id":"a","position":"short","priceOpen":100,"minuteEstimatedTime":null,
    "symbol":"BTCUSDT","_isScheduled":false,"_entry":[{"price":100,"cost":50,"timestamp":5,"more":1}],
    "_partial":[{"type":"loss","percent":20,"currentPrice":99,"costBasisAtClose":50,"entryCountAtClose":1,"timestamp":6}]})");
  CHECK(signal.position == Side::short_side);
  CHECK(signal.minute_estimated_time == std::numeric_limits<double>::infinity());
  CHECK(signal.multiplier == 1);
  CHECK(signal.isolated);
  REQUIRE(signal.entries.size() == 1);
  CHECK(signal.entries[0].cost == 50);
  REQUIRE(signal.partials.size() == 1);
  CHECK_FALSE(signal.partials[0].profit);

  Signal endless;
  endless.minute_estimated_time = std::numeric_limits<double>::infinity();
  CHECK(encode(endless)["minuteEstimatedTime"].is_null());
  CHECK(encode(endless)["_entry"].is_array());
}

TEST_CASE("what does not fit is an error, not a default", "[journal]") {
  CHECK_THROWS_AS(decode_text<TraderState>("{\"position\":7}"), Error);
  CHECK_THROWS_AS(decode_text<TraderState>("{\"minute\":\"soon\"}"), Error);
  CHECK_THROWS_AS(decode_text<TraderState>("{\"minute\":1"), Error);
  CHECK_THROWS_AS(decode_text<Signal>("{\"position\":\"sideways\"}"), Error);
  CHECK_THROWS_AS(decode_text<Signal>("{\"_entry\":{}}"), Error);
  CHECK_THROWS_AS(decode_text<Signal>("{\"priceOpen\":\"about 7\"}"), Error);
}
