// The words after `btkhost walker`.
#pragma once

#include <filesystem>
#include <optional>
#include <string>

#include "host/cli/console.h"
#include "host/cli/options.h"
#include "host/cli/report_choice.h"
#include "host/cli/script_choice.h"
#include "host/prove/proof_options.h"

namespace btk::host {

struct WalkerOptions : ScriptChoice, RankingChoice {
  std::optional<std::string> metric;
  bool json = false;
  bool prove = true;
  ProofOptions proof;
};

/// --metric: throws UsageError for a name that is no numeric statistic.
void check_metric(const std::string& metric);

/// Nothing when help was asked for and printed. Throws UsageError.
std::optional<WalkerOptions> read_walker_options(Words words, Console& console);

}  // namespace btk::host
