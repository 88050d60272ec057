// What commands that load scripts have in common.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "lua/script.h"

namespace btk::host {

/// Engine settings from environment variables named as a CC_ key. Throws UsageError for a value that does not read.
std::vector<std::pair<std::string, std::string>> environment_settings();

/// Executes the script's files; what goes wrong there is a UsageError ("strategy.lua:12: ...").
void load_or_refuse(lua::Script& script);

}  // namespace btk::host
