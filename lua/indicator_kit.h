// What the indicator functions share: reading parameters, the shape of an answer, and the two averages with a
// memory. Internal to lua/indicators_*.cpp.
#pragma once

#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>

namespace btk::lua::ta {

/// A column of numbers, oldest first.
struct Values {
  const double* data;
  int count;
  double operator[](int i) const { return data[i]; }
};

/// A period as whole number of `least` or more; 0 for anything else (also NaN). The upper bound keeps sums of
/// periods inside an int.
inline int period(double n, int least = 1) {
  if (!(n >= least && n <= 500'000'000)) return 0;
  const int whole = static_cast<int>(n);
  return whole == n ? whole : 0;
}

/// Multiplying by zero gives zero for finite numbers and NaN for the others, and NaN sticks to a sum. Four
/// sums, so that the additions do not wait for each other.
inline bool finite(Values x) {
  double a = 0, b = 0, c = 0, d = 0;
  int i = 0;
  for (; i + 4 <= x.count; i += 4) {
    a += x[i] * 0;
    b += x[i + 1] * 0;
    c += x[i + 2] * 0;
    d += x[i + 3] * 0;
  }
  for (; i < x.count; ++i) a += x[i] * 0;
  return (a + b) + (c + d) == 0;
}

/// The part of a column that an indicator of a window of `need` values has to see: all of it for a series,
/// its last `need` values for the newest one.
inline Values window(const double* x, int count, int need, int stride) {
  if (stride != 0 || count <= need) return {x, count};
  return {x + (count - need), need};
}

/// Keeps the last row that is put.
template <std::size_t Results>
class Newest {
 public:
  template <class... Numbers>
  void operator()(Numbers... row) {
    static_assert(sizeof...(row) == Results);
    row_ = {row...};
    any_ = true;
  }
  int write(double* out) const {
    if (!any_) return 0;
    for (std::size_t r = 0; r < Results; ++r) {
      if (!std::isfinite(row_[r])) return 0;
      out[r] = row_[r];
    }
    return 1;
  }

 private:
  std::array<double, Results> row_{};
  bool any_ = false;
};

/// Writes every row that is put, one column per result.
template <std::size_t Results>
class Series {
 public:
  Series(double* out, int stride) : out_(out), stride_(stride) {}
  template <class... Numbers>
  void operator()(Numbers... row) {
    static_assert(sizeof...(row) == Results);
    double* cell = out_ + rows_++;
    for (const double value : {row...}) {
      if (!std::isfinite(value)) good_ = false;
      *cell = value;
      cell += stride_;
    }
  }
  int rows() const { return good_ ? rows_ : 0; }

 private:
  double* out_;
  std::ptrdiff_t stride_;
  int rows_ = 0;
  bool good_ = true;
};

/// Runs `kernel(put)`, which calls put(result...) once per row, and says how many rows there are.
template <std::size_t Results, class Kernel>
int32_t answer(double* out, int stride, Kernel kernel) {
  if (stride == 0) {
    Newest<Results> put;
    kernel(put);
    return put.write(out);
  }
  Series<Results> put(out, stride);
  kernel(put);
  return put.rows();
}

/// An average with a memory: the mean of the first n values, from then on a step of `weight` towards each
/// value.
class Smoothed {
 public:
  static Smoothed exponential(int n) { return {n, 2.0 / (n + 1.0)}; }
  static Smoothed wilder(int n) { return {n, 1.0 / n}; }

  /// True once n values have been seen and value() means something.
  bool add(double x) {
    if (seen_ == n_) {
      value_ += weight_ * (x - value_);
      return true;
    }
    value_ += x;
    if (++seen_ < n_) return false;
    value_ /= n_;
    return true;
  }
  double value() const { return value_; }

 private:
  Smoothed(int n, double weight) : n_(n), weight_(weight) {}
  int n_;
  double weight_;
  int seen_ = 0;
  double value_ = 0;  // the sum while n values have not been seen
};

}  // namespace btk::lua::ta
