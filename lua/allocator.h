// The memory of one isolate: small blocks in pieces of its own, large ones from
// the system, and a cap in front of both.
//
// An allocation that would pass the cap fails, which Lua turns into an error.
// The cap is sticky: the first refusal is remembered, and the isolate then
// refuses to let a script catch the error and go on (lua/control.h). A small
// reserve beyond the cap is opened at that moment, so that the error itself can
// be described.
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
  std::size_t cap_ = 0;
  std::size_t used_ = 0;
  std::size_t large_ = 0;  // the part of it in large blocks
  bool closing_ = false;  // all pieces go at once: single blocks need not be kept in order
  std::array<Free*, kLargestSmall / kStep + 1> free_{};  // by size in steps
  std::byte* rest_ = nullptr;                            // of the newest piece
  std::byte* rest_end_ = nullptr;
  std::vector<std::byte*> pieces_;
};

}  // namespace btk::lua
