// string.find, match, gmatch and gsub on lua/pattern.h.
#pragma once

#include <lua.hpp>

namespace btk::lua {

class Isolate;

/// Adds "string.find" ... to the table on top of the stack.
void add_string_functions(lua_State* L, Isolate& isolate);

}  // namespace btk::lua
