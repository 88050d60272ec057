#include "host/journal/function_store.h"

#include <fmt/format.h>

#include "engine/error.h"

namespace btk::host {
namespace {

// Ordered as texts too.
std::string item_key(const std::string& list, std::size_t index) {
  return fmt::format("{}/{:08}", list, index);
}

}  // namespace

FunctionStore::FunctionStore(PersistFunctions functions, const std::string& mode)
    : functions_(std::move(functions)), prefix_(mode + "/") {}

std::optional<std::string> FunctionStore::read(const std::string& kind, const std::string& key) {
  if (!functions_.has(kind, prefix_ + key)) return std::nullopt;
  return functions_.read(kind, prefix_ + key);
}

void FunctionStore::write(const std::string& kind, const std::string& key, const std::string& json) {
  functions_.write(kind, prefix_ + key, json);
}

std::vector<std::string> FunctionStore::keys(const std::string& kind) {
  std::vector<std::string> names;
  for (const std::string& key : functions_.keys(kind)) {
    if (key.starts_with(prefix_)) names.push_back(key.substr(prefix_.size()));
  }
  return names;
}

void FunctionStore::append(const std::string& list, std::size_t index, const std::string& json) {
  write("step", item_key(list, index), json);
}

std::vector<std::string> FunctionStore::items(const std::string& list, std::size_t count) {
  std::vector<std::string> found;
  for (std::size_t i = 0; i < count; ++i) {
    auto json = read("step", item_key(list, i));
    if (!json) throw Error(fmt::format("{} has lost step {} of {}", name(), i, list));
    found.push_back(std::move(*json));
  }
  return found;
}

}  // namespace btk::host
