// Eight numbers side by side. A mean over the last n values adds up n numbers for every candle, and each addition waits for
// the one before. Windows that begin one candle apart can be worked on together, every one of them in its own order and so
// to the same bits, in the time that one takes.
#pragma once

#include <array>
#include <cstddef>
#include <cstring>

namespace btk {

/// A number of each of eight windows.
class Lanes {
 public:
  static constexpr std::size_t kCount = 8;

  Lanes() : Lanes(0.0) {}
  Lanes(double same) : a_{same, same}, b_(a_), c_(a_), d_(a_) {}  // NOLINT: what all windows have in common is written as a number
  static Lanes load(const double* from) { return {pair(from), pair(from + 2), pair(from + 4), pair(from + 6)}; }
  void store(double* to) const {
    std::memcpy(to, &a_, sizeof a_);
    std::memcpy(to + 2, &b_, sizeof b_);
    std::memcpy(to + 4, &c_, sizeof c_);
    std::memcpy(to + 6, &d_, sizeof d_);
  }
  std::array<double, kCount> stored() const {
    std::array<double, kCount> lanes;
    store(lanes.data());
    return lanes;
  }

  friend Lanes operator+(Lanes x, Lanes y) { return {x.a_ + y.a_, x.b_ + y.b_, x.c_ + y.c_, x.d_ + y.d_}; }
  friend Lanes operator-(Lanes x, Lanes y) { return {x.a_ - y.a_, x.b_ - y.b_, x.c_ - y.c_, x.d_ - y.d_}; }
  friend Lanes operator*(Lanes x, Lanes y) { return {x.a_ * y.a_, x.b_ * y.b_, x.c_ * y.c_, x.d_ * y.d_}; }
  friend Lanes operator/(Lanes x, Lanes y) { return {x.a_ / y.a_, x.b_ / y.b_, x.c_ / y.c_, x.d_ / y.d_}; }
  Lanes& operator+=(Lanes y) { return *this = *this + y; }

  friend Lanes larger(Lanes x, Lanes y) { return {max(x.a_, y.a_), max(x.b_, y.b_), max(x.c_, y.c_), max(x.d_, y.d_)}; }
  friend Lanes smaller(Lanes x, Lanes y) { return {min(x.a_, y.a_), min(x.b_, y.b_), min(x.c_, y.c_), min(x.d_, y.d_)}; }

 private:
  using Pair = double __attribute__((vector_size(16)));  // as every x86-64 has them

  Lanes(Pair a, Pair b, Pair c, Pair d) : a_(a), b_(b), c_(c), d_(d) {}
  static Pair pair(const double* from) {
    Pair pair;
    std::memcpy(&pair, from, sizeof pair);
    return pair;
  }
  static Pair max(Pair x, Pair y) { return x > y ? x : y; }
  static Pair min(Pair x, Pair y) { return x < y ? x : y; }

  Pair a_, b_, c_, d_;
};

}  // namespace btk
