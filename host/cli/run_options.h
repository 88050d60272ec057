// The words after `btkhost run`.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "host/cli/console.h"
#include "host/cli/options.h"
#include "host/cli/script_choice.h"
#include "host/prove/proof_options.h"

namespace btk::host {

struct RunOptions : ScriptChoice {
  std::vector<std::pair<std::string, std::string>> params;  ///< --param, each name once
  bool json = false, no_color = false, fail_fast = false;
  std::optional<std::filesystem::path> events;
  std::optional<lua::ExplainWish> explain{};
  std::filesystem::path out = "dump";
  bool markdown = true, csv = true;
  std::optional<std::filesystem::path> page;  ///< --report html: the template of the page
  std::vector<std::string> kinds;  ///< further reports of --report: "heat", "schedule", ...
  double capital = 10000;  ///< quote currency
  bool prove = false;
  ProofOptions proof;
};

/// Nothing when help was asked for and printed. Throws UsageError.
std::optional<RunOptions> read_run_options(Words words, Console& console);

}  // namespace btk::host
