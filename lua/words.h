// The words of a text for searching (analytics.md 6.4): Unicode NFC, lower case, runs of letters and digits of any
// script (general categories L and N). No stems, no stop words. Lower case is Unicode's simple mapping, one
// character for one.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace btk::lua {

/// In the order of the text, repeats included. Bytes that are no UTF-8 divide words.
std::vector<std::string> words_of(std::string_view text);

bool is_utf8(std::string_view text);

}  // namespace btk::lua
