// One command's options, read strictly: an unknown option is an error that names
// the nearest known one (with real money a typo must not be ignored). Everything
// wrong is a UsageError with one line.
#pragma once

#include <CLI/CLI.hpp>
#include <string>

#include "host/cli/console.h"
#include "host/cli/options.h"

namespace btk::host {

/// The one word with which `btkhost completion` asks a command for its options: each is printed as
/// "--name,--other<tab>VALUE or nothing<tab>what it is". So the completions cannot differ from what is read.
inline constexpr std::string_view kListOptions = "--list-options";

class Parser {
 public:
  /// `what` and `example` are shown by --help.
  Parser(const std::string& name, const std::string& what, std::string example);

  CLI::App& app() { return app_; }

  /// False when help (or the list of options) was asked for; it is printed then.
  bool parse(Words words, Console& console);

 private:
  void list_options(Console& console) const;
  [[noreturn]] void reject(const std::string& given) const;

  CLI::App app_;
  std::string name_, example_;
  bool help_ = false;
};

}  // namespace btk::host
