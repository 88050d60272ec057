// Wrong usage, a script that cannot be loaded, nothing to run: what the user has
// to change before anything can start. The program ends with 2.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include <fmt/format.h>

#include "engine/error.h"
#include "engine/text.h"

namespace btk::host {

class UsageError : public InputError {
 public:
  using InputError::InputError;
};

/// " (did you mean "symbols"?)" with the known name nearest to `name`, or nothing.
inline std::string suggestion(std::string_view name, std::span<const std::string_view> known) {
  const std::string_view near = nearest(name, known);
  return near.empty() ? std::string() : fmt::format(" (did you mean \"{}\"?)", near);
}

}  // namespace btk::host
