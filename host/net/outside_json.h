// JSON that came from outside: answers of models and servers, files that somebody
// wrote, questions over a socket. nlohmann's parser takes any depth, but printing
// and copying a value call themselves once per level: a few hundred kilobytes of
// brackets would end the process.
#pragma once

#include <nlohmann/json.hpp>
#include <string_view>

#include "engine/error.h"

namespace btk::net {

/// How deep lists and objects may lie in each other, as in btk.json.decode.
inline constexpr int kDeepestJson = 200;

/// What is wrong with a text, to be read behind its name: "is nested deeper than 200 levels".
class BadJson : public Error {
 public:
  using Error::Error;
};

/// Throws BadJson when the brackets of `text` lie deeper than kDeepestJson.
void refuse_deep_json(std::string_view text);

/// Throws BadJson: what the parser had to say, in words of ours.
[[noreturn]] void refuse_json(const nlohmann::json::exception& problem);

/// The value of `text`. Throws BadJson.
template <typename Json = nlohmann::json>
Json parse_json(std::string_view text) {
  refuse_deep_json(text);
  try {
    return Json::parse(text);
  } catch (const nlohmann::json::exception& problem) {
    refuse_json(problem);
  }
}

/// The value of `text`, or a discarded one.
template <typename Json = nlohmann::json>
Json try_json(std::string_view text) {
  try {
    return parse_json<Json>(text);
  } catch (const BadJson&) {
    return Json(Json::value_t::discarded);
  }
}

}  // namespace btk::net
