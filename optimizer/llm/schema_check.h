// Does a JSON value fit a schema? The part of JSON Schema that answers of models
// are described with: type, enum, properties, required, additionalProperties,
// items, minimum, maximum, minLength, maxLength.
#pragma once

#include <nlohmann/json.hpp>
#include <string>

namespace btk::optimizer {

/// What is wrong, as a sentence for the model ("note is missing"); empty when it fits.
std::string schema_defect(const nlohmann::json& schema, const nlohmann::json& value, const std::string& where = "");

}  // namespace btk::optimizer
