// The document of --json (lua-api.md, "Command line"): snake_case keys in a fixed
// order, null for what is absent, and nothing that differs between two equal runs.
#pragma once

#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "host/cli/run_pool.h"
#include "host/prove/prove.h"
#include "lua/walk.h"

namespace btk::host {

/// `proofs`: a member of its own, when they were asked for.
nlohmann::ordered_json run_document(const std::vector<RunOutcome>& outcomes, const std::vector<Proof>* proofs = nullptr);

/// A line per closed or cancelled signal, oldest first, each ended by "\n": { reportName, data, symbol, ..., timestamp } as in
/// the files of events (analytics.md 2.5); `data` is what the document above says of the signal.
std::string signal_lines(const std::string& kind, const lua::RunReport& report);

/// The document of `btkhost walker --json`: one member of `walks` per symbol, then the sum over several symbols.
/// `stopped`: an interrupt came before all strategies were tested.
nlohmann::ordered_json walker_document(const std::vector<std::shared_ptr<lua::Walk>>& walks, const lua::Walk* sum,
                                       const std::vector<RunOutcome>& outcomes, bool stopped);

/// The statistics as one object, every field, null for what is absent.
nlohmann::ordered_json stats_object(const TradeStats& stats);

/// One line of JSON. Numbers are written as everywhere in this program: the shortest text that reads back to the
/// same double, whole ones without ".0"; what is no finite number is null. Bytes that are not UTF-8 become U+FFFD.
std::string json_text(const nlohmann::ordered_json& document);

}  // namespace btk::host
