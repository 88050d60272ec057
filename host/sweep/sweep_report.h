// The reports of a parameter sweep: Markdown and JSON.
#pragma once

#include <cstddef>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>

#include "host/sweep/sweep_result.h"

namespace btk::host {

/// "grid, 96 of 96 points"
std::string search_text(const ParamSweepResult& result);
/// "btkhost run ... --param fast=10 --param slow=30"
std::string run_command_text(const ParamSweepResult& result, std::uint64_t point);
nlohmann::ordered_json param_json(const ParamValue& value);
/// SHA-256 over the run hashes of the trials, in the order of the search.
std::string sweep_hash(const ParamSweepResult& result);

/// `top`: lines of the ranking. Ends without a line end.
std::string sweep_markdown(const ParamSweepResult& result, std::size_t top);

/// Nothing in it depends on the number of threads, or on what the ledger had before. Without `top` all trials are ranked.
nlohmann::ordered_json sweep_document(const ParamSweepResult& result, std::optional<std::size_t> top);

/// What went wrong in the trials: each message once, with how many trials it was in and the first of them.
struct SweepProblem {
  std::string message;
  std::size_t trials = 0;
  std::uint64_t first_point = 0;
};
std::vector<SweepProblem> sweep_problems(const ParamSweepResult& result);

/// In how many trials signals were refused or rejected, and the first reason: one sentence for each of the two, or none.
/// Trials that a ledger has from before it kept this have none.
std::vector<std::string> sweep_turned_away(const ParamSweepResult& result);

}  // namespace btk::host
