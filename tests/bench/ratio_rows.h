// The table that `bench --ratios` prints, row by row.
#pragma once

#include <cstdio>
#include <string>
#include <string_view>

#include <fmt/format.h>

namespace btk::bench {

inline void heading(std::string_view title) { fmt::print("\n{:<52}{:>10}{:>10}{:>12}\n", title, "goal", "stretch", "measured"); }

inline void row(std::string_view what, std::string_view goal, std::string_view stretch, const std::string& measured) {
  fmt::print("{:<52}{:>10}{:>10}{:>12}\n", what, goal, stretch, measured);
  std::fflush(stdout);
}

inline std::string times(double ratio) { return fmt::format("{:.2f}x", ratio); }
inline std::string ms(double seconds) { return fmt::format("{:.1f} ms", seconds * 1e3); }

}  // namespace btk::bench
