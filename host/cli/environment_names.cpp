#include "host/cli/environment_names.h"

#include <unistd.h>

#include <algorithm>
#include <iterator>
#include <string>
#include <vector>

#include <fmt/ranges.h>

#include "engine/config.h"
#include "engine/text.h"

namespace btk::host {
namespace {

/// Variables that begin like settings and are none (settings_page.cpp tells them).
constexpr std::string_view kOtherVariables[] = {"CC_SYMBOL_LIST", "CC_LLM_API", "CC_LLM_URL", "CC_LLM_MODEL", "CC_LLM_KEY", "CC_LLM_REPLAY",
                                                "CC_LLM_STORE", "CC_ENABLE_THINKING", "CC_ENABLE_DEBUG"};
/// Of backtest-kit's alerts, dashboard and tool server (optimizer-cli.md 2.8): right in an .env that serves both.
constexpr std::string_view kPartsElsewhere[] = {"CC_TELEGRAM_", "CC_WWWROOT_", "CC_QUICKCHART_", "CC_MCP_", "CC_WEBHOOK_"};
constexpr std::string_view kDatabases[] = {"CC_MONGO_", "CC_REDIS_", "CC_POSTGRES_", "CC_MINIO_"};

template <class Prefixes>
bool begins_like(std::string_view name, const Prefixes& prefixes) {
  return std::ranges::any_of(prefixes, [&](std::string_view prefix) { return name.starts_with(prefix); });
}

// In the order of the alphabet, not of the environment.
std::vector<std::string> given_names() {
  std::vector<std::string> names;
  for (char** variable = environ; variable != nullptr && *variable != nullptr; ++variable) {
    const std::string_view text = *variable;
    const auto equals = text.find('=');
    if (text.starts_with("CC_") && equals != std::string_view::npos && equals + 1 < text.size()) names.emplace_back(text.substr(0, equals));
  }
  std::ranges::sort(names);
  return names;
}

}  // namespace

void tell_strange_variables(Console& console) {
  std::vector<std::string_view> known(std::begin(kOtherVariables), std::end(kOtherVariables));
  for (const ConfigKey& key : config_keys()) known.push_back(key.name);
  std::vector<std::string> of_databases;
  for (const std::string& name : given_names()) {
    if (std::ranges::find(known, name) != known.end() || begins_like(name, kPartsElsewhere)) continue;
    if (begins_like(name, kDatabases)) {
      of_databases.push_back(name);
      continue;
    }
    const std::string_view near = nearest(name, known);
    console.note(fmt::format("warning: environment: there is no setting {}, it changes nothing{}", name,
                             near.empty() ? " unless a script reads it" : fmt::format("; did you mean {}?", near)));
  }
  if (of_databases.empty()) return;
  console.note(fmt::format("warning: environment: no database server is used, SQLite serves in its place: {} changes nothing", fmt::join(of_databases, ", ")));
}

}  // namespace btk::host
