// "1 call", "2 calls".
#pragma once

#include <concepts>
#include <string>
#include <string_view>

namespace btk {

/// A number with what it counts; `many` where an s does not make the plural ("tries").
template <std::integral Number>
std::string counted(Number number, std::string_view one, std::string_view many = {}) {
  std::string text = std::to_string(number) + " ";
  if (number == 1) return text.append(one);
  return many.empty() ? text.append(one) + "s" : text.append(many);
}

}  // namespace btk
