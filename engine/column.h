// A growing column of doubles in one piece of memory. Unlike a vector it can take over memory that is filled
// already (a mapped file), and it does not write zeros into room that candles are about to take.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstring>
#include <memory>
#include <span>
#include <utility>

namespace btk {

class Column {
 public:
  Column() = default;
  /// Takes over `memory` with room for `capacity` doubles, the first `size` of which are there.
  Column(std::shared_ptr<double[]> memory, std::size_t size, std::size_t capacity)
      : memory_(std::move(memory)), size_(size), capacity_(capacity) {}
  Column(const Column& other) {
    reserve(other.size_);
    append(std::as_bytes(other.view()));
  }
  Column(Column&& other) noexcept
      : memory_(std::move(other.memory_)), size_(std::exchange(other.size_, 0)), capacity_(std::exchange(other.capacity_, 0)) {}
  Column& operator=(Column other) noexcept {
    memory_.swap(other.memory_);
    std::swap(size_, other.size_);
    std::swap(capacity_, other.capacity_);
    return *this;
  }
  ~Column() = default;

  std::size_t size() const { return size_; }
  std::size_t capacity() const { return capacity_; }
  double* data() { return memory_.get(); }
  const double* data() const { return memory_.get(); }
  std::span<const double> view() const { return {memory_.get(), size_}; }
  double operator[](std::size_t i) const { return memory_.get()[i]; }
  double& back() { return memory_.get()[size_ - 1]; }

  void push_back(double value) {
    if (size_ == capacity_) [[unlikely]]
      reserve(std::max<std::size_t>(16, 2 * capacity_));
    memory_.get()[size_++] = value;
  }
  /// Appends doubles as memory has them, at any alignment.
  void append(std::span<const std::byte> doubles) {
    const std::size_t added = doubles.size() / sizeof(double);
    if (added == 0) return;
    if (size_ + added > capacity_) reserve(std::max(size_ + added, 2 * capacity_));
    std::memcpy(memory_.get() + size_, doubles.data(), added * sizeof(double));
    size_ += added;
  }
  /// Room for `capacity` doubles; what is there stays.
  void reserve(std::size_t capacity) {
    if (capacity <= capacity_) return;
    auto larger = std::make_shared_for_overwrite<double[]>(capacity);
    if (size_ > 0) std::memcpy(larger.get(), memory_.get(), size_ * sizeof(double));
    memory_ = std::move(larger);
    capacity_ = capacity;
  }
  /// `count` of its doubles from `begin` on, in the same memory; the part moves to memory of its own when it grows. Both
  /// see what back() changes: only for columns that are complete.
  Column part(std::size_t begin, std::size_t count) const {
    return {std::shared_ptr<double[]>(memory_, memory_.get() + begin), count, count};
  }
  /// Drops what is behind the first `size` doubles.
  void truncate(std::size_t size) { size_ = std::min(size_, size); }

 private:
  std::shared_ptr<double[]> memory_;
  std::size_t size_ = 0, capacity_ = 0;
};

}  // namespace btk
