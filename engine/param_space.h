// What a strategy says a sweep may vary: axes with their values, and the grid that
// they span. A point of the grid is a number: the first axis changes slowest, the
// last one fastest.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <variant>
#include <vector>

namespace btk {

using ParamValue = std::variant<bool, double, std::string>;

/// The text that sets the value on a command line: "5", "true", "slow".
std::string param_text(const ParamValue& value);

struct ParamAxis {
  std::string name;
  std::vector<ParamValue> values;  ///< at least one, no two alike
  bool ordered = false;            ///< neighbours in the list are alike: a range, not a choice
};

class ParamSpace {
 public:
  /// Sorts the axes by name. Throws btk::Error when the grid has more than 2^53 points.
  explicit ParamSpace(std::vector<ParamAxis> axes);

  const std::vector<ParamAxis>& axes() const { return axes_; }
  /// Points of the grid; 1 without axes.
  std::uint64_t size() const { return size_; }
  /// Index of the point's value on each axis.
  std::vector<std::size_t> coordinates(std::uint64_t point) const;
  std::uint64_t point(const std::vector<std::size_t>& coordinates) const;
  const ParamValue& value(std::uint64_t point, std::size_t axis) const;

 private:
  std::vector<ParamAxis> axes_;
  std::uint64_t size_ = 1;
};

}  // namespace btk
