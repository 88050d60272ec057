// The Lua half of the btk module as bytecode, compiled once per process: an
// isolate starts several times faster than with the texts.
//
// Without line numbers: in a guarded isolate compiled code looks at the stop flag
// wherever the source line changes (lua/guard.h). In the host's own functions,
// which return soon, the looks at their calls and returns are enough.
#pragma once

#include <string_view>

#include "lua/embedded.h"

namespace btk::lua {

/// Valid until the process ends. Throws btk::Error when the text does not compile.
std::string_view compiled(const EmbeddedModule& module);

}  // namespace btk::lua
