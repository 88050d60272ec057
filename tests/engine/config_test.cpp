#include "engine/config.h"

#include <catch2/catch.hpp>
#include <set>

#include "engine/error.h"

using namespace btk;
using Catch::Matchers::Contains;

namespace {

// The sentences for a configuration in which one key was set.
std::vector<std::string> broken_with(std::string_view key, std::string_view value) {
  Config config;
  set_from_text(config, key, value);
  return check(config);
}

}  // namespace

TEST_CASE("the defaults are sound and are those of the reference") {
  const Config config;
  CHECK(check(config).empty());
  const auto number = [&](std::string_view name) {
    return std::get<double>(get(config, *find_config_key(name)));
  };
  const auto flag = [&](std::string_view name) {
    return std::get<bool>(get(config, *find_config_key(name)));
  };
  CHECK(number("CC_SCHEDULE_AWAIT_MINUTES") == 120);
  CHECK(number("CC_AVG_PRICE_CANDLES_COUNT") == 5);
  CHECK(number("CC_PERCENT_FEE") == 0.1);
  CHECK(number("CC_MAX_STOPLOSS_DISTANCE_PERCENT") == 20);
  CHECK(number("CC_MAX_SIGNAL_LIFETIME_MINUTES") == 1440);
  CHECK(number("CC_MAX_ENTRY_DELAY_SECONDS") == 60);
  CHECK(number("CC_POSITION_ENTRY_COST") == 100);
  CHECK(number("CC_MAX_PERFORMANCE_MARKDOWN_ROWS") == 10000);
  CHECK(flag("CC_ENABLE_LONG_SIGNAL"));
  CHECK_FALSE(flag("CC_RISK_REFERENCE_RESERVATIONS"));
  CHECK_FALSE(flag("CC_ENABLE_DCA_EVERYWHERE"));
}

TEST_CASE("every key has its own name and its own member") {
  std::set<std::string_view> names;
  std::set<std::size_t> members;
  const Config config;
  const char* start = reinterpret_cast<const char*>(&config);
  for (const ConfigKey& key : config_keys()) {
    CHECK(names.insert(key.name).second);
    CHECK(find_config_key(key.name) == &key);
    const auto offset = std::visit(
        [&](auto member) {
          return static_cast<std::size_t>(reinterpret_cast<const char*>(&(config.*member)) - start);
        },
        key.member);
    CHECK(members.insert(offset).second);
  }
  CHECK(find_config_key("CC_NOTHING") == nullptr);
}

TEST_CASE("values are set from text") {
  Config config;
  set_from_text(config, "CC_PERCENT_FEE", "0.05");
  set_from_text(config, "CC_MAX_SIGNAL_LIFETIME_MINUTES", "Infinity");
  set_from_text(config, "CC_ENABLE_SHORT_SIGNAL", "false");
  set_from_text(config, "CC_ENABLE_DCA_EVERYWHERE", "1");
  CHECK(config.percent_fee == 0.05);
  CHECK(config.max_signal_lifetime_minutes == std::numeric_limits<double>::infinity());
  CHECK_FALSE(config.enable_short_signal);
  CHECK(config.enable_dca_everywhere);
  CHECK(check(config).empty());
}

TEST_CASE("what does not read says the key, the value and what is expected") {
  Config config;
  CHECK_THROWS_WITH(set_from_text(config, "CC_PERCENT_FEE", "cheap"),
                    "CC_PERCENT_FEE expects a number, not \"cheap\"");
  CHECK_THROWS_AS(set_from_text(config, "CC_PERCENT_FEE", "0.1%"), Error);
  CHECK_THROWS_AS(set_from_text(config, "CC_PERCENT_FEE", ""), Error);
  CHECK_THROWS_AS(set_from_text(config, "CC_PERCENT_FEE", "nan"), Error);
  CHECK_THROWS_WITH(set_from_text(config, "CC_ENABLE_LONG_SIGNAL", "yes"),
                    "CC_ENABLE_LONG_SIGNAL expects true or false, not \"yes\"");
  CHECK_THROWS_WITH(set(config, *find_config_key("CC_PERCENT_FEE"), true),
                    "CC_PERCENT_FEE expects a number, not \"true\"");
  CHECK_THROWS_AS(set(config, *find_config_key("CC_ENABLE_LONG_SIGNAL"), 1.0), Error);
  CHECK(config.percent_fee == 0.1);
}

TEST_CASE("an unknown key names the nearest one") {
  Config config;
  CHECK_THROWS_WITH(set_from_text(config, "CC_PERCENT_FEES", "1"),
                    "unknown config key CC_PERCENT_FEES; did you mean CC_PERCENT_FEE?");
  CHECK_THROWS_WITH(set_from_text(config, "CC_SLIPPAGE_PERCENT", "1"), Contains("CC_SLIPPAGE_PERCENT"));
  CHECK_THROWS_WITH(set_from_text(config, "xyz", "1"),
                    "unknown config key xyz; the keys are listed in the manual");
}

TEST_CASE("every rule is checked and names its key") {
  for (const char* key : {"CC_PERCENT_SLIPPAGE",
                          "CC_PERCENT_FEE",
                          "CC_BREAKEVEN_THRESHOLD",
                          "CC_SIGNAL_LEVERAGE_MULTIPLIER",
                          "CC_MIN_TAKEPROFIT_DISTANCE_PERCENT",
                          "CC_MIN_STOPLOSS_DISTANCE_PERCENT",
                          "CC_MAX_STOPLOSS_DISTANCE_PERCENT",
                          "CC_SCHEDULE_AWAIT_MINUTES",
                          "CC_MAX_SIGNAL_LIFETIME_MINUTES",
                          "CC_MAX_SIGNAL_GENERATION_SECONDS",
                          "CC_AVG_PRICE_CANDLES_COUNT",
                          "CC_GET_CANDLES_PRICE_ANOMALY_THRESHOLD_FACTOR",
                          "CC_GET_CANDLES_MIN_CANDLES_FOR_MEDIAN",
                          "CC_MAX_CANDLES_PER_REQUEST",
                          "CC_MAX_NOTIFICATIONS",
                          "CC_MAX_SIGNALS",
                          "CC_GET_CANDLES_RETRY_COUNT",
                          "CC_GET_CANDLES_RETRY_DELAY_MS",
                          "CC_ORDER_BOOK_TIME_OFFSET_MINUTES",
                          "CC_MAX_ENTRY_DELAY_SECONDS"}) {
    INFO(key);
    REQUIRE_FALSE(broken_with(key, "-1").empty());
    CHECK_THAT(broken_with(key, "-1").front(), Contains(key));
  }
  CHECK_FALSE(broken_with("CC_SCHEDULE_AWAIT_MINUTES", "0").empty());
  CHECK_FALSE(broken_with("CC_SCHEDULE_AWAIT_MINUTES", "1.5").empty());
  CHECK_FALSE(broken_with("CC_SCHEDULE_AWAIT_MINUTES", "Infinity").empty());
  CHECK(broken_with("CC_MAX_SIGNAL_LIFETIME_MINUTES", "Infinity").empty());
  CHECK(broken_with("CC_GET_CANDLES_RETRY_COUNT", "0").empty());
  CHECK(broken_with("CC_MAX_BACKTEST_MARKDOWN_ROWS", "-1").empty());
}

TEST_CASE("the take profit must cover the costs of both sides") {
  CHECK(broken_with("CC_MIN_TAKEPROFIT_DISTANCE_PERCENT", "0.4").empty());
  CHECK_THAT(broken_with("CC_PERCENT_FEE", "0.2").front(), Contains("CC_MIN_TAKEPROFIT_DISTANCE_PERCENT"));
}

TEST_CASE("broken rules are reported together") {
  Config config;
  config.percent_fee = -1;
  config.max_stoploss_distance_percent = 0.5;
  config.max_signals = 0;
  CHECK(check(config) ==
        std::vector<std::string>{"CC_PERCENT_FEE must be a finite number of at least 0, but is -1",
                                 "CC_MIN_STOPLOSS_DISTANCE_PERCENT must be less than "
                                 "CC_MAX_STOPLOSS_DISTANCE_PERCENT (0.5), but is 0.5",
                                 "CC_MAX_SIGNALS must be a whole number above 0, but is 0"});
}

TEST_CASE("an average price over more candles than there can be is refused") {
  Config config;
  config.avg_price_candles_count = 1e9;
  CHECK(check(config).empty());
  config.avg_price_candles_count = 1e308;
  REQUIRE(check(config).size() == 1);
  CHECK(check(config)[0] == "CC_AVG_PRICE_CANDLES_COUNT must not be larger than 1000000000, but is 1e308");
}
