// The functions that the driving loop in Lua reaches through LuaJIT's FFI: plain
// C signatures, no Lua types. They never call back into Lua.
#pragma once

#include <cstdint>

extern "C" {

/// Drive::advance() (lua/run.h); the answer is an Ask.
std::int32_t btk_advance(void* drive) noexcept;

}
