#include "lua/indicator_memory.h"
#include "lua/indicators.h"

using namespace btk::lua::ta;

// NaN and infinity in what is looked at make every result here NaN or infinite, and such rows are refused: no
// column has to be searched for them beforehand.

namespace {

double weighted(const double* x, int n) {
  double sum = 0;
  for (int i = 0; i < n; ++i) sum += x[i] * (i + 1);
  return sum / (0.5 * n * (n + 1.0));
}

struct Line {
  double end;    ///< value at the newest point
  double slope;  ///< per point
};

Line fit(const double* x, int n) {
  const double centre = 0.5 * (n - 1.0), average = mean(x, n);
  double along = 0, square = 0;
  for (int i = 0; i < n; ++i) {
    const double t = i - centre;
    along += t * (x[i] - average);
    square += t * t;
  }
  const double slope = along / square;
  return {average + slope * centre, slope};
}

/// Calls put(f(window)) for every window of n values.
template <class Put, class Function>
void slide(Values x, int n, Put& put, Function f) {
  for (int i = n; i <= x.count; ++i) put(f(x.data + (i - n), n));
}

}  // namespace

int32_t btk_ta_sma(const double* x, int32_t count, double n, double* out, int32_t stride) {
  const int p = period(n);
  const Values v = window(x, count, p, stride);
  if (p == 0) return 0;
  return answer<1>(out, stride, [&](auto& put) { slide(v, p, put, mean); });
}

int32_t btk_ta_ema(const double* x, int32_t count, double n, double* out, int32_t stride) {
  const int p = period(n);
  if (p == 0) return 0;
  return answer<1>(out, stride, [&](auto& put) { remember(AverageMemory{Smoothed::exponential(p)}, {.x = x}, count, put); });
}

int32_t btk_ta_rma(const double* x, int32_t count, double n, double* out, int32_t stride) {
  const int p = period(n);
  if (p == 0) return 0;
  return answer<1>(out, stride, [&](auto& put) { remember(AverageMemory{Smoothed::wilder(p)}, {.x = x}, count, put); });
}

int32_t btk_ta_wma(const double* x, int32_t count, double n, double* out, int32_t stride) {
  const int p = period(n);
  const Values v = window(x, count, p, stride);
  if (p == 0) return 0;
  return answer<1>(out, stride, [&](auto& put) { slide(v, p, put, weighted); });
}

int32_t btk_ta_dema(const double* x, int32_t count, double n, double* out, int32_t stride) {
  const int p = period(n);
  if (p == 0) return 0;
  return answer<1>(out, stride, [&](auto& put) { remember(DemaMemory(p), {.x = x}, count, put); });
}

int32_t btk_ta_tema(const double* x, int32_t count, double n, double* out, int32_t stride) {
  const int p = period(n);
  if (p == 0) return 0;
  return answer<1>(out, stride, [&](auto& put) { remember(TemaMemory(p), {.x = x}, count, put); });
}

int32_t btk_ta_hma(const double* x, int32_t count, double n, double* out, int32_t stride) {
  const int p = period(n, 2);
  if (p == 0) return 0;
  const int half = p / 2, root = static_cast<int>(std::sqrt(static_cast<double>(p)));
  const Values v = window(x, count, p + root - 1, stride);
  return answer<1>(out, stride, [&](auto& put) {
    for (int end = p + root - 1; end <= v.count; ++end) {
      double sum = 0;
      for (int k = 1; k <= root; ++k) {
        const double* stop = v.data + (end - root + k);
        sum += k * (2 * weighted(stop - half, half) - weighted(stop - p, p));
      }
      put(sum / (0.5 * root * (root + 1.0)));
    }
  });
}

int32_t btk_ta_linreg(const double* x, int32_t count, double n, double* out, int32_t stride) {
  const int p = period(n, 2);
  const Values v = window(x, count, p, stride);
  if (p == 0) return 0;
  return answer<2>(out, stride, [&](auto& put) {
    for (int i = p; i <= v.count; ++i) {
      const Line line = fit(v.data + (i - p), p);
      put(line.end, line.slope);
    }
  });
}

int32_t btk_ta_first_bad(const double* x, int32_t count) {
  for (int32_t i = 0; i < count; ++i)
    if (!std::isfinite(x[i])) return i;
  return -1;
}
