#include "engine/config_words.h"

#include <catch2/catch.hpp>
#include <map>

using namespace btk;

TEST_CASE("every setting has words, once, and there are no words for others") {
  std::map<std::string_view, int> told;
  for (const SettingGroup& group : setting_words()) {
    CHECK_FALSE(group.settings.empty());
    for (const SettingWords& setting : group.settings) {
      INFO(setting.key);
      ++told[setting.key];
      const ConfigKey* key = find_config_key(setting.key);
      REQUIRE(key);
      CHECK((setting.unit == "switch") == std::holds_alternative<bool Config::*>(key->member));
      CHECK(setting.words.ends_with('.'));
      CHECK(setting.words.find('|') == std::string_view::npos);  // it stands in a table
    }
  }
  for (const ConfigKey& key : config_keys()) {
    INFO(key.name);
    CHECK(told[key.name] == 1);
  }
}

TEST_CASE("the rule of a setting is what check() asks") {
  const auto rule = [](std::string_view name) { return setting_rule(*find_config_key(name)); };
  CHECK(rule("CC_PERCENT_FEE") == ">= 0");
  CHECK(rule("CC_SIGNAL_LEVERAGE_MULTIPLIER") == "> 0");
  CHECK(rule("CC_SCHEDULE_AWAIT_MINUTES") == "> 0, whole");
  CHECK(rule("CC_MAX_SIGNAL_LIFETIME_MINUTES") == "> 0, whole, or Infinity");
  CHECK(rule("CC_GET_CANDLES_RETRY_COUNT") == ">= 0, whole");
  CHECK(rule("CC_MAX_STOPLOSS_DISTANCE_PERCENT") == "> 0");
  CHECK(rule("CC_ENABLE_LONG_SIGNAL") == "true or false");
  CHECK(rule("CC_MAX_BACKTEST_MARKDOWN_ROWS") == "any number");
}
