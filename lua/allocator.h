// The memory of one isolate: LuaJIT's own allocator with a cap in front of it.
//
// An allocation that would pass the cap fails, which Lua turns into an error.
// The cap is sticky: the first refusal is remembered, and the isolate then
// refuses to let a script catch the error and go on (lua/control.h). A small
// reserve beyond the cap is opened at that moment, so that the error itself can
// be described.
#pragma once

#include <cstddef>
#include <lua.hpp>

#include "lua/control.h"

namespace btk::lua {

class Allocator {
 public:
  /// Makes the state; nullptr when the system has no memory for it. The allocator must outlive it.
  lua_State* open(std::size_t cap, Control& control);
  /// Closes the state made by open().
  void close(lua_State* L);

  std::size_t used() const { return used_; }
  std::size_t cap() const { return cap_; }

 private:
  static void* allocate(void* self, void* block, std::size_t old_size, std::size_t new_size);

  lua_Alloc inner_ = nullptr;
  void* inner_data_ = nullptr;
  Control* control_ = nullptr;
  std::size_t cap_ = 0;
  std::size_t used_ = 0;
};

}  // namespace btk::lua
