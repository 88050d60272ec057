// What a run gave against what was recorded.
#pragma once

#include <nlohmann/json.hpp>
#include <optional>
#include <string>

namespace btk::golden {

using Json = nlohmann::json;

/// The first place where two recordings part.
struct Difference {
  std::string place;          ///< "events[3].pnl.pnlCost"
  std::string expected, got;  ///< the values there, as JSON
  std::string element;        ///< "events[3]": the list element around it, if any
  Json expected_element, got_element;

  /// On one line: place and both values, cut when long.
  std::string brief() const;
  /// Everything, with the elements around the place.
  std::string full() const;
};

/// Integers, texts, booleans and nulls are compared exactly, numbers of which one is a fraction to a relative
/// 1e-9 (absolute 1e-9 near zero). Lists compare in order, except "reasons", which is a set. A key
/// that only one side has is a difference.
std::optional<Difference> first_difference(const Json& expected, const Json& got,
                                           const std::string& place = {});

}  // namespace btk::golden
