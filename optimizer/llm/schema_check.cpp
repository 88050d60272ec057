#include "optimizer/llm/schema_check.h"

#include <fmt/format.h>

namespace btk::optimizer {
namespace {

using nlohmann::json;

bool has_type(const json& value, const std::string& type) {
  if (type == "object") return value.is_object();
  if (type == "array") return value.is_array();
  if (type == "string") return value.is_string();
  if (type == "boolean") return value.is_boolean();
  if (type == "null") return value.is_null();
  if (type == "integer") return value.is_number_integer() || (value.is_number() && value.get<double>() == static_cast<double>(static_cast<std::int64_t>(value.get<double>())));
  return type != "number" || value.is_number();
}

std::string named(const std::string& where) { return where.empty() ? "the answer" : where; }
std::string below(const std::string& where, const std::string& key) { return where.empty() ? key : where + "." + key; }
std::string shown(const json& value) { return value.dump(-1, ' ', false, json::error_handler_t::replace).substr(0, 80); }

std::string object_defect(const json& schema, const json& value, const std::string& where) {
  for (const json& key : schema.value("required", json::array())) {
    if (!value.contains(key.get<std::string>())) return below(where, key.get<std::string>()) + " is missing";
  }
  const json properties = schema.value("properties", json::object());
  for (const auto& [key, item] : value.items()) {
    const auto known = properties.find(key);
    if (known != properties.end()) {
      if (std::string defect = schema_defect(*known, item, below(where, key)); !defect.empty()) return defect;
    } else if (schema.contains("additionalProperties") && schema["additionalProperties"] == false) {
      return below(where, key) + " is not a known field";
    }
  }
  return {};
}

}  // namespace

std::string schema_defect(const json& schema, const json& value, const std::string& where) {
  if (!schema.is_object()) return {};
  if (const auto type = schema.find("type"); type != schema.end() && type->is_string() && !has_type(value, *type)) {
    return fmt::format("{} must be of type {}, got {}", named(where), type->get<std::string>(), shown(value));
  }
  if (const auto choices = schema.find("enum"); choices != schema.end()) {
    bool found = false;
    for (const json& choice : *choices) found = found || choice == value;
    if (!found) return fmt::format("{} must be one of {}, got {}", named(where), shown(*choices), shown(value));
  }
  if (value.is_number()) {
    const double number = value.get<double>();
    if (schema.contains("minimum") && number < schema["minimum"].get<double>()) {
      return fmt::format("{} must be at least {}, got {}", named(where), shown(schema["minimum"]), shown(value));
    }
    if (schema.contains("maximum") && number > schema["maximum"].get<double>()) {
      return fmt::format("{} must be at most {}, got {}", named(where), shown(schema["maximum"]), shown(value));
    }
  }
  if (value.is_string()) {
    const auto size = value.get_ref<const std::string&>().size();
    if (size < schema.value("minLength", std::size_t{0})) return named(where) + " must not be empty";
    if (schema.contains("maxLength") && size > schema["maxLength"].get<std::size_t>()) {
      return fmt::format("{} must not be longer than {} bytes", named(where), shown(schema["maxLength"]));
    }
  }
  if (value.is_object()) return object_defect(schema, value, where);
  if (value.is_array() && schema.contains("items")) {
    for (std::size_t i = 0; i < value.size(); ++i) {
      if (std::string defect = schema_defect(schema["items"], value[i], fmt::format("{}[{}]", where, i)); !defect.empty()) return defect;
    }
  }
  return {};
}

}  // namespace btk::optimizer
