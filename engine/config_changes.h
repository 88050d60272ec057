// The settings that are not the usual ones: what a result was made under, to be
// written down beside it.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "engine/config.h"

namespace btk {

/// CC_ keys with their values as text that set_from_text() reads back, in the order of the manual.
std::vector<std::pair<std::string, std::string>> changed_settings(const Config& config);

}  // namespace btk
