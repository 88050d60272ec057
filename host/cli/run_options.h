// The words after `btkhost run`.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "host/cli/console.h"
#include "host/cli/options.h"
#include "host/cli/report_choice.h"
#include "host/cli/script_choice.h"
#include "host/prove/proof_options.h"

namespace btk::host {

struct RunOptions : ScriptChoice, ReportChoice {
  bool json = false, no_color = false, fail_fast = false;
  bool watch = false;    ///< again whenever a file of the script changes
  bool verbose = false;  ///< every signal is told, and every load of candles
  std::optional<std::filesystem::path> events;
  std::optional<lua::ExplainWish> explain{};
  bool prove = false;
  ProofOptions proof;
};

/// Nothing when help was asked for and printed. Throws UsageError.
std::optional<RunOptions> read_run_options(Words words, Console& console);

}  // namespace btk::host
