// A proof for its reader: JSON, Markdown, a line for the summary.
#pragma once

#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "host/prove/prove.h"

namespace btk::host {

/// Nothing in it differs between two equal runs: times are left out.
nlohmann::ordered_json proof_object(const Proof& proof);

/// Lines that end with a line end: what was proven, the decision that saw the future, files, warm-up. `cost`: with the time
/// it took.
std::string proof_lines(const Proof& proof, bool cost);

/// "the proof took 1.50 s, 40.0 times the run"; for stderr.
std::string proof_cost(const Proof& proof);

/// The same as a Markdown list, without the cost; ends with a line end. A decision's lines stand as code.
std::string proof_markdown(const Proof& proof);
/// A section with the proofs of several runs; empty without one.
std::string proofs_markdown(const std::vector<Proof>& proofs);

}  // namespace btk::host
