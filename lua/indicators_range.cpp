#include "lua/indicator_memory.h"
#include "lua/indicators.h"

using namespace btk::lua::ta;

namespace {

struct Spread {
  double average, deviation;
};

/// Mean and population standard deviation. Equal values have deviation 0 exactly, whatever rounding does to
/// their mean.
Spread spread(const double* x, int n) {
  const double average = mean(x, n);
  double square = 0;
  bool flat = true;
  for (int i = 0; i < n; ++i) {
    const double off = x[i] - average;
    square += off * off;
    flat = flat && x[i] == x[0];
  }
  return {average, flat ? 0 : std::sqrt(square / n)};
}

}  // namespace

int32_t btk_ta_highest(const double* x, int32_t count, double n, double* out, int32_t stride) {
  const int p = period(n);
  const Values v = window(x, count, p, stride);
  if (p == 0 || !finite(v)) return 0;
  return answer<1>(out, stride, [&](auto& put) {
    for (int i = p; i <= v.count; ++i) put(highest(v.data + (i - p), p));
  });
}

int32_t btk_ta_lowest(const double* x, int32_t count, double n, double* out, int32_t stride) {
  const int p = period(n);
  const Values v = window(x, count, p, stride);
  if (p == 0 || !finite(v)) return 0;
  return answer<1>(out, stride, [&](auto& put) {
    for (int i = p; i <= v.count; ++i) put(lowest(v.data + (i - p), p));
  });
}

int32_t btk_ta_stddev(const double* x, int32_t count, double n, double* out, int32_t stride) {
  const int p = period(n);
  const Values v = window(x, count, p, stride);
  if (p == 0 || !finite(v)) return 0;
  return answer<1>(out, stride, [&](auto& put) {
    for (int i = p; i <= v.count; ++i) put(spread(v.data + (i - p), p).deviation);
  });
}

int32_t btk_ta_bollinger(const double* x, int32_t count, double n, double k, double* out, int32_t stride) {
  const int p = period(n);
  const Values v = window(x, count, p, stride);
  if (p == 0) return 0;
  return answer<3>(out, stride, [&](auto& put) {
    for (int i = p; i <= v.count; ++i) {
      const Spread s = spread(v.data + (i - p), p);
      put(s.average, s.average + k * s.deviation, s.average - k * s.deviation);
    }
  });
}

int32_t btk_ta_true_range(const double* high, const double* low, const double* close, int32_t count,
                          double* out, int32_t stride) {
  const Values h = window(high, count, 2, stride), l = window(low, count, 2, stride),
               c = window(close, count, 2, stride);
  if (!finite(h) || !finite(l) || !finite(c)) return 0;
  return answer<1>(out, stride, [&](auto& put) {
    const Inputs in{.high = h.data, .low = l.data, .close = c.data};
    for (int i = 1; i < c.count; ++i) put(true_range(in, i));
  });
}

int32_t btk_ta_atr(const double* high, const double* low, const double* close, int32_t count, double n,
                   double* out, int32_t stride) {
  const int p = period(n);
  const Values h{high, count}, l{low, count}, c{close, count};
  if (p == 0 || !finite(h) || !finite(l) || !finite(c)) return 0;
  return answer<1>(out, stride, [&](auto& put) {
    remember(AtrMemory(p), {.high = high, .low = low, .close = close}, count, put);
  });
}

int32_t btk_ta_keltner(const double* high, const double* low, const double* close, int32_t count, double n,
                       double k, double atr_n, double* out, int32_t stride) {
  const int p = period(n), q = period(atr_n);
  const Values h{high, count}, l{low, count}, c{close, count};
  if (p == 0 || q == 0 || !finite(h) || !finite(l) || !finite(c)) return 0;
  return answer<3>(out, stride, [&](auto& put) {
    remember(KeltnerMemory(p, k, q), {.high = high, .low = low, .close = close}, count, put);
  });
}

int32_t btk_ta_donchian(const double* high, const double* low, int32_t count, double n, double* out,
                        int32_t stride) {
  const int p = period(n);
  const Values h = window(high, count, p, stride), l = window(low, count, p, stride);
  if (p == 0 || !finite(h) || !finite(l)) return 0;
  return answer<3>(out, stride, [&](auto& put) {
    for (int i = p; i <= h.count; ++i) {
      const double top = highest(h.data + (i - p), p), bottom = lowest(l.data + (i - p), p);
      put(0.5 * (top + bottom), top, bottom);
    }
  });
}

int32_t btk_ta_supertrend(const double* high, const double* low, const double* close, int32_t count, double n,
                          double k, double* out, int32_t stride) {
  const int p = period(n);
  const Values h{high, count}, l{low, count}, c{close, count};
  if (p == 0 || !finite(h) || !finite(l) || !finite(c)) return 0;
  return answer<2>(out, stride, [&](auto& put) {
    remember(SupertrendMemory(p, k), {.high = high, .low = low, .close = close}, count, put);
  });
}
