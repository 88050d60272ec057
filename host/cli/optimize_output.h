// What `btkhost optimize` makes of a contest: the manifest with results, the
// report, the promoted winner.
#pragma once

#include <filesystem>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>

#include "engine/honest_verdict.h"
#include "optimizer/contest.h"

namespace btk::host {

/// Puts results on the test (and training) range, the controls and the best one into the manifest of one symbol.
void add_results(nlohmann::json& manifest, const optimizer::ContestResult& contest);

/// The section "Evaluation" of the report: the table, the verdict, the controls, the warnings.
std::string evaluation_markdown(const nlohmann::json& manifest, const optimizer::ContestResult& contest,
                                std::optional<Timestamp> model_cutoff);

/// The winner as a script of its own: its exchange and frame, its symbol, and the strategy, without the mark of a
/// generated file. Paths are as seen from `target`. `text` is the generated file, `folder` the one it lies in.
std::string promoted_text(const nlohmann::json& manifest, std::size_t winner, const std::string& text,
                          const std::filesystem::path& folder, const std::filesystem::path& target);

/// A Lua literal that reads back byte for byte.
std::string lua_literal(const std::string& text);

/// A manifest as it is written: one space per level, keys in order.
std::string manifest_text(const nlohmann::json& manifest);

}  // namespace btk::host
