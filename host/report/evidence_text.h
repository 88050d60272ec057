// The verdict over a result and the honest figures behind it as Markdown
// (docs/honest-ranking.md).
#pragma once

#include <cstddef>
#include <functional>
#include <string>

#include "engine/honest_verdict.h"

namespace btk::host {

/// What a trial is called: "fast=10 slow=30".
using TrialName = std::function<std::string(std::size_t trial)>;

/// "## Verdict: likely luck", the reasons as a list, one line per figure. Ends with a line end. `name`: for the table
/// of a walk-forward; without it trials are numbered.
std::string evidence_markdown(const Evidence& evidence, const TrialName& name = {});

}  // namespace btk::host
