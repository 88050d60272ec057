// The words after `btkhost optimize`.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "host/cli/llm_setup.h"
#include "host/cli/console.h"
#include "host/cli/options.h"

namespace btk::host {

struct OptimizeOptions {
  std::vector<std::filesystem::path> files;
  std::optional<std::string> symbols;
  std::string optimizer, exchange, kind, metric, prefix;
  std::filesystem::path out = "generated";
  bool evaluate = true, eval_train = false, anonymize = false, dry_run = false;
  bool in_process = false;     ///< --isolate none: candidates run in this process
  std::optional<std::filesystem::path> promote;
  std::int64_t min_trades = 10;
  std::optional<std::int64_t> controls;  ///< shuffled markets; nothing: the usual number of the kind
  std::optional<Timestamp> model_cutoff;
  LlmWords llm;
  std::filesystem::path ledger;
  bool no_ledger = false;
  bool prove = true;           ///< the winner did not see the future
  ProofOptions proof;
  std::vector<std::pair<std::string, std::string>> settings;
  std::uint64_t seed = 1;
  unsigned threads = 0;        ///< 0: one per core
  bool json = false, quiet = false, env_override = false;
  std::string log_level = "info";
};

/// Nothing when help was asked for and printed. Throws UsageError.
std::optional<OptimizeOptions> read_optimize_options(Words words, Console& console);

}  // namespace btk::host
