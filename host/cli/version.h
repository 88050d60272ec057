#pragma once

#include <string_view>

namespace btk::host {

/// The project's version; tests/cli compares it with the one in CMakeLists.txt.
inline constexpr std::string_view kVersion = "0.1.0";

}  // namespace btk::host
