// docs/settings.md: the manual's page of all CC_ settings, from the engine's own
// tables (config.h, config_words.h).
#pragma once

#include <string>

namespace btk::host {

/// Markdown. The same text for the same program.
std::string settings_page();

}  // namespace btk::host
