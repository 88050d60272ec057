// Positions and orders of earlier sessions that nobody follows any more.
#pragma once

#include <string>
#include <vector>

#include "host/journal/journal.h"

namespace btk::host {

/// What a trader's state holds: "an open long at 100", "a waiting ...", "an unconfirmed ..."; empty: nothing.
std::string held_by(const TraderState& state);

/// One sentence for each trader of an earlier session that is not in this one and still has a position, an order or a
/// question at the exchange. Throws btk::Error when the journal cannot be read.
std::vector<std::string> left_behind(Journal& journal, const std::vector<TraderKey>& traders);

/// One sentence for each trader of all sessions that holds something: nobody looks after it while nothing runs. Throws
/// btk::Error when the journal cannot be read.
std::vector<std::string> unwatched(Journal& journal);

/// One sentence for each of these traders that holds something which a broker opened at an exchange, as its fills tell: without
/// a broker it would be closed in the books and stay there. Throws btk::Error when the journal cannot be read.
std::vector<std::string> needs_broker(Journal& journal, const std::vector<TraderKey>& traders);

}  // namespace btk::host
