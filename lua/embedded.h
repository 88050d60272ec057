// The Lua half of the btk module (lua/btk/*.lua), compiled into the binary: an isolate starts several times faster with the
// bytecode than with the texts.
//
// The bytecode has no line numbers: in a guarded isolate compiled code looks at the stop flag wherever the source line changes
// (lua/guard.h). In the host's own functions, which return soon, the looks at their calls and returns are enough.
#pragma once

#include <span>
#include <string_view>

namespace btk::lua {

struct EmbeddedModule {
  std::string_view name;    ///< file name without folder and ending: "ta"
  std::string_view source;  ///< Lua text
  std::string_view code;    ///< bytecode
};

std::span<const EmbeddedModule> embedded_modules();
/// The LuaJIT whose bytecode it is; another one has to take the texts.
std::string_view embedded_for();

}  // namespace btk::lua
