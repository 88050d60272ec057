#include "lua/traceback.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <cstring>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

#include "lua/convert.h"
#include "lua/sandbox.h"

namespace btk::lua {
namespace {

constexpr std::size_t kMaxFrames = 20;
const char kErrorMark = 0;  // its address marks the metatable of error tables

struct Frame {
  std::string file;
  int line = 0;
  std::string function;
};

std::string file_of(const lua_Debug& ar) { return ar.source[0] == '@' ? ar.source + 1 : ar.short_src; }

std::string function_of(const lua_Debug& ar) {
  if (std::strcmp(ar.what, "main") == 0) return "main chunk";
  if (ar.name != nullptr) return fmt::format("function '{}'", ar.name);
  return fmt::format("function at line {}", ar.linedefined);
}

/// The next user frame at or after `level`, which is moved past it.
std::optional<Frame> next_user_frame(lua_State* L, int& level, std::string* short_source = nullptr) {
  lua_Debug ar;
  while (lua_getstack(L, level++, &ar) != 0) {
    lua_getinfo(L, "Snl", &ar);
    if (ar.what[0] == 'C' || is_internal_source(ar.source)) continue;
    if (short_source != nullptr) *short_source = ar.short_src;
    return Frame{file_of(ar), ar.currentline, function_of(ar)};
  }
  return std::nullopt;
}

/// "name:12: rest" -> name, 12, length of the prefix. Nothing when the text has no such beginning.
struct Position {
  std::string_view name;
  int line = 0;
  std::size_t length = 0;
};
std::optional<Position> leading_position(std::string_view text) {
  text = text.substr(0, text.find('\n'));
  for (std::size_t colon = text.find(':'); colon != std::string_view::npos;
       colon = text.find(':', colon + 1)) {
    std::size_t end = colon + 1;
    int line = 0;
    while (end < text.size() && std::isdigit(static_cast<unsigned char>(text[end])) != 0 && line < 10'000'000)
      line = line * 10 + (text[end++] - '0');
    if (end > colon + 1 && text.substr(end, 2) == ": ") return Position{text.substr(0, colon), line, end + 2};
  }
  return std::nullopt;
}

bool ends_with_lua(std::string_view name) {
  return name.size() > 4 && name.substr(name.size() - 4) == ".lua";
}

/// Takes Lua's "file:line: " off the message and says where it points; internal positions are dropped.
void split_position(std::string& message, Frame& where,
                    const std::vector<std::pair<std::string, Frame>>& frames) {
  while (const auto position = leading_position(message)) {
    const std::string name(position->name);
    const bool internal = name.rfind("[btk", 0) == 0 || name.rfind("btk", 0) == 0;
    const auto known =
        std::find_if(frames.begin(), frames.end(), [&](const auto& frame) { return frame.first == name; });
    const bool is_chunk = known != frames.end() || ends_with_lua(name) || name.rfind("[string ", 0) == 0;
    if (!is_chunk && !internal) return;
    // What the host said before it passed an error of the script on: the place goes, the words stay.
    if (const auto words = name.rfind(": "); known == frames.end() && !internal && words != std::string::npos) {
      where = {name.substr(words + 2), position->line, {}};
      message.erase(words + 2, position->length - words - 2);
      return;
    }
    if (!internal) where = {known != frames.end() ? known->second.file : name, position->line, {}};
    message.erase(0, position->length);
    if (!internal) return;
  }
}

/// Names that a script finds missing because they need --unsafe.
std::string_view hint_for(std::string_view message) {
  for (const std::string_view name :
       {"'io'", "'debug'", "'ffi'", "'jit'", "'execute'", "'loadlib'", "'getenv'"})
    if (message.find(name) != std::string_view::npos && message.find("nil value") != std::string_view::npos)
      return name;
  return {};
}

/// Lua's words for candles (cdata of structs without a name), as a script's author knows them.
void name_candles(std::string& message) {
  static constexpr std::string_view kReadOnly = "list:to_table() gives plain tables";
  if (message == "attempt to write to constant location") {
    message = fmt::format("a candle cannot be changed; {}", kReadOnly);
  } else if (const auto at = message.find("(table expected, got cdata)"); at != std::string::npos) {
    message.replace(at, std::string::npos, fmt::format("(table expected, got candles, which are read-only; {})", kReadOnly));
  }
  static constexpr std::string_view kStruct = "'struct ";
  for (std::size_t at = message.find(kStruct); at != std::string::npos; at = message.find(kStruct, at + 1)) {
    const std::size_t number = at + kStruct.size(), end = message.find_first_not_of("0123456789", number);
    if (end != std::string::npos && end > number && message[end] == '\'') message.replace(at, end + 1 - at, "'candles'");
  }
}

/// Longer messages are cut: what is done with them takes time that no script may demand.
constexpr std::size_t kLongestMessage = 64 * 1024;

std::string error_text(lua_State* L, int index) {
  if (lua_type(L, index) == LUA_TSTRING || lua_type(L, index) == LUA_TNUMBER) {
    lua_pushvalue(L, index);
    std::size_t size = 0;
    const char* text = lua_tolstring(L, -1, &size);
    std::string result(text, std::min(size, kLongestMessage));
    lua_pop(L, 1);
    return result;
  }
  if (lua_istable(L, index)) {
    for (const char* field : {"message", "note"}) {
      lua_pushstring(L, field);
      lua_rawget(L, index);
      const std::string_view found = lua_type(L, -1) == LUA_TSTRING ? lua_tostring(L, -1) : "";
      std::string cut(found.substr(0, kLongestMessage));
      lua_pop(L, 1);
      if (!cut.empty()) return cut;
    }
  }
  return fmt::format("(error value is a {}, not a text)", luaL_typename(L, index));
}

bool is_error_table(lua_State* L, int index) {
  if (!lua_istable(L, index) || lua_getmetatable(L, index) == 0) return false;
  lua_pushlightuserdata(L, const_cast<char*>(&kErrorMark));
  lua_rawget(L, -2);
  const bool marked = lua_toboolean(L, -1) != 0;
  lua_pop(L, 2);
  return marked;
}

int error_to_string(lua_State* L) {
  lua_getfield(L, 1, "file");
  lua_getfield(L, 1, "line");
  lua_getfield(L, 1, "message");
  if (lua_isnil(L, -3) != 0) return 1;
  lua_pushfstring(L, "%s:%d: %s", lua_tostring(L, -3), static_cast<int>(lua_tointeger(L, -2)),
                  lua_tostring(L, -1));
  return 1;
}

void set_error_metatable(lua_State* L) {
  void* key = const_cast<char*>(&kErrorMark);
  lua_pushlightuserdata(L, key);
  lua_rawget(L, LUA_REGISTRYINDEX);
  if (lua_isnil(L, -1)) {
    lua_pop(L, 1);
    lua_createtable(L, 0, 2);
    lua_pushcfunction(L, error_to_string);
    lua_setfield(L, -2, "__tostring");
    lua_pushlightuserdata(L, key);
    lua_pushboolean(L, 1);
    lua_rawset(L, -3);
    lua_pushlightuserdata(L, key);
    lua_pushvalue(L, -2);
    lua_rawset(L, LUA_REGISTRYINDEX);
  }
  lua_setmetatable(L, -2);
}

/// The error value at `index` of L, raised on the stack of `stack`, whose frames from `level` on are told.
ScriptError describe_error(lua_State* L, int index, lua_State* stack, int level) {
  ScriptError error;
  error.message = error_text(L, index);
  std::vector<std::pair<std::string, Frame>> frames;
  std::string short_source;
  while (frames.size() <= kMaxFrames) {
    auto frame = next_user_frame(stack, level, &short_source);
    if (!frame) break;
    frames.emplace_back(short_source, std::move(*frame));
  }
  Frame where = frames.empty() ? Frame{} : frames.front().second;
  split_position(error.message, where, frames);
  name_candles(error.message);
  for (std::size_t i = 0; i < frames.size(); ++i) {
    Frame& frame = frames[i].second;
    // The innermost line of a coroutine that failed is lost; the message has it.
    if (frame.line <= 0 && frame.file == where.file) frame.line = where.line;
    if (i > 0) error.traceback += '\n';
    error.traceback +=
        i < kMaxFrames ? fmt::format("  {}:{}: in {}", frame.file, frame.line, frame.function) : "  ...";
  }
  if (const auto name = hint_for(error.message); !name.empty())
    error.message += fmt::format("; {} is there only with --unsafe", name);
  error.file = where.file;
  error.line = where.line;
  return error;
}

/// Was the error that the function at `level` raised one of the script's own, by error() or assert()? Not when Lua found
/// the fault, nor when the host's Lua called them.
bool raised_by_script(lua_State* stack, int level) {
  lua_Debug ar;
  if (lua_getstack(stack, level, &ar) == 0 || lua_checkstack(stack, 4) == 0) return false;
  const int top = lua_gettop(stack);
  lua_getinfo(stack, "f", &ar);
  push_core_table(stack);
  bool by_call = false;
  if (lua_istable(stack, -1)) {
    for (const char* name : {"raw_error", "raw_assert"}) {
      lua_getfield(stack, top + 2, name);
      by_call = by_call || lua_rawequal(stack, top + 1, -1) != 0;
    }
  }
  lua_settop(stack, top);
  if (!by_call || lua_getstack(stack, level + 1, &ar) == 0) return by_call;
  lua_getinfo(stack, "S", &ar);
  return ar.what[0] == 'C' || !is_internal_source(ar.source);
}

// Where the script of this thread was when it passed its memory cap. It is stopped again in the host's own Lua, which
// handles the error of a callback, and that second error has no line of the script.
thread_local std::optional<ScriptError> memory_stop;

void note_memory_stop(const ScriptError& error) {
  if (!memory_stop && !error.file.empty() && error.message.find(describe(StopReason::memory)) != std::string::npos) memory_stop = error;
}

/// Replaces the error value on top of L by an error table, unless it is one.
void push_error_table(lua_State* L, lua_State* stack, int level) {
  if (is_error_table(L, -1) || lua_checkstack(L, 10) == 0) return;
  const int value = lua_gettop(L);
  lua_createtable(L, 0, 6);
  lua_pushvalue(L, value);
  lua_setfield(L, -2, "value");
  const ScriptError error = describe_error(L, value, stack, level);
  note_memory_stop(error);
  set_field(L, "message", error.message);
  set_field(L, "traceback", error.traceback);
  lua_pushboolean(L, raised_by_script(stack, level) ? 1 : 0);
  lua_setfield(L, -2, "by_script");
  if (!error.file.empty()) {
    set_field(L, "file", error.file);
    lua_pushinteger(L, error.line);
    lua_setfield(L, -2, "line");
  }
  set_error_metatable(L);
  lua_replace(L, value);
}

}  // namespace

bool is_internal_source(const char* source) {
  return std::strncmp(source, "=btk", 4) == 0 || std::strncmp(source, "=[btk", 5) == 0;
}

std::string ScriptError::where_and_what() const {
  return file.empty() ? message : fmt::format("{}:{}: {}", file, line, message);
}

int traceback_handler(lua_State* L) {
  lua_settop(L, 1);
  push_error_table(L, L, 1);  // level 0 is this handler
  return 1;
}

void push_coroutine_error(lua_State* L, lua_State* co) { push_error_table(L, co, 0); }

ScriptError placed(std::string text) {
  ScriptError error;
  error.message = std::move(text);
  Frame where;
  split_position(error.message, where, {});
  error.file = where.file;
  error.line = where.line;
  return error;
}

ScriptError read_error(lua_State* L, int index, const Control& control) {
  ScriptError error;
  if (is_error_table(L, index)) {
    if (index < 0) index = lua_gettop(L) + index + 1;
    const auto text = [&](const char* field) {
      lua_getfield(L, index, field);
      std::size_t size = 0;
      const char* found = lua_tolstring(L, -1, &size);
      std::string result = found != nullptr ? std::string(found, size) : std::string();
      lua_pop(L, 1);
      return result;
    };
    error.message = text("message");
    error.file = text("file");
    error.traceback = text("traceback");
    lua_getfield(L, index, "line");
    error.line = static_cast<int>(lua_tointeger(L, -1));
    lua_pop(L, 1);
  } else {
    error = placed(error_text(L, index < 0 ? lua_gettop(L) + index + 1 : index));
  }
  error.stop = control.reason();
  if (error.stop == StopReason::memory) {
    const auto first = std::exchange(memory_stop, std::nullopt);
    if (first && error.file.empty()) error = *first;
    error.stop = StopReason::memory;
  }
  if (error.stop != StopReason::none) error.message = describe(error.stop);
  return error;
}

int push_error_value(lua_State* L) {
  lua_settop(L, 1);
  if (is_error_table(L, 1)) lua_getfield(L, 1, "value");
  return 1;
}

int push_user_position(lua_State* L) {
  int level = 1;
  const auto frame = next_user_frame(L, level);
  if (frame)
    lua_pushlstring(L, frame->file.data(), frame->file.size());
  else
    lua_pushnil(L);
  lua_pushinteger(L, frame ? frame->line : 0);
  return 2;
}

int raise_at_user(lua_State* L) {
  lua_settop(L, 1);
  lua_Debug ar;
  for (int level = 1; lua_getstack(L, level, &ar) != 0; ++level) {
    lua_getinfo(L, "Sl", &ar);
    if (ar.what[0] == 'C' || ar.currentline <= 0 || is_internal_source(ar.source)) continue;
    lua_pushfstring(L, "%s:%d: ", ar.short_src, ar.currentline);
    lua_insert(L, 1);
    if (lua_type(L, 2) == LUA_TSTRING) lua_concat(L, 2);
    return lua_error(L);
  }
  return lua_error(L);
}

int raise_text(lua_State* L, const char* message) {
  lua_settop(L, 0);
  lua_pushstring(L, message);
  const auto told = leading_position(message);
  return told && ends_with_lua(told->name) ? lua_error(L) : raise_at_user(L);
}

std::string_view describe(StopReason reason) {
  switch (reason) {
    case StopReason::none:
      return "";
    case StopReason::memory:
      return "the script used more memory than it is allowed; keep fewer candles or tables";
    case StopReason::interrupted:
      return "the script was interrupted";
    case StopReason::deadline:
      return "the script was stopped because it ran longer than it is allowed";
  }
  return "";
}

}  // namespace btk::lua
