// Runs a recorded paper or live session through a back-test: the same script over
// the candles that the session saw, with everything that reached it from outside
// (verdicts, risk books, commands, minutes that came too late) at the same moments.
// The decisions must come out the same (differences.md 1 to 3).
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "host/journal/journal.h"
#include "lua/script.h"

namespace btk::host {

struct TraderReplay {
  TraderKey key;
  std::string recorded, replayed;   ///< decision lines
  std::vector<Candle> candles;      ///< of the trader's own symbol, as recorded
  /// Symbol and minute of recorded candles that were changed in the journal since.
  std::vector<std::pair<std::string, Timestamp>> altered;
  std::string failure;              ///< one sentence: why it could not be replayed; else empty
  std::size_t script_errors = 0;
};

/// `script` names the files and settings; exchanges are not opened. Throws btk::Error when the journal cannot be read.
std::vector<TraderReplay> replay_session(Journal& journal, const SessionInfo& session, const lua::ScriptOptions& script);

/// What differs, for people: empty when nothing does. Names the recorded candles that were altered since, and the
/// minute, its candle and both lines of the decisions that differ: the first `most` of either for each trader.
std::string decision_diff(const std::vector<TraderReplay>& replays, std::size_t most = 10);

}  // namespace btk::host
