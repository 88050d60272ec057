// What a command that loads scripts works with: the environment of its .env files,
// the log, Ctrl-C and the exchanges.
#pragma once

#include <spdlog/logger.h>

#include <memory>

#include "host/cli/console.h"
#include "host/cli/exchanges.h"
#include "host/cli/interrupt.h"
#include "host/cli/script_choice.h"
#include "lua/script.h"

namespace btk::host {

/// Lines of --log-level; --quiet leaves warnings and errors. The console must outlive the logger.
std::shared_ptr<spdlog::logger> make_logger(Console& console, const ScriptChoice& choice);

class ScriptHost {
 public:
  /// `console` must outlive the object. Throws UsageError for .env files that do not read.
  ScriptHost(const ScriptChoice& choice, Console& console);

  /// Options of a script, filled with what the choice says; scripts print to stderr. The object must outlive the script.
  lua::ScriptOptions script_options(const ScriptChoice& choice);

  spdlog::logger& logger() { return *logger_; }
  Interrupt& interrupt() { return interrupt_; }
  Exchanges& exchanges() { return exchanges_; }

 private:
  Console& console_;
  std::shared_ptr<spdlog::logger> logger_;
  Interrupt interrupt_;
  Exchanges exchanges_;
};

}  // namespace btk::host
