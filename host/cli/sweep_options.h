// The words after `btkhost sweep`.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>

#include "engine/honest_folds.h"
#include "engine/param_search.h"
#include "host/cli/console.h"
#include "host/cli/options.h"
#include "host/cli/report_choice.h"
#include "host/cli/script_choice.h"
#include "host/prove/proof_options.h"

namespace btk::host {

/// `files` are the scripts.
struct SweepOptions : ScriptChoice, RankingChoice {
  bool params = false;                         ///< parameters of a strategy; else trade ideas
  std::filesystem::path ideas, config;         ///< of an idea sweep; config may be empty
  SearchKind search = SearchKind::grid;
  std::uint64_t trials = 100;
  std::string metric;
  std::optional<std::size_t> top;
  std::optional<FoldKind> walk_forward;  ///< none: no walk-forward analysis
  std::size_t folds = 5;                 ///< tests of it
  double embargo = 0;                    ///< ms before each test that belong to nobody
  bool prove = true;                     ///< the best point
  ProofOptions proof{};
  std::filesystem::path ledger;
  bool json = false;
};

/// Nothing when help was asked for and printed. Throws UsageError.
std::optional<SweepOptions> read_sweep_options(Words words, Console& console);

// The two kinds of sweep; they return the exit code.
int param_sweep_command(const SweepOptions& options, Console& console);
int idea_sweep_command(const SweepOptions& options, Console& console);

}  // namespace btk::host
