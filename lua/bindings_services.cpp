// What the services of lua/btk use of the host: the store that a script keeps things in, files beside the
// reports, words for searching.
#include "engine/error.h"
#include "lua/bindings.h"
#include "lua/words.h"

namespace btk::lua {
namespace {

// Only from inside a run: lua/btk/kept.lua sees to that.
Run& run_of(Script& script) {
  if (script.current() == nullptr) throw Error("this works inside a run: call it from get_signal, a callback or a listener");
  return *script.current();
}

// What is done once per process is remembered for as long as the process.
KeyValueStore& store_of(Script& script, const std::string& space) {
  return space.starts_with("process/") ? *script.services().passing : *script.services().kept;
}

// Names go into journals, which are JSON.
std::string name_arg(lua_State* L, int index) {
  std::string name = text_arg(L, index);
  if (!is_utf8(name)) throw Error("names and keys of what is kept must be UTF-8 text");
  return name;
}

std::optional<std::string> optional_text(lua_State* L, int index) {
  if (lua_isnoneornil(L, index)) return std::nullopt;
  return text_arg(L, index);
}

// kept_get(space, key): text or nil.
int kept_get(lua_State* L, Script& script) {
  Run& run = run_of(script);
  const std::string space = name_arg(L, 1);
  const auto value = run.shared().get(run, store_of(script, space), space, name_arg(L, 2));
  if (!value) return 0;
  lua_pushlstring(L, value->data(), value->size());
  return 1;
}

// kept_put(space, key, text or nil): nil takes the key away.
int kept_put(lua_State* L, Script& script) {
  Run& run = run_of(script);
  const std::string space = name_arg(L, 1), key = name_arg(L, 2);
  if (const auto value = optional_text(L, 3)) {
    run.shared().put(run, store_of(script, space), space, key, *value);
  } else {
    run.shared().erase(run, store_of(script, space), space, key);
  }
  return 0;
}

// kept_list(space): keys, values, in the order in which the keys came.
int kept_list(lua_State* L, Script& script) {
  Run& run = run_of(script);
  const std::string space = name_arg(L, 1);
  const auto items = run.shared().list(run, store_of(script, space), space);
  lua_createtable(L, static_cast<int>(items.size()), 0);
  lua_createtable(L, static_cast<int>(items.size()), 0);
  int i = 0;
  for (const auto& [key, value] : items) {
    ++i;
    lua_pushlstring(L, key.data(), key.size());
    lua_rawseti(L, -3, i);
    lua_pushlstring(L, value.data(), value.size());
    lua_rawseti(L, -2, i);
  }
  return 2;
}

// kept_swap(space, key, expected or nil, text or nil): was it as expected, and is it now the new text?
int kept_swap(lua_State* L, Script& script) {
  Run& run = run_of(script);
  const std::string space = name_arg(L, 1);
  lua_pushboolean(L, run.shared().swap(run, store_of(script, space), space, name_arg(L, 2), optional_text(L, 3),
                                       optional_text(L, 4)));
  return 1;
}

// write_file(parts, text, "once" | "replace" | "append"): the file's path; "" in a replay, which writes nothing.
int write_file(lua_State* L, Script& script) {
  const Run* run = script.current();
  if (run != nullptr && run->hooks() != nullptr && run->hooks()->replaying()) {
    lua_pushliteral(L, "");
    return 1;
  }
  if (!script.services().write) throw Error("this program writes no files for scripts");
  std::vector<std::string> parts;
  for (int i = 1, n = static_cast<int>(lua_objlen(L, 1)); i <= n; ++i) {
    lua_rawgeti(L, 1, i);
    parts.push_back(text_arg(L, -1));
    lua_pop(L, 1);
  }
  const std::string how = text_arg(L, 3);
  using Write = ServiceHost::Write;
  const std::string path = script.services().write(
      parts, text_arg(L, 2), how == "append" ? Write::append : how == "replace" ? Write::replace : Write::once);
  lua_pushlstring(L, path.data(), path.size());
  return 1;
}

// words(text): a list.
int words(lua_State* L, Script&) {
  const auto found = words_of(text_arg(L, 1));
  lua_createtable(L, static_cast<int>(found.size()), 0);
  int i = 0;
  for (const std::string& word : found) {
    lua_pushlstring(L, word.data(), word.size());
    lua_rawseti(L, -2, ++i);
  }
  return 1;
}

// kept_alone(): can nobody else see what is put into the stores?
int kept_alone(lua_State* L, Script& script) {
  lua_pushboolean(L, script.services().alone);
  return 1;
}

constexpr NamedBinding kServiceBindings[] = {
    {"kept_get", bound<kept_get>},   {"kept_put", bound<kept_put>},     {"kept_list", bound<kept_list>},
    {"kept_swap", bound<kept_swap>}, {"write_file", bound<write_file>}, {"words", bound<words>},
    {"kept_alone", bound<kept_alone>},
};

}  // namespace

std::span<const NamedBinding> service_bindings() { return kServiceBindings; }

}  // namespace btk::lua
