// The words after `btkhost walker`.
#pragma once

#include <filesystem>
#include <optional>
#include <string>

#include "host/cli/console.h"
#include "host/cli/options.h"
#include "host/cli/script_choice.h"
#include "host/prove/proof_options.h"

namespace btk::host {

struct WalkerOptions : ScriptChoice {
  std::optional<std::string> metric;
  bool json = false;
  std::string save;    ///< "json", "md" or empty: the report goes to stdout
  std::string output;  ///< name of the saved file; empty: made from symbol and time
  std::filesystem::path out = "dump";
  std::optional<std::filesystem::path> page;  ///< --report html: the template of the page
  double capital = 10000;                     ///< of the page's money figures, quote currency
  bool prove = true;
  ProofOptions proof;
};

/// --metric: throws UsageError for a name that is no numeric statistic.
void check_metric(const std::string& metric);

/// Nothing when help was asked for and printed. Throws UsageError.
std::optional<WalkerOptions> read_walker_options(Words words, Console& console);

}  // namespace btk::host
