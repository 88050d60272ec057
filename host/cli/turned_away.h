// How the outputs of a run tell of signals that came to nothing: refused because they
// broke a rule, or rejected by a risk profile.
#pragma once

#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "lua/run.h"

namespace btk::host {

/// "2 signals that broke a rule; first 2024-01-01 01:00: the stop is too near". Not for a count of zero.
std::string refused_text(const TurnedAway& refused);
/// "1 time by a risk profile; first ...". Not for a count of zero.
std::string rejected_text(const TurnedAway& rejected);

/// One sentence for each of the two that happened: "refused: 2 signals that broke a rule; first ...".
std::vector<std::string> turned_away_sentences(const TurnedAway& refused, const TurnedAway& rejected);
/// Of a run; one that asked for signals and got none says that instead.
std::vector<std::string> turned_away_sentences(const lua::RunReport& report);

/// Was get_signal asked over the whole frame, without error, and gave nothing?
bool never_signalled(const lua::RunReport& report);

/// Adds those of another run; of two that were first at the same moment the one that is there already stays.
void add_turned_away(TurnedAway& all, const TurnedAway& more);

/// { count, first_at, first }, or null when there were none.
nlohmann::ordered_json turned_away_object(const TurnedAway& away);

}  // namespace btk::host
