#include "lua/indicator_lanes.h"
#include "lua/indicator_memory.h"
#include "lua/indicators.h"

using namespace btk::lua::ta;

// NaN and infinity in what is looked at make every result here NaN or infinite, and such rows are refused: no
// column has to be searched for them beforehand.

namespace {

template <class Number>
Number weighted(Window<Number> x, int n) {
  Number sum = 0.0;
  for (int i = 0; i < n; ++i) sum += x[i] * (i + 1);
  return sum / (0.5 * n * (n + 1.0));
}

template <class Number>
struct Line {
  Number end;    ///< value at the newest point
  Number slope;  ///< per point
};

template <class Number>
Line<Number> fit(Window<Number> x, int n) {
  const double centre = 0.5 * (n - 1.0);
  const Number average = mean(x, n);
  Number along = 0.0;
  double square = 0;
  for (int i = 0; i < n; ++i) {
    const double t = i - centre;
    along += (x[i] - average) * t;
    square += t * t;
  }
  const Number slope = along / square;
  return {average + slope * centre, slope};
}

}  // namespace

int32_t btk_ta_sma(const double* x, int32_t count, double n, double* out, int32_t stride) {
  const int p = period(n);
  const Values v = window(x, count, p, stride);
  if (p == 0) return 0;
  return answer<1>(out, stride, [&](auto& put) {
    slide(v.count, p, [&](auto place) { put_rows(put, mean(place(v.data), p)); });
  });
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
  return answer<1>(out, stride, [&](auto& put) {
    slide(v.count, p, [&](auto place) { put_rows(put, weighted(place(v.data), p)); });
  });
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
    slide(v.count, p + root - 1, [&](auto place) {
      typename decltype(place)::Value sum = 0.0;
      for (int k = 1; k <= root; ++k) {
        const double* first = v.data + (k - 1);
        sum += (weighted(place(first + p - half), half) * 2 - weighted(place(first), p)) * k;
      }
      put_rows(put, sum / (0.5 * root * (root + 1.0)));
    });
  });
}

int32_t btk_ta_linreg(const double* x, int32_t count, double n, double* out, int32_t stride) {
  const int p = period(n, 2);
  const Values v = window(x, count, p, stride);
  if (p == 0) return 0;
  return answer<2>(out, stride, [&](auto& put) {
    slide(v.count, p, [&](auto place) {
      const auto line = fit(place(v.data), p);
      put_rows(put, line.end, line.slope);
    });
  });
}

int32_t btk_ta_first_bad(const double* x, int32_t count) {
  for (int32_t i = 0; i < count; ++i)
    if (!std::isfinite(x[i])) return i;
  return -1;
}
