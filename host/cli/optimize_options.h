// The words after `btkhost optimize`.
#pragma once

#include <filesystem>
#include <optional>
#include <string>

#include "host/cli/console.h"
#include "host/cli/llm_setup.h"
#include "host/cli/options.h"
#include "host/cli/script_choice.h"
#include "host/prove/proof_options.h"

namespace btk::host {

struct OptimizeOptions : ScriptChoice {
  std::string optimizer, kind, metric, prefix;
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
  bool json = false;
};

/// Nothing when help was asked for and printed. Throws UsageError.
std::optional<OptimizeOptions> read_optimize_options(Words words, Console& console);

}  // namespace btk::host
