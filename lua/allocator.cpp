#include "lua/allocator.h"

namespace btk::lua {
namespace {

constexpr std::size_t kReserve = 256 * 1024;

}  // namespace

lua_State* Allocator::open(std::size_t cap, Control& control) {
  lua_State* L = luaL_newstate();
  if (L == nullptr) return nullptr;
  cap_ = cap;
  control_ = &control;
  inner_ = lua_getallocf(L, &inner_data_);
  used_ = static_cast<std::size_t>(lua_gc(L, LUA_GCCOUNT, 0)) * 1024;
  lua_setallocf(L, &Allocator::allocate, this);
  return L;
}

void Allocator::close(lua_State* L) {
  // With its own allocator back in place LuaJIT gives the whole arena back at once.
  lua_setallocf(L, inner_, inner_data_);
  lua_close(L);
}

void* Allocator::allocate(void* self, void* block, std::size_t old_size, std::size_t new_size) {
  auto& a = *static_cast<Allocator*>(self);
  if (new_size > old_size) {
    const std::size_t limit = a.control_->memory_exhausted() ? a.cap_ + kReserve : a.cap_;
    const std::size_t after = a.used_ + (new_size - old_size);
    if (after > limit) {
      a.control_->stop(StopReason::memory);
      return nullptr;
    }
  }
  void* result = a.inner_(a.inner_data_, block, old_size, new_size);
  if (result != nullptr || new_size == 0) {
    a.used_ += new_size;
    a.used_ -= old_size < a.used_ ? old_size : a.used_;
  }
  return result;
}

}  // namespace btk::lua
