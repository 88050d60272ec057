// Indicators written once for a window of values and for eight neighbouring windows (engine/lanes.h). Internal to
// lua/indicators_*.cpp.
#pragma once

#include <array>
#include <cstddef>
#include <type_traits>
#include <utility>

#include "engine/lanes.h"

namespace btk::lua::ta {

using btk::Lanes;

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
