#include "host/cli/options.h"

#include <algorithm>
#include <charconv>
#include <cstring>
#include <fstream>

#include <fmt/format.h>

#include "engine/config.h"
#include "host/cli/parser.h"
#include "host/cli/usage_error.h"
#include "host/report/report_page.h"

namespace btk::host {
namespace {

constexpr std::string_view kLogLevels[] = {"trace", "debug", "info", "warn", "error", "off"};
/// 1973-03-03: smaller numbers are no milliseconds that anybody means.
constexpr Timestamp kFirstMoment = 100'000'000'000;

}  // namespace

std::pair<std::string, std::string> read_setting(const std::string& text) {
  const auto equals = text.find('=');
  if (equals == std::string::npos || equals == 0) {
    throw UsageError(fmt::format("--set {}: write it as CC_KEY=VALUE, for instance CC_PERCENT_FEE=0.05", text));
  }
  std::pair<std::string, std::string> setting{text.substr(0, equals), text.substr(equals + 1)};
  Config scratch;
  try {
    set_from_text(scratch, setting.first, setting.second);
  } catch (const Error& e) {
    throw UsageError(fmt::format("--set: {}", e.what()));
  }
  return setting;
}

std::filesystem::path required_page() {
  try {
    return report_page_template();
  } catch (const Error& e) {
    throw UsageError(e.what());
  }
}

Timestamp read_moment(const std::string& text, DayEdge edge, const std::string& option) {
  Timestamp ms = 0;
  const auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), ms);
  if (problem == std::errc() && end == text.data() + text.size()) {
    if (ms >= kFirstMoment) return ms;
    throw UsageError(fmt::format("{} {}: as Unix milliseconds that is {}; write 2024-01-31, 2024-01-31T12:30:00Z or milliseconds such as 1704067200000",
                                 option, text, ms < 0 ? "before 1970" : format_iso(ms)));
  }
  if (const auto date = parse_date(text, edge)) return *date;
  throw UsageError(
      fmt::format("{} {}: not a date; write 2024-01-31, 2024-01-31T12:30:00Z or Unix milliseconds", option, text));
}

lua::ExplainWish read_window(const std::string& text) {
  const std::size_t dots = text.find("..");
  const std::string from = text.substr(0, dots), to = dots == std::string::npos ? from : text.substr(dots + 2);
  if (from.empty() || to.empty()) {
    throw UsageError(fmt::format("--explain {}: write FROM..TO, for instance 2024-01-05T08:00..2024-01-05T12:00", text));
  }
  lua::ExplainWish wish;
  wish.from = read_moment(from, DayEdge::first_minute, "--explain");
  wish.to = read_moment(to, DayEdge::last_minute, "--explain");
  if (wish.to < wish.from) throw UsageError(fmt::format("--explain {}: the end lies before the start", text));
  return wish;
}

std::vector<std::pair<std::string, std::string>> read_params(const std::vector<std::string>& texts) {
  std::vector<std::pair<std::string, std::string>> params;
  for (const std::string& text : texts) {
    const auto equals = text.find('=');
    if (equals == std::string::npos || equals == 0) {
      throw UsageError(fmt::format("--param {}: write it as NAME=VALUE, for instance fast=20", text));
    }
    const std::string name = text.substr(0, equals);
    if (std::ranges::count(params, name, [](const auto& p) { return p.first; }) > 0) {
      throw UsageError(fmt::format("--param {}: {} is given twice", text, name));
    }
    params.emplace_back(name, text.substr(equals + 1));
  }
  return params;
}

void check_log_level(const std::string& level) {
  if (std::find(std::begin(kLogLevels), std::end(kLogLevels), level) != std::end(kLogLevels)) return;
  throw UsageError(fmt::format("--log-level: there is no level \"{}\"{}; there are trace, debug, info, warn, error, off",
                               level, suggestion(level, kLogLevels)));
}

void check_files(const std::vector<std::filesystem::path>& files, std::string_view command) {
  if (files.empty()) throw UsageError(fmt::format("btkhost {}: script file is required", command));
  for (const auto& file : files) {
    const auto refuse = [&](const char* why) {
      throw UsageError(fmt::format("cannot open {}: {}", file.string(), why));
    };
    std::error_code ignored;
    if (file.empty()) throw UsageError(fmt::format("btkhost {}: the name of a script file is empty", command));
    if (std::filesystem::is_directory(file, ignored)) refuse(std::strerror(EISDIR));
    errno = 0;
    if (!std::ifstream(file)) refuse(std::strerror(errno != 0 ? errno : ENOENT));
  }
}

}  // namespace btk::host
