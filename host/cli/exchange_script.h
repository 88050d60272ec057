// A script that a command loads for its exchange alone: dump, pnldebug, cache warm.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include <spdlog/logger.h>

#include "host/cli/console.h"
#include "host/cli/interrupt.h"
#include "host/cli/script_setup.h"
#include "host/net/http_client.h"
#include "lua/script.h"

namespace btk::host {

/// Which exchange of which files.
struct ExchangeChoice {
  std::vector<std::filesystem::path> files;
  Settings settings;
  std::string exchange;  ///< empty: the first registered
  bool unsafe = false;
};

class ExchangeScript {
 public:
  /// Loads the files. Everything given but the choice outlives the object. Throws UsageError.
  ExchangeScript(const ExchangeChoice& choice, Console& console, spdlog::logger& logger, Interrupt& interrupt);

  lua::Script& script() { return script_; }
  const lua::ScriptExchange& exchange() const { return exchange_; }

 private:
  net::HttpClient http_;
  lua::ScriptOptions options_;
  lua::Script script_;
  Interrupt::Watch watch_;
  lua::ScriptExchange exchange_;
};

/// The exchange that the script's options name. Throws UsageError without one.
lua::ScriptExchange exchange_or_refuse(lua::Script& script);

}  // namespace btk::host
