// The reports of an idea sweep: Markdown and JSON.
#pragma once

#include <nlohmann/json.hpp>
#include <span>
#include <string>

#include "engine/idea_sweep.h"

namespace btk::host {

/// Ends without a line end.
std::string idea_markdown(const SweepResult& result);

/// One member per symbol. Trades are those of the four winners; every other point has its figures. `stopped`: symbols
/// are missing because of an interrupt.
nlohmann::ordered_json idea_document(std::span<const SweepResult> results, bool stopped);

}  // namespace btk::host
