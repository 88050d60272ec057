// What scripts find in their global table, and `core`, what the host's own Lua
// (lua/btk/*.lua) finds instead.
//
// core: ffi, module(name), loaded (what require returns), traceback (handler for
// xpcall), raise(message) (error at the nearest user line), user_position(),
// mark_not_reproducible(where), print(text), log(level, text), stop_reason(),
// raise_stop(), unsafe, symbol, strategy, and the standard functions before they
// were replaced as raw_next, raw_pairs, raw_pcall, raw_xpcall, raw_tostring,
// raw_format, raw_require, raw_load, raw_error, raw_assert.
#pragma once

#include <cstdint>
#include <string>

#include <lua.hpp>

namespace btk::lua {

class Isolate;

/// Opens the libraries into the isolate's state and replaces what scripts may not have or must get in a
/// reproducible or bounded form. Throws btk::Error.
void open_sandbox(Isolate& isolate);

/// Where math.random starts in a run of these: 53 bits.
double random_start(std::uint64_t seed, const std::string& symbol, const std::string& strategy);

/// Pushes `core`.
void push_core_table(lua_State* L);

}  // namespace btk::lua
