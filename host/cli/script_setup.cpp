#include "host/cli/script_setup.h"

#include <cstdlib>

#include "engine/config.h"
#include "host/cli/usage_error.h"

namespace btk::host {

std::vector<std::pair<std::string, std::string>> environment_settings() {
  std::vector<std::pair<std::string, std::string>> settings;
  for (const ConfigKey& key : config_keys()) {
    const std::string name(key.name);
    const char* value = std::getenv(name.c_str());
    if (value == nullptr) continue;
    Config scratch;
    try {
      set_from_text(scratch, name, value);
    } catch (const Error& e) {
      throw UsageError(fmt::format("environment: {}", e.what()));
    }
    settings.emplace_back(name, value);
  }
  return settings;
}

void load_or_refuse(lua::Script& script) {
  try {
    script.load();
  } catch (const lua::ScriptFailure& e) {
    if (e.error().stop == lua::StopReason::interrupted) throw;
    throw UsageError(e.what());
  } catch (const Error& e) {
    throw UsageError(e.what());
  }
}

}  // namespace btk::host
