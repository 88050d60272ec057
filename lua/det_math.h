// Transcendental functions with the same bits on every x86-64 machine: SLEEF's
// scalar versions without fused multiply-add. The C library's differ between
// versions and processors. Used by scripts (math.exp ...) and by indicators.
#pragma once

#include <lua.hpp>

namespace btk::lua {

/// Pushes two tables of C addresses (light userdata) by Lua name: functions of one and of two numbers.
void push_det_math(lua_State* L);

}  // namespace btk::lua
