#include "lua/key_value_store.h"

namespace btk::lua {

std::optional<std::string> MemoryKeyValueStore::find(const std::string& space, const std::string& key) const {
  const auto of_name = spaces_.find(space);
  if (of_name == spaces_.end()) return std::nullopt;
  const auto place = of_name->second.places.find(key);
  if (place == of_name->second.places.end()) return std::nullopt;
  return of_name->second.items.at(place->second).second;
}

void MemoryKeyValueStore::set(const std::string& space, const std::string& key, const std::optional<std::string>& value) {
  Space& of_name = spaces_[space];
  const auto place = of_name.places.find(key);
  if (!value) {
    if (place == of_name.places.end()) return;
    of_name.items.erase(place->second);
    of_name.places.erase(place);
  } else if (place != of_name.places.end()) {
    of_name.items.at(place->second).second = *value;
  } else {
    of_name.places[key] = ++last_place_;
    of_name.items[last_place_] = {key, *value};
  }
}

std::optional<std::string> MemoryKeyValueStore::get(const std::string& space, const std::string& key) {
  const std::lock_guard lock(mutex_);
  return find(space, key);
}

void MemoryKeyValueStore::put(const std::string& space, const std::string& key, const std::string& value) {
  const std::lock_guard lock(mutex_);
  set(space, key, value);
}

void MemoryKeyValueStore::erase(const std::string& space, const std::string& key) {
  const std::lock_guard lock(mutex_);
  set(space, key, std::nullopt);
}

KeyValueStore::Items MemoryKeyValueStore::list(const std::string& space) {
  const std::lock_guard lock(mutex_);
  Items items;
  if (const auto of_name = spaces_.find(space); of_name != spaces_.end()) {
    for (const auto& [place, item] : of_name->second.items) items.push_back(item);
  }
  return items;
}

bool MemoryKeyValueStore::swap(const std::string& space, const std::string& key,
                               const std::optional<std::string>& expected, const std::optional<std::string>& value) {
  const std::lock_guard lock(mutex_);
  if (find(space, key) != expected) return false;
  set(space, key, value);
  return true;
}

void MemoryKeyValueStore::clear(const std::string& space) {
  const std::lock_guard lock(mutex_);
  spaces_.erase(space);
}

}  // namespace btk::lua
