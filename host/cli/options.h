// The words after a command's name, checked and as values. Parsing is strict: an
// unknown option is an error that names the nearest known one (with real money a
// typo must not be ignored). All of these throw UsageError with one sentence.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "engine/time.h"
#include "host/cli/console.h"
#include "host/prove/proof_options.h"
#include "lua/explain.h"

namespace btk::host {

using Words = std::vector<std::string>;

struct RunOptions {
  std::vector<std::filesystem::path> files;
  std::optional<std::string> symbols;  ///< as given, unread
  std::string strategy, exchange, frame;
  std::optional<Timestamp> from, to;
  std::vector<std::pair<std::string, std::string>> settings;  ///< --set, in order
  std::vector<std::pair<std::string, std::string>> params;    ///< --param, each name once
  std::uint64_t seed = 1;
  unsigned threads = 0;  ///< 0: one per core
  bool json = false, quiet = false, no_color = false, unsafe = false, fail_fast = false, env_override = false;
  std::optional<std::filesystem::path> events;
  std::optional<lua::ExplainWish> explain{};
  std::filesystem::path out = "dump";
  bool markdown = true, csv = true;
  std::optional<std::filesystem::path> page;  ///< --report html: the template of the page
  std::vector<std::string> kinds;  ///< further reports of --report: "heat", "schedule", ...
  double capital = 10000;  ///< quote currency
  bool prove = false;
  ProofOptions proof;
  std::string log_level = "info";
};

struct CheckOptions {
  std::vector<std::filesystem::path> files;
  std::vector<std::pair<std::string, std::string>> settings;
  bool unsafe = false, env_override = false;
};

/// Nothing when help was asked for and printed.
std::optional<RunOptions> read_run_options(Words words, Console& console);
std::optional<CheckOptions> read_check_options(Words words, Console& console);

/// "2024-01-31" (the edge of that day), "2024-01-31T12:30:00Z" or Unix milliseconds.
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
