// Other programs that the benchmark starts: the product itself and the shared
// yardsticks, timed from outside.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace btk::bench {

struct ProcessResult {
  int status = 0;          ///< exit code, -1 when it could not be started or was killed
  double wall = 0;         ///< s
  double cpu = 0;          ///< s, user and system
  double peak_mb = 0;      ///< largest resident size
  std::string output{};    ///< stdout
};

/// Runs `command` (found in PATH) in `folder` with these NAME=VALUE settings added to the environment.
ProcessResult run_process(const std::vector<std::string>& command, const std::filesystem::path& folder,
                          const std::vector<std::string>& environment = {});

/// The program `btkhost` beside this one; nothing when it was not built.
std::optional<std::filesystem::path> product_program();

/// Resident size of this process now, in MB.
double resident_mb();

}  // namespace btk::bench
