// A proof for its reader: JSON, Markdown, a line for the summary.
#pragma once

#include <string>

#include <nlohmann/json.hpp>

#include "host/prove/prove.h"

namespace btk::host {

/// Nothing in it differs between two equal runs: times are left out.
nlohmann::ordered_json proof_object(const Proof& proof);

/// Lines that end with a line end: what was proven, the decision that saw the future, files, warm-up. `cost`: with the time
/// it took.
std::string proof_lines(const Proof& proof, bool cost);

/// The same as a Markdown list, without the cost; ends with a line end. A decision's lines stand as code.
std::string proof_markdown(const Proof& proof);

}  // namespace btk::host
