// What the journal keeps, as JSON and back. Field names are those of the reference (camelCase, `_entry`,
// `_peak`); ours stand beside them. A round trip gives the same value: doubles to the bit, infinities (the
// positive one is null, as the reference writes it), texts to the byte. Unknown fields are ignored and
// missing ones keep their defaults; anything else that does not fit throws btk::Error.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "host/journal/journal.h"
#include "host/json.h"

namespace btk::host {

/// T: Signal, SignalRequest, OpenQuestion, TraderState, FinishedSignal, Candle (a list of six numbers), Gap,
/// RiskHold, Heritage, lua::RunInput, TraderKey, SessionInfo, std::string, or a std::vector of some of these.
template <typename T>
struct Codec {
  static Json encode(const T& value);
  static T decode(const Json& json);
};

/// Compact text, one line.
std::string dump_json(const Json& json);
/// Throws btk::Error for what is no JSON.
Json parse_json(std::string_view text);

template <typename T>
Json encode(const T& value) {
  return Codec<T>::encode(value);
}
template <typename T>
T decode(const Json& json) {
  return Codec<T>::decode(json);
}
template <typename T>
std::string encode_text(const T& value) {
  return dump_json(Codec<T>::encode(value));
}
template <typename T>
T decode_text(std::string_view text) {
  return Codec<T>::decode(parse_json(text));
}

}  // namespace btk::host
