// The words after `btkhost test`.
#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "host/cli/console.h"
#include "host/cli/options.h"

namespace btk::host {

struct TestOptions {
  std::vector<std::filesystem::path> paths;  ///< files and folders as given, or those that are there by themselves
  std::string filter;                        ///< part of a test's full name; empty: all
  std::uint64_t seed = 1;
  unsigned jobs = 0;                         ///< files at the same time; 0: one per core
  std::chrono::milliseconds limit{60000};
  std::optional<std::filesystem::path> junit;
  std::vector<std::pair<std::string, std::string>> settings;
  bool list = false, watch = false, coverage = false, unsafe = false, quiet = false, env_override = false;
};

/// Nothing when help was asked for and printed. Throws UsageError.
std::optional<TestOptions> read_test_options(Words words, Console& console);

/// The test files at and below these paths, in the order of their names: files as they are, of folders every *_test.lua and
/// test_*.lua.
std::vector<std::filesystem::path> find_test_files(const std::vector<std::filesystem::path>& paths);

}  // namespace btk::host
