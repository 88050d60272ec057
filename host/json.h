// JSON documents as this program writes them: their members keep the order in which they were added, and what is
// absent or no finite number is null.
#pragma once

#include <cmath>
#include <nlohmann/json.hpp>
#include <optional>

namespace btk::host {

using Json = nlohmann::ordered_json;

inline Json number_or_null(double value) { return std::isfinite(value) ? Json(value) : Json(nullptr); }
inline Json number_or_null(const std::optional<double>& value) { return value ? number_or_null(*value) : Json(nullptr); }

}  // namespace btk::host
