// What a back-test came to, for a reader at a terminal.
#pragma once

#include <string>
#include <vector>

#include "host/cli/run_pool.h"

namespace btk::host {

struct SummaryOptions {
  double capital = 10000;  ///< what the money lines start with, quote currency
  bool color = false;
};

/// One column per run, a line about all of them together, the hashes. Ends with a line end.
std::string summary_text(const std::vector<RunOutcome>& outcomes, const SummaryOptions& options);

/// Lines for stderr about what the numbers do not say: script errors ("3 script errors in get_signal (first:
/// strategy.lua:40: ...)"), failures, data that ended early, results that other machines may not reproduce.
std::vector<std::string> remarks(const std::vector<RunOutcome>& outcomes);

/// 0 when all went well, 1 when a run failed or had script errors, 2 when none could begin with the files that were given.
int exit_code(const std::vector<RunOutcome>& outcomes);

}  // namespace btk::host
