// Texts of a candidate on their way to people, terminals and JSON: valid UTF-8
// without control characters. What is neither becomes "?".
#pragma once

#include <string>
#include <string_view>

namespace btk::optimizer {

/// At most `most` bytes, cut between characters. Line ends and tabs become spaces unless `lines` is set.
std::string printable(std::string_view text, std::size_t most, bool lines = false);

}  // namespace btk::optimizer
