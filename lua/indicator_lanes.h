// Neighbouring windows side by side. An indicator over the last n values adds up n numbers for every candle, and each
// addition waits for the one before. Windows that begin one candle apart can be worked on together, every one of them in its
// own order and so to the same bits, in the time that one takes. Internal to lua/indicators_*.cpp.
#pragma once

#include <array>
#include <cstddef>
#include <cstring>
#include <type_traits>
#include <utility>

namespace btk::lua::ta {

/// A number of each of eight windows.
class Lanes {
 public:
  static constexpr std::size_t kCount = 8;

  Lanes() : Lanes(0.0) {}
  Lanes(double same) : a_{same, same}, b_(a_), c_(a_), d_(a_) {}  // NOLINT: what all windows have in common is written as a number
  static Lanes load(const double* from) { return {pair(from), pair(from + 2), pair(from + 4), pair(from + 6)}; }
  std::array<double, kCount> stored() const {
    std::array<double, kCount> lanes;
    std::memcpy(lanes.data(), &a_, sizeof a_);
    std::memcpy(lanes.data() + 2, &b_, sizeof b_);
    std::memcpy(lanes.data() + 4, &c_, sizeof c_);
    std::memcpy(lanes.data() + 6, &d_, sizeof d_);
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

inline double larger(double a, double b) { return a > b ? a : b; }
inline double smaller(double a, double b) { return a < b ? a : b; }

/// One window of a column, or (of Lanes) eight that begin one after the other.
template <class Number>
struct Window;

template <>
struct Window<double> {
  const double* first;
  double operator[](int i) const { return first[i]; }
};

template <>
struct Window<Lanes> {
  const double* first;
  Lanes operator[](int i) const { return Lanes::load(first + i); }
};

/// Where a window begins, or the first of eight: makes it of a column.
template <class Number>
struct Place {
  using Value = Number;
  int first;
  Window<Number> operator()(const double* column) const { return {column + first}; }
};

/// Calls row(place) for every window of n values of `count`, for eight together as long as there are so many; it shall end
/// with put_rows().
template <class Row>
void slide(int count, int n, Row row) {
  constexpr int kTogether = Lanes::kCount;
  const int windows = count - n + 1;
  int first = 0;
  for (; first + kTogether <= windows; first += kTogether) row(Place<Lanes>{first});
  for (; first < windows; ++first) row(Place<double>{first});
}

/// Puts the results of one window as a row, those of eight as eight rows.
template <class Put, class... Numbers>
void put_rows(Put& put, Numbers... results) {
  if constexpr ((std::is_same_v<Numbers, Lanes> && ...)) {
    const std::array<std::array<double, Lanes::kCount>, sizeof...(Numbers)> columns{results.stored()...};
    [&]<std::size_t... Column>(std::index_sequence<Column...>) {
      for (std::size_t lane = 0; lane < Lanes::kCount; ++lane) put(columns[Column][lane]...);
    }(std::index_sequence_for<Numbers...>());
  } else {
    put(results...);
  }
}

template <class Number>
Number mean(Window<Number> x, int n) {
  Number sum = 0.0;
  for (int i = 0; i < n; ++i) sum += x[i];
  return sum / n;
}

template <class Number>
Number highest(Window<Number> x, int n) {
  Number best = x[0];
  for (int i = 1; i < n; ++i) best = larger(x[i], best);
  return best;
}

template <class Number>
Number lowest(Window<Number> x, int n) {
  Number best = x[0];
  for (int i = 1; i < n; ++i) best = smaller(x[i], best);
  return best;
}

}  // namespace btk::lua::ta
