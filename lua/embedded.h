// The Lua half of the btk module (lua/btk/*.lua), compiled into the binary.
#pragma once

#include <span>
#include <string_view>

namespace btk::lua {

struct EmbeddedModule {
  std::string_view name;    ///< file name without folder and ending: "ta"
  std::string_view source;  ///< Lua text
};

std::span<const EmbeddedModule> embedded_modules();

}  // namespace btk::lua
