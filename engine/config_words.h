// What each CC_ parameter means, in words: the table behind docs/settings.md.
// The rule that a value must keep is not written down here a second time: it is
// found by asking check() (config.h), so page and program cannot differ.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "engine/config.h"

namespace btk {

struct SettingWords {
  std::string_view key;    ///< "CC_PERCENT_FEE"
  std::string_view unit;   ///< "%", "minutes", "switch", ...
  std::string_view words;  ///< one or two sentences of Markdown
};

/// Settings that are read together, under one headline.
struct SettingGroup {
  std::string_view title;
  std::vector<SettingWords> settings;
};

/// Every key of config_keys() exactly once.
const std::vector<SettingGroup>& setting_words();

/// What check() asks of this key's value alone: "> 0, whole", ">= 0", "true or false"; "any number" when nothing.
std::string setting_rule(const ConfigKey& key);

}  // namespace btk
