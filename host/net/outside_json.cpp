#include "host/net/outside_json.h"

#include <fmt/format.h>

#include <string>

namespace btk::net {

void refuse_deep_json(std::string_view text) {
  int depth = 0;
  bool in_text = false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (in_text) {
      if (c == '\\') ++i;
      if (c == '"') in_text = false;
    } else if (c == '"') {
      in_text = true;
    } else if (c == '[' || c == '{') {
      if (++depth > kDeepestJson) throw BadJson(fmt::format("is nested deeper than {} levels", kDeepestJson));
    } else if (c == ']' || c == '}') {
      --depth;
    }
  }
}

void refuse_json(const nlohmann::json::exception& problem) {
  constexpr int kNumberTooLarge = 406;
  constexpr std::size_t kEnough = 300;
  // "[json.exception.parse_error.101] parse error at line 1, column 4: ..."
  // "[json.exception.out_of_range.406] number overflow parsing '1e999'"
  std::string why = problem.what();
  if (const auto from = why.find("] "); from != std::string::npos) why.erase(0, from + 2);
  if (problem.id == kNumberTooLarge) {
    const auto from = why.find('\''), to = why.rfind('\'');
    const std::string number = from < to ? why.substr(from + 1, to - from - 1) : why;
    throw BadJson(fmt::format("holds a number that is too large: {}", number.substr(0, 40)));
  }
  throw BadJson("is not valid JSON: " + why.substr(0, kEnough));
}

}  // namespace btk::net
