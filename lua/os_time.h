// os.time, os.date, os.clock and os.difftime on the isolate's clock: simulated
// time in back-tests, always UTC, so that a result does not depend on where and
// when it was computed.
#pragma once

#include <lua.hpp>

namespace btk::lua {

class Isolate;

/// Pushes a table with the four functions.
void push_os_time(lua_State* L, Isolate& isolate);

}  // namespace btk::lua
