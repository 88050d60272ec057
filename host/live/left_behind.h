// Positions and orders of earlier sessions that nobody follows any more.
#pragma once

#include <string>
#include <vector>

#include "host/journal/journal.h"

namespace btk::host {

/// One sentence for each trader of an earlier session that is not in this one and still has a position, an order or a
/// question at the exchange. Throws btk::Error when the journal cannot be read.
std::vector<std::string> left_behind(Journal& journal, const std::vector<TraderKey>& traders);

}  // namespace btk::host
