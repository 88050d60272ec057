// Library functions that call back into Lua through C: coroutines resumed in
// coroutines, table.sort with a comparison, string.gsub with a function. Each
// level takes C stack, and LuaJIT does not notice its end: the process would be
// killed. Here the levels are counted and the 200th is an error.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <lua.hpp>

namespace btk::lua {

class Isolate;

/// Counts the C calls that are on the stack now. Frames are known by their address: one that ended by an
/// error or a yield needs no tidying, it lies below the next one that enters.
class Nesting {
 public:
  static constexpr std::size_t kLimit = 200;

  /// False when `frame` (the address of a local variable of the caller) would be one too many.
  bool enter(const void* frame) {
    const auto address = reinterpret_cast<std::uintptr_t>(frame);
    while (depth_ > 0 && frames_[depth_ - 1] <= address) --depth_;
    if (depth_ == kLimit) return false;
    frames_[depth_++] = address;
    return true;
  }
  /// The host enters the state anew, perhaps on another thread.
  void reset() { depth_ = 0; }

 private:
  std::array<std::uintptr_t, kLimit> frames_{};
  std::size_t depth_ = 0;
};

/// Raises the error when the calling C function is one level too many; `what` names it: "coroutines".
void enter_nested(lua_State* L, Isolate& isolate, const void* frame, const char* what);

/// Pushes a table of functions by "library.name".
void push_nesting(lua_State* L, Isolate& isolate);

}  // namespace btk::lua
