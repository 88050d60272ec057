// The verdict over a result and the honest figures behind it as Markdown
// (docs/honest-ranking.md).
#pragma once

#include <string>

#include "engine/honest_verdict.h"

namespace btk::host {

/// "## Verdict: likely luck", the reasons as a list, one line per figure. Ends with a line end.
std::string evidence_markdown(const Evidence& evidence);

}  // namespace btk::host
