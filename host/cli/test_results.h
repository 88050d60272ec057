// What came of test files, for people, for JUnit readers and as coverage.
#pragma once

#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "lua/test_file.h"

namespace btk::host {

using TestStatus = lua::TestResult::Status;

struct TestFileOutcome {
  std::filesystem::path file;
  std::vector<std::pair<lua::TestCase, lua::TestResult>> tests;  ///< those that were run
  std::optional<lua::TestResult> failure;                       ///< the file itself did not load
  std::vector<std::string> printed;                             ///< what the scripts printed
  std::map<std::string, lua::CoveredFile> coverage;
  std::vector<std::filesystem::path> files;                     ///< everything that was read
  double seconds = 0;
};

struct TestCounts {
  std::size_t passed = 0, failed = 0, pending = 0, files = 0;
};
TestCounts count(const std::vector<TestFileOutcome>& outcomes);

/// One failing test: place, name, message, expected, actual, candle.
std::string failure_text(const lua::TestCase& test, const lua::TestResult& result);

/// "12 passed, 1 failed, 2 pending in 3 files"
std::string counts_text(const TestCounts& counts);

/// JUnit's XML as build servers read it.
std::string junit_text(const std::vector<TestFileOutcome>& outcomes);

/// A table: file, lines, share, the missed ones. The test files themselves are left out.
std::string coverage_text(const std::vector<TestFileOutcome>& outcomes);

}  // namespace btk::host
