// What went wrong in a script, in the terms of the script: frames of the host's
// own Lua (chunk names starting with "=btk" or "=[btk") and of C are left out.
#pragma once

#include <lua.hpp>
#include <string>

#include "lua/control.h"

namespace btk::lua {

struct ScriptError {
  std::string message;    ///< without "file:line: "
  std::string file;       ///< as the user gave it; empty when no user code was involved
  int line = 0;           ///< 0 when unknown
  std::string traceback;  ///< "  strategy.lua:12: in function 'get_signal'" lines, innermost first
  StopReason stop = StopReason::none;  ///< set when the script was ended rather than failed

  /// "strategy.lua:12: message", or only the message.
  std::string where_and_what() const;
};

/// Message handler for lua_pcall and xpcall: turns the error value into an error table
/// { message=, file=, line=, traceback=, value=, by_script= } (`value` is what was raised, `by_script` whether by
/// the script's own error() or assert()). Tables made by it pass unchanged.
int traceback_handler(lua_State* L);

/// The place that a text like "strategy.lua:12: message" begins with, and the message without it.
ScriptError placed(std::string text);

/// Reads what a protected call left at `index`, whether the handler saw it or not.
ScriptError read_error(lua_State* L, int index, const Control& control);

/// Raises the string on top of the stack with the position of the nearest user frame in front of it.
int raise_at_user(lua_State* L);

/// Raises `message` like that; one that begins with "file.lua:12: " keeps its own position.
int raise_text(lua_State* L, const char* message);

/// Replaces the error value on top of L, raised in the coroutine `co`, by an error table with co's frames.
void push_coroutine_error(lua_State* L, lua_State* co);

/// error_value(e): what was raised, for an error table of the handler; anything else as it is.
int push_error_value(lua_State* L);

/// Pushes "file", line of the nearest user frame, or nil, 0. Returns 2.
int push_user_position(lua_State* L);

/// Is this the source of a chunk that belongs to the host?
bool is_internal_source(const char* source);

}  // namespace btk::lua
