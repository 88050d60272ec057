// Small text helpers shared by error messages and number output.
#pragma once

#include <span>
#include <string>
#include <string_view>

namespace btk {

/// Shortest decimal text that reads back as the same double, without an exponent sign "+"
/// ("0.1", "1e-7", "1e21"); "NaN", "Infinity", "-Infinity" for the others. Negative zero is "0".
std::string shortest(double value);

/// Decimal text with exactly `digits` after the point, as JavaScript's toFixed gives it: from the exact binary
/// value, ties away from zero. A value that rounds to zero keeps its minus unless it is itself zero.
std::string fixed(double value, int digits);

/// The known name most like `name` (edit distance at most a third of its length, or one inside the other);
/// empty when none is near.
std::string_view nearest(std::string_view name, std::span<const std::string_view> known);

}  // namespace btk
