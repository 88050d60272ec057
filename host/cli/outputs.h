// The files of a back-test: reports under --out (differences.md 17) and the
// decisions of --events. Files of the same name are replaced, nothing is deleted.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "host/cli/run_pool.h"

namespace btk::host {

/// Writes <out>/backtest/<report name>.md and .csv for every run that was made and returns the paths. Throws btk::Error.
std::vector<std::filesystem::path> write_reports(const std::vector<RunOutcome>& outcomes,
                                                 const std::filesystem::path& out, bool markdown, bool csv);

/// The decision lines of all runs. Several runs each begin with "# <n> <symbol> <strategy> <run hash>"; a decision
/// never begins with "#", and these lines belong to no hash.
std::string events_text(const std::vector<RunOutcome>& outcomes);

}  // namespace btk::host
