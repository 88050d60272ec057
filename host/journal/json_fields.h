// How plain structs become JSON: each names its fields once, in `fields(io, value)`, for both directions.
// Private to state_json.cpp.
#pragma once

#include <array>
#include <cmath>
#include <concepts>
#include <limits>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "engine/error.h"

namespace btk::host::json_fields {

using Json = nlohmann::ordered_json;

/// U, constant or not: one list of fields serves reading and writing.
template <typename T, typename U>
concept Is = std::same_as<std::remove_const_t<T>, U>;

bool is_utf8(std::string_view text);
std::string to_hex(std::string_view bytes);
std::string from_hex(std::string_view digits);

// Scalars.

inline Json encode_value(double value) {
  if (std::isfinite(value)) return value;
  if (std::isnan(value)) return "NaN";
  return value > 0 ? Json(nullptr) : Json("-Infinity");
}
inline void decode_value(const Json& json, double& value) {
  constexpr double kInfinity = std::numeric_limits<double>::infinity();
  if (json.is_null()) {
    value = kInfinity;
  } else if (json.is_string()) {
    if (json != "-Infinity" && json != "NaN") throw Error("a number is a text");
    value = json == "NaN" ? std::numeric_limits<double>::quiet_NaN() : -kInfinity;
  } else {
    value = json.get<double>();
  }
}

template <std::integral T>
Json encode_value(T value) {
  return value;
}
template <std::integral T>
void decode_value(const Json& json, T& value) {
  if (json.is_null()) throw Error("a number is null");
  value = json.get<T>();
}

// A script's text may hold any bytes; JSON holds only UTF-8.
inline Json encode_value(const std::string& text) {
  return is_utf8(text) ? Json(text) : Json{{"hex", to_hex(text)}};
}
inline void decode_value(const Json& json, std::string& text) {
  text = json.is_object() ? from_hex(json.at("hex").get<std::string>()) : json.get<std::string>();
}

template <typename E>
requires std::is_enum_v<E> Json encode_value(E value) {
  return std::string(names(value)[static_cast<std::size_t>(value)]);
}
template <typename E>
requires std::is_enum_v<E>
void decode_value(const Json& json, E& value) {
  const auto text = json.get<std::string>();
  const auto known = names(value);
  for (std::size_t i = 0; i < known.size(); ++i) {
    if (known[i] == text) {
      value = static_cast<E>(i);
      return;
    }
  }
  throw Error("\"" + text + "\" is not known here");
}

// Lists and structs.

template <typename T>
Json encode_value(const std::vector<T>& list);
template <typename T>
void decode_value(const Json& json, std::vector<T>& list);

struct Writer;
template <typename T>
concept HasFields = requires(Writer& io, const T& value) {
  fields(io, value);
};

template <HasFields T>
Json encode_value(const T& value);
template <HasFields T>
void decode_value(const Json& json, T& value);

struct Writer {
  Json json = Json::object();

  template <typename T>
  void operator()(const char* name, const T& value) {
    json.emplace(name, encode_value(value));
  }
  /// Left out when there is nothing.
  template <typename T>
  void operator()(const char* name, const std::optional<T>& value) {
    if (value) json.emplace(name, encode_value(*value));
  }
};

// The settings of a session.
using Setting = std::pair<std::string, std::string>;
void fields(auto& io, Is<Setting> auto& s) {
  io("name", s.first);
  io("value", s.second);
}

struct Reader {
  const Json& json;

  template <typename T>
  void operator()(const char* name, T& value) {
    const auto found = json.find(name);
    if (found != json.end()) decode_value(*found, value);
  }
  template <typename T>
  void operator()(const char* name, std::optional<T>& value) {
    const auto found = json.find(name);
    // The reference writes null for a struct that is not there; a null number is infinite.
    if (found == json.end() || (found->is_null() && !std::is_same_v<T, double>)) {
      value.reset();
    } else {
      decode_value(*found, value.emplace());
    }
  }
};

template <HasFields T>
Json encode_value(const T& value) {
  Writer writer;
  fields(writer, value);
  return std::move(writer.json);
}
template <HasFields T>
void decode_value(const Json& json, T& value) {
  if (!json.is_object()) throw Error("a table is missing");
  Reader reader{json};
  fields(reader, value);
}

template <typename T>
Json encode_value(const std::vector<T>& list) {
  Json json = Json::array();
  for (const T& item : list) json.push_back(encode_value(item));
  return json;
}
template <typename T>
void decode_value(const Json& json, std::vector<T>& list) {
  if (!json.is_array()) throw Error("a list is missing");
  list.clear();
  for (const Json& item : json) decode_value(item, list.emplace_back());
}

}  // namespace btk::host::json_fields
