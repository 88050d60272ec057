// The options that commands share, each worded, read and checked in one place. A
// command names those that it has, in the order of its --help:
//
//   ScriptWords words(parser.app(), o);
//   words.files("run").symbols().range().settings();
//   ...
//   if (!parser.parse(...)) return std::nullopt;
//   words.read();
#pragma once

#include <CLI/CLI.hpp>
#include <cstdint>
#include <string>
#include <vector>

#include "host/cli/script_choice.h"

namespace btk::host {

/// A whole number from 0 to 2^64 - 1. Throws UsageError.
std::uint64_t read_seed(const std::string& text);

class ScriptWords {
 public:
  /// `choice` is filled by read(), except for what CLI11 fills by itself. Both outlive the object.
  ScriptWords(CLI::App& app, ScriptChoice& choice) : app_(app), choice_(choice) {}
  ScriptWords(const ScriptWords&) = delete;
  ScriptWords& operator=(const ScriptWords&) = delete;

  /// At least one script, for `btkhost <command>`.
  ScriptWords& files(std::string command, const std::string& what = "Lua files, loaded in order into one registry");
  ScriptWords& symbols();
  ScriptWords& strategy();
  ScriptWords& exchange();
  ScriptWords& frame();
  /// --from and --to
  ScriptWords& range();
  ScriptWords& settings(const std::string& what = "engine setting CC_KEY=VALUE; wins over the script and the environment");
  ScriptWords& params();
  ScriptWords& seed(const std::string& what = "where random numbers and ids start; default 1");
  ScriptWords& threads(const std::string& names = "--threads", const std::string& what = "runs at the same time; default: one per core");
  ScriptWords& quiet(const std::string& what = "no progress, only warnings and errors on stderr");
  ScriptWords& unsafe();
  /// --env-override and --env
  ScriptWords& env_override();
  /// --log-level and --log-file
  ScriptWords& log_level();

  /// After the words were parsed. Throws UsageError.
  void read();
  bool seed_given() const { return seed_option_ != nullptr && seed_option_->count() > 0; }

 private:
  void read_range();
  void read_given_seed();
  void read_threads();

  CLI::App& app_;
  ScriptChoice& choice_;
  std::string command_, symbols_, from_, to_, seed_, threads_;
  std::vector<std::string> files_, settings_, params_, env_files_;
  CLI::Option *symbol_option_ = nullptr, *seed_option_ = nullptr, *thread_option_ = nullptr;
};

}  // namespace btk::host
