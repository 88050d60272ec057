#include "lua/string_lib.h"

#include <algorithm>
#include <string_view>

#include "lua/isolate.h"
#include "lua/nesting.h"
#include "lua/pattern.h"

namespace btk::lua {
namespace {

std::string_view checked_text(lua_State* L, int index) {
  std::size_t size = 0;
  const char* text = luaL_checklstring(L, index, &size);
  return {text, size};
}

/// Raises what made the matcher give up.
void raise_problem(lua_State* L, const Pattern& pattern) {
  if (pattern.problem() != nullptr) luaL_error(L, "%s", pattern.problem());
}

void push_capture(lua_State* L, const Pattern& pattern, int index) {
  const Pattern::Capture& capture = pattern.capture(index);
  if (capture.length == Pattern::kOpen) luaL_error(L, "unfinished capture");
  if (capture.length == Pattern::kPosition)
    lua_pushinteger(L, capture.begin - pattern.subject_begin() + 1);
  else
    lua_pushlstring(L, capture.begin, static_cast<std::size_t>(capture.length));
}

/// All captures, or the whole match when the pattern has none. The number pushed.
int push_captures(lua_State* L, const Pattern& pattern, const char* begin, const char* end) {
  if (pattern.captures() == 0) {
    lua_pushlstring(L, begin, static_cast<std::size_t>(end - begin));
    return 1;
  }
  luaL_checkstack(L, pattern.captures(), "too many captures");
  for (int i = 0; i < pattern.captures(); ++i) push_capture(L, pattern, i);
  return pattern.captures();
}

/// Offset of the third argument: positions from 1, negative ones from the end.
std::size_t start_offset(lua_State* L, std::size_t size) {
  const lua_Integer start = luaL_optinteger(L, 3, 1);
  if (start > 0) return static_cast<std::size_t>(start) - 1;
  if (start == 0 || static_cast<std::size_t>(-start) > size) return 0;
  return size - static_cast<std::size_t>(-start);
}

int find_or_match(lua_State* L, bool find) {
  const std::string_view subject = checked_text(L, 1);
  std::string_view text = checked_text(L, 2);
  const std::size_t offset = std::min(start_offset(L, subject.size()), subject.size());
  if (find && (lua_toboolean(L, 4) != 0 || text.find_first_of("^$*+?.([%-") == std::string_view::npos)) {
    const std::size_t found = subject.find(text, offset);
    if (found == std::string_view::npos) return lua_pushnil(L), 1;
    lua_pushnumber(L, static_cast<double>(found + 1));
    lua_pushnumber(L, static_cast<double>(found + text.size()));
    return 2;
  }
  const bool anchored = !text.empty() && text.front() == '^';
  if (anchored) text.remove_prefix(1);
  Pattern pattern(subject, text, isolate_of(L).control());
  const char* begin = subject.data() + offset;
  do {
    if (const char* end = pattern.match(begin)) {
      if (!find) return push_captures(L, pattern, begin, end);
      lua_pushnumber(L, static_cast<double>(begin - subject.data() + 1));
      lua_pushnumber(L, static_cast<double>(end - subject.data()));
      return 2 + (pattern.captures() > 0 ? push_captures(L, pattern, begin, end) : 0);
    }
    raise_problem(L, pattern);
  } while (begin++ < pattern.subject_end() && !anchored);
  lua_pushnil(L);
  return 1;
}

int string_find(lua_State* L) { return find_or_match(L, true); }
int string_match(lua_State* L) { return find_or_match(L, false); }

/// Upvalues: isolate, subject, pattern, offset.
int gmatch_next(lua_State* L) {
  const std::string_view subject = checked_text(L, lua_upvalueindex(2));
  Pattern pattern(subject, checked_text(L, lua_upvalueindex(3)), isolate_of(L).control());
  auto offset = static_cast<std::size_t>(lua_tonumber(L, lua_upvalueindex(4)));
  for (; offset <= subject.size(); ++offset) {
    const char* begin = subject.data() + offset;
    if (const char* end = pattern.match(begin)) {
      const std::ptrdiff_t next = end - subject.data() + (end == begin ? 1 : 0);
      lua_pushnumber(L, static_cast<double>(next));
      lua_replace(L, lua_upvalueindex(4));
      return push_captures(L, pattern, begin, end);
    }
    raise_problem(L, pattern);
  }
  return 0;
}

int string_gmatch(lua_State* L) {
  checked_text(L, 1);
  checked_text(L, 2);
  lua_settop(L, 2);
  lua_pushlightuserdata(L, &isolate_of(L));
  lua_insert(L, 1);
  lua_pushinteger(L, 0);
  lua_pushcclosure(L, gmatch_next, 4);
  return 1;
}

/// "%1", "%0" and "%%" in a replacement text.
void add_replacement_text(lua_State* L, luaL_Buffer* out, const Pattern& pattern, const char* begin,
                          const char* end) {
  const std::string_view text = checked_text(L, 3);
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '%') {
      luaL_addchar(out, text[i]);
      continue;
    }
    const char code = ++i < text.size() ? text[i] : '\0';
    if (code < '0' || code > '9') {
      luaL_addchar(out, code);
    } else if (code == '0' || (code == '1' && pattern.captures() == 0)) {
      luaL_addlstring(out, begin, static_cast<std::size_t>(end - begin));
    } else {
      if (code - '1' >= pattern.captures()) luaL_error(L, "invalid capture index");
      push_capture(L, pattern, code - '1');
      luaL_addvalue(out);
    }
  }
}

void add_replacement(lua_State* L, luaL_Buffer* out, const Pattern& pattern, const char* begin,
                     const char* end) {
  const int kind = lua_type(L, 3);
  if (kind == LUA_TSTRING || kind == LUA_TNUMBER) {
    add_replacement_text(L, out, pattern, begin, end);
    return;
  }
  if (kind == LUA_TFUNCTION) {
    lua_pushvalue(L, 3);
    lua_call(L, push_captures(L, pattern, begin, end), 1);
  } else {
    if (pattern.captures() > 0)
      push_capture(L, pattern, 0);
    else
      lua_pushlstring(L, begin, static_cast<std::size_t>(end - begin));
    lua_gettable(L, 3);
  }
  if (lua_toboolean(L, -1) == 0) {
    lua_pop(L, 1);
    lua_pushlstring(L, begin, static_cast<std::size_t>(end - begin));
  } else if (lua_isstring(L, -1) == 0) {
    luaL_error(L, "invalid replacement value (a %s)", luaL_typename(L, -1));
  }
  luaL_addvalue(out);
}

int string_gsub(lua_State* L) {
  const std::string_view subject = checked_text(L, 1);
  std::string_view text = checked_text(L, 2);
  const int kind = lua_type(L, 3);
  luaL_argcheck(L, kind == LUA_TNUMBER || kind == LUA_TSTRING || kind == LUA_TFUNCTION || kind == LUA_TTABLE,
                3, "string/function/table expected");
  if (kind == LUA_TNUMBER) lua_tolstring(L, 3, nullptr);
  const double most = luaL_optnumber(L, 4, static_cast<double>(subject.size() + 1));
  enter_nested(L, isolate_of(L), &text, "calls of string.gsub");
  const bool anchored = !text.empty() && text.front() == '^';
  if (anchored) text.remove_prefix(1);
  Pattern pattern(subject, text, isolate_of(L).control());
  luaL_Buffer out;
  luaL_buffinit(L, &out);
  const char* at = subject.data();
  double count = 0;
  while (count < most) {
    const char* end = pattern.match(at);
    raise_problem(L, pattern);
    if (end != nullptr) {
      ++count;
      add_replacement(L, &out, pattern, at, end);
    }
    if (end != nullptr && end > at)
      at = end;
    else if (at < pattern.subject_end())
      luaL_addchar(&out, *at++);
    else
      break;
    if (anchored) break;
  }
  luaL_addlstring(&out, at, static_cast<std::size_t>(pattern.subject_end() - at));
  luaL_pushresult(&out);
  lua_pushnumber(L, count);
  return 2;
}

}  // namespace

void add_string_functions(lua_State* L, Isolate& isolate) {
  const auto add = [&](const char* name, lua_CFunction function) {
    lua_pushlightuserdata(L, &isolate);
    lua_pushcclosure(L, function, 1);
    lua_setfield(L, -2, name);
  };
  add("string.find", string_find);
  add("string.match", string_match);
  add("string.gmatch", string_gmatch);
  add("string.gsub", string_gsub);
}

}  // namespace btk::lua
