// How C++ called from Lua reports a failure: exceptions become Lua errors after
// every C++ object of the call is gone, so nothing is thrown or jumped over.
#pragma once

#include <cstdio>
#include <exception>
#include <lua.hpp>

#include "lua/traceback.h"

namespace btk::lua {

/// Runs `body` (no arguments, returns the number of Lua results). What it throws becomes a Lua error with
/// the position of the script's code that led here, whatever Lua of the host's own lies between. LuaJIT's own
/// errors pass through untouched.
template <class Body>
int protect(lua_State* L, Body&& body) {
  char message[1024];
  try {
    return body();
  } catch (const std::exception& failure) {
    std::snprintf(message, sizeof message, "%s", failure.what());
  }
  return raise_text(L, message);
}

}  // namespace btk::lua
