// Single words of a command line, checked and as values. All readers throw
// UsageError with one sentence.
#pragma once

#include <filesystem>
#include <string>
#include <utility>
#include <vector>

#include "engine/time.h"
#include "lua/explain.h"

namespace btk::host {

using Words = std::vector<std::string>;

/// "2024-01-31" (the edge of that day), "2024-01-31T12:30:00Z" or Unix milliseconds of 1973-03-03 or later.
Timestamp read_moment(const std::string& text, DayEdge edge, const std::string& option);

/// "FROM..TO" of --explain; one moment alone is that minute, or that day.
lua::ExplainWish read_window(const std::string& text);

/// "CC_KEY=VALUE" of --set.
std::pair<std::string, std::string> read_setting(const std::string& text);

/// The template of the report page, for --report html. Throws UsageError when it is not built.
std::filesystem::path required_page();

/// "name=value" of every --param. A name that stands twice is refused.
std::vector<std::pair<std::string, std::string>> read_params(const std::vector<std::string>& texts);

/// --log-level
void check_log_level(const std::string& level);

/// Throws UsageError with the operating system's reason when a file cannot be opened.
void check_files(const std::vector<std::filesystem::path>& files, std::string_view command);

}  // namespace btk::host
