// What every command that loads scripts can be told about them. Each command has
// the part of it that means something there (script_words.h).
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "engine/time.h"

namespace btk::host {

struct ScriptChoice {
  std::vector<std::filesystem::path> files;
  std::optional<std::string> symbols;  ///< as given, unread
  bool takes_symbols = false;          ///< the command has --symbols, so that CC_SYMBOL_LIST means it, too
  std::string strategy, exchange, frame;
  std::optional<Timestamp> from, to;
  std::vector<std::pair<std::string, std::string>> settings;  ///< --set, in order
  std::vector<std::pair<std::string, std::string>> params;    ///< --param, each name once
  std::uint64_t seed = 1;
  unsigned threads = 0;  ///< 0: one per core
  bool quiet = false, unsafe = false, env_override = false;
  std::vector<std::filesystem::path> env_files;  ///< --env, in order
  std::string log_level = "info";
  std::filesystem::path log_file;  ///< empty: none
};

}  // namespace btk::host
