// One command's options, read strictly: an unknown option is an error that names
// the nearest known one (with real money a typo must not be ignored). Everything
// wrong is a UsageError with one line.
#pragma once

#include <CLI/CLI.hpp>
#include <string>

#include "host/cli/console.h"
#include "host/cli/options.h"

namespace btk::host {

class Parser {
 public:
  /// `what` and `example` are shown by --help.
  Parser(const std::string& name, const std::string& what, std::string example);

  CLI::App& app() { return app_; }

  /// False when help was asked for; it is printed then.
  bool parse(Words words, Console& console);

 private:
  [[noreturn]] void reject(const std::string& given) const;

  CLI::App app_;
  std::string name_, example_;
  bool help_ = false;
};

}  // namespace btk::host
