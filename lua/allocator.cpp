#include "lua/allocator.h"

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <mutex>
#include <new>

namespace btk::lua {
namespace {

constexpr std::size_t kReserve = 256 * 1024;
constexpr std::size_t kMostKept = 64;  // pieces that wait for the next state

// Pieces that closed states left.
class Spare {
 public:
  Spare() { pieces_.reserve(kMostKept); }
  std::byte* take() {
    const std::lock_guard lock(mutex_);
    if (pieces_.empty()) return nullptr;
    std::byte* piece = pieces_.back();
    pieces_.pop_back();
    return piece;
  }
  void keep(const std::vector<std::byte*>& pieces) {
    const std::lock_guard lock(mutex_);
    for (std::byte* piece : pieces) {
      if (pieces_.size() < kMostKept) {
        pieces_.push_back(piece);
      } else {
        std::free(piece);
      }
    }
  }

 private:
  std::mutex mutex_;
  std::vector<std::byte*> pieces_;
};

// Never destroyed: threads may still close their states when the program ends.
Spare& spare() {
  static auto& all = *new Spare;
  return all;
}

int panic(lua_State* L) {
  const char* message = lua_tostring(L, -1);
  std::fprintf(stderr, "error outside of a protected call into Lua: %s\n", message != nullptr ? message : "?");
  return 0;
}

}  // namespace

Allocator::~Allocator() {
  if (!pieces_.empty()) spare().keep(pieces_);
}

lua_State* Allocator::open(std::size_t cap, Control& control) {
  cap_ = cap;
  control_ = &control;
  spare();  // made here: Lua's own code is no place for an exception
  lua_State* L = lua_newstate(&Allocator::allocate, this);
  if (L != nullptr) lua_atpanic(L, panic);
  return L;
}

void Allocator::close(lua_State* L) {
  closing_ = true;
  lua_close(L);
}

void* Allocator::allocate(void* self, void* block, std::size_t old_size, std::size_t new_size) {
  auto& a = *static_cast<Allocator*>(self);
  if (block == nullptr) old_size = 0;
  if (new_size > old_size && !a.allows(new_size - old_size, new_size > kLargestSmall ? new_size : 0)) return nullptr;
  void* result = a.resize(block, old_size, new_size);
  if (result != nullptr || new_size == 0) {
    a.used_ += new_size - old_size;
    if (new_size > kLargestSmall) a.large_ += new_size;
    if (old_size > kLargestSmall) a.large_ -= old_size;
  }
  return result;
}

// Blocks that were freed wait for others of their size: more may be held than is used, but not much more.
bool Allocator::allows(std::size_t more_used, std::size_t more_held) {
  const auto within = [&](std::size_t beyond) {
    return used_ + more_used <= cap_ + beyond && held() + more_held <= cap_ + cap_ / 2 + beyond;
  };
  if (within(control_->memory_exhausted() ? settled_ + kReserve : 0)) return true;
  control_->stop(StopReason::memory);
  if (stop_ == nullptr) return false;
  stop_(context_);
  return within(cap_ + kReserve);
}

void Allocator::settle() {
  if (stop_ != nullptr && used_ > cap_) settled_ = std::min(used_ - cap_, cap_);
}

void* Allocator::resize(void* block, std::size_t old_size, std::size_t new_size) {
  if (new_size == 0) {
    if (block != nullptr) give_back(block, old_size);
    return nullptr;
  }
  if (block == nullptr) return take(new_size, true);
  const bool shrinks = new_size <= old_size;
  void* moved = nullptr;
  if (old_size > kLargestSmall && new_size > kLargestSmall) {
    moved = std::realloc(block, new_size);
  } else if (old_size <= kLargestSmall && new_size <= kLargestSmall && steps(old_size) == steps(new_size)) {
    return block;
  } else if (moved = take(new_size, !shrinks); moved != nullptr) {
    std::memcpy(moved, block, std::min(old_size, new_size));
    give_back(block, old_size);
  }
  return moved == nullptr && shrinks ? block : moved;  // Lua counts on it that a block can become smaller
}

void* Allocator::take(std::size_t size, bool capped) {
  if (size > kLargestSmall) return std::malloc(size);
  const std::size_t n = steps(size);
  if (Free* first = free_[n]; first != nullptr) {
    free_[n] = first->next;
    return first;
  }
  return cut(n * kStep, capped);
}

void* Allocator::cut(std::size_t size, bool capped) {
  if (static_cast<std::size_t>(rest_end_ - rest_) < size) {
    if (capped && !allows(0, kPiece)) return nullptr;
    std::byte* piece = spare().take();
    if (piece == nullptr) piece = static_cast<std::byte*>(std::malloc(kPiece));
    if (piece == nullptr) return nullptr;
    try {
      pieces_.push_back(piece);
    } catch (const std::bad_alloc&) {
      std::free(piece);
      return nullptr;
    }
    if (rest_ != rest_end_) give_back(rest_, static_cast<std::size_t>(rest_end_ - rest_));
    rest_ = piece;
    rest_end_ = piece + kPiece;
  }
  void* block = rest_;
  rest_ += size;
  return block;
}

void Allocator::give_back(void* block, std::size_t size) {
  if (size > kLargestSmall) {
    std::free(block);
  } else if (!closing_) {
    Free*& first = free_[steps(size)];
    first = new (block) Free{first};
  }
}

}  // namespace btk::lua
