// The document of the report page (--report html): everything that the page
// shows, as one JSON object. web/report/src/document.ts describes it from the
// page's side; the two belong together.
#pragma once

#include <memory>
#include <nlohmann/json.hpp>
#include <vector>

#include "engine/honest_verdict.h"
#include "host/cli/run_pool.h"
#include "host/prove/prove.h"
#include "lua/walk.h"

namespace btk::host {

/// Of a back-test: all runs together, and each of them. `capital`: what the money figures start with, quote
/// currency. `proofs`: of those that were proven.
nlohmann::ordered_json run_page_document(const std::vector<RunOutcome>& outcomes, double capital,
                                         const std::vector<Proof>& proofs = {});

/// Of a comparison: every strategy with the symbols it was tested on, best first. `sum` as for
/// walker_document.
nlohmann::ordered_json walker_page_document(const std::vector<std::shared_ptr<lua::Walk>>& walks,
                                            const lua::Walk* sum, double capital,
                                            const std::vector<Proof>& proofs = {});

/// The verdict as the page shows it: a word, its reasons, warnings, the interval of the mean trade.
nlohmann::ordered_json page_verdict(const Evidence& evidence);

}  // namespace btk::host
