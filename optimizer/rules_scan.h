// Looks at a program text that a model wrote, without running it. The text is the
// body of function(symbol, when, price, c).
#pragma once

#include <string>
#include <string_view>

namespace btk::optimizer {

inline constexpr std::size_t kLargestBody = 16 * 1024;

/// What is wrong with the body, as a sentence for its author; empty: nothing. It must be valid UTF-8 of at most 16 KiB,
/// compile as a body (nothing in it ends the function early), write no globals, and read none but those of the standard
/// library that computing needs. Globals are found in the compiled code. Throws btk::Error without memory.
std::string rules_defect(std::string_view body);

}  // namespace btk::optimizer
