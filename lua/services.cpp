#include "lua/services.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "lua/live.h"
#include "lua/run.h"

namespace btk::lua {
namespace {

constexpr auto kService = RunInput::Kind::service;

// Answers as the journal keeps them: "=value" or nothing, a list as JSON, "yes" and "no".
std::string encode(const std::optional<std::string>& value) { return value ? "=" + *value : std::string(); }
std::optional<std::string> decode(const std::string& text) {
  if (text.empty()) return std::nullopt;
  return text.substr(1);
}

std::string encode(const KeyValueStore::Items& items) {
  return nlohmann::json(items).dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}
KeyValueStore::Items decode_items(const std::string& text) {
  return nlohmann::json::parse(text).get<KeyValueStore::Items>();
}

void record(Run& run, const std::string& space, const std::string& question, std::string answer) {
  RunInput input = run.input(kService, space, question);
  input.answer.why = std::move(answer);
  run.hooks()->record(std::move(input));
}

std::optional<std::string> recorded(Run& run, const std::string& space, const std::string& question) {
  auto input = run.hooks()->recorded(kService, space, question);
  if (!input) return std::nullopt;
  return std::move(input->answer.why);
}

}  // namespace

// The n-th question for the key in this piece of work.
std::string SharedView::question(Run& run, const std::string& space, const std::string& key) {
  const RunInput now = run.input(kService, {});
  if (now.minute != minute_ || now.stage != stage_) {
    minute_ = now.minute;
    stage_ = now.stage;
    questions_.clear();
  }
  return fmt::format("{}#{}", key, ++questions_[space + '\n' + key]);
}

void SharedView::learn(const std::string& space, const std::string& key, const std::optional<std::string>& value) {
  asked_.insert({space, key});
  if (value) {
    known_.put(space, key, *value);
  } else {
    known_.erase(space, key);
  }
}

std::optional<std::string> SharedView::get(Run& run, KeyValueStore& store, const std::string& space,
                                           const std::string& key) {
  if (run.hooks() == nullptr) return store.get(space, key);
  const std::string asking = question(run, space, key);
  std::optional<std::string> value = known_.get(space, key);
  if (run.hooks()->replaying()) {
    if (const auto then = recorded(run, space, asking)) value = decode(*then);
  } else {
    const auto real = store.get(space, key);
    const bool foreseen = real == value && (asked_.contains({space, key}) || listed_.contains(space));
    value = real;
    if (!foreseen) record(run, space, asking, encode(value));
  }
  learn(space, key, value);
  return value;
}

void SharedView::put(Run& run, KeyValueStore& store, const std::string& space, const std::string& key,
                     const std::string& value) {
  if (run.hooks() == nullptr) return store.put(space, key, value);
  if (!run.hooks()->replaying()) store.put(space, key, value);
  learn(space, key, value);
}

void SharedView::erase(Run& run, KeyValueStore& store, const std::string& space, const std::string& key) {
  if (run.hooks() == nullptr) return store.erase(space, key);
  if (!run.hooks()->replaying()) store.erase(space, key);
  learn(space, key, std::nullopt);
}

KeyValueStore::Items SharedView::list(Run& run, KeyValueStore& store, const std::string& space) {
  if (run.hooks() == nullptr) return store.list(space);
  const std::string asking = question(run, space, {});
  KeyValueStore::Items items = known_.list(space);
  bool news = false;
  if (run.hooks()->replaying()) {
    if (const auto then = recorded(run, space, asking)) {
      items = decode_items(*then);
      news = true;
    }
  } else {
    auto real = store.list(space);
    news = real != items || !listed_.contains(space);
    items = std::move(real);
    if (news) record(run, space, asking, encode(items));
  }
  if (news) {
    known_.clear(space);
    for (const auto& [key, value] : items) known_.put(space, key, value);
  }
  listed_.insert(space);
  return items;
}

bool SharedView::swap(Run& run, KeyValueStore& store, const std::string& space, const std::string& key,
                      const std::optional<std::string>& expected, const std::optional<std::string>& value) {
  if (run.hooks() == nullptr) return store.swap(space, key, expected, value);
  const std::string asking = question(run, space, key);
  bool done = known_.get(space, key) == expected;
  if (run.hooks()->replaying()) {
    if (const auto then = recorded(run, space, asking)) done = *then == "yes";
  } else {
    const bool really = store.swap(space, key, expected, value);
    const bool foreseen = really == done && (asked_.contains({space, key}) || listed_.contains(space));
    done = really;
    if (!foreseen) record(run, space, asking, done ? "yes" : "no");
  }
  if (done) {
    learn(space, key, value);
  } else {
    asked_.erase({space, key});  // somebody else changed it: what it is now has to be asked
    listed_.erase(space);
  }
  return done;
}

}  // namespace btk::lua
