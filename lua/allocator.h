// The memory of one isolate: small blocks in pieces of its own, large ones from
// the system, and a cap in front of both.
//
// The cap is sticky: that it was passed is remembered, and the isolate then
// refuses to let a script catch the error and go on (lua/control.h). Where the
// running code can be stopped (lua/guard.h) it still gets what it asked for, up
// to as much again as the cap, and is stopped at its next line: LuaJIT does not
// survive every refusal in the middle of compiled code. Elsewhere, and beyond
// that, an allocation fails, which Lua turns into an error. A small reserve is
// opened at the first time, so that the error itself can be described.
//
// Sweeps open and close a state for each set of parameters. Pieces go from a
// closed state to the next one, so that the system does not have to clear the
// same memory again and again.
#pragma once

#include <array>
#include <cstddef>
#include <lua.hpp>
#include <vector>

#include "lua/control.h"

namespace btk::lua {

class Allocator {
 public:
  Allocator() = default;
  ~Allocator();
  Allocator(const Allocator&) = delete;
  Allocator& operator=(const Allocator&) = delete;

  /// Makes the state; nullptr when the system has no memory for it. The allocator must outlive it.
  lua_State* open(std::size_t cap, Control& control);
  /// How code that passes the cap is stopped: from then on `stop(context)` is called each time, on the thread that
  /// asks for memory.
  void stop_with(void (*stop)(void*), void* context) {
    stop_ = stop;
    context_ = context;
  }
  /// After what passed the cap has ended and garbage is gone: what is kept leaves the reserve to whoever cleans up.
  void settle();
  /// Closes the state made by open().
  void close(lua_State* L);

  std::size_t used() const { return used_; }
  /// What the system gave for it; freed blocks that wait for others of their size included. Up to half more than cap().
  std::size_t held() const { return pieces_.size() * kPiece + large_; }
  std::size_t cap() const { return cap_; }

 private:
  static constexpr std::size_t kStep = 16, kLargestSmall = 512, kPiece = 128 * 1024;
  struct Free {
    Free* next;
  };

  static void* allocate(void* self, void* block, std::size_t old_size, std::size_t new_size);
  static constexpr std::size_t steps(std::size_t size) { return (size + kStep - 1) / kStep; }
  bool allows(std::size_t more_used, std::size_t more_held);
  void* resize(void* block, std::size_t old_size, std::size_t new_size);
  void* take(std::size_t size, bool capped);
  void* cut(std::size_t size, bool capped);
  void give_back(void* block, std::size_t size);

  Control* control_ = nullptr;
  void (*stop_)(void*) = nullptr;
  void* context_ = nullptr;
  std::size_t cap_ = 0;
  std::size_t settled_ = 0;  // what was kept beyond the cap when it was passed
  std::size_t used_ = 0;
  std::size_t large_ = 0;  // the part of it in large blocks
  bool closing_ = false;  // all pieces go at once: single blocks need not be kept in order
  std::array<Free*, kLargestSmall / kStep + 1> free_{};  // by size in steps
  std::byte* rest_ = nullptr;                            // of the newest piece
  std::byte* rest_end_ = nullptr;
  std::vector<std::byte*> pieces_;
};

}  // namespace btk::lua
