#include "lua/indicator_lanes.h"
#include "lua/indicator_memory.h"
#include "lua/indicators.h"

using namespace btk::lua::ta;

// Where a comparison could hide a NaN the columns are searched for it first; elsewhere it reaches the result,
// which is then refused.

namespace {

/// Where the close of candle `i` lies in the range of the n candles up to it, 0 to 100.
double place_in_range(Values high, Values low, Values close, int i, int n) {
  const double top = highest(Window<double>{high.data + (i + 1 - n)}, n), bottom = lowest(Window<double>{low.data + (i + 1 - n)}, n);
  return top == bottom ? 50 : 100 * (close[i] - bottom) / (top - bottom);
}

/// Percentage of the n values from x[0] that are not above the one after them, x[n].
double share_not_above(const double* x, int n) {
  int not_above = 0;
  for (int i = 0; i < n; ++i) not_above += x[i] <= x[n];
  return 100.0 * not_above / n;
}

}  // namespace

int32_t btk_ta_rsi(const double* x, int32_t count, double n, double* out, int32_t stride) {
  const int p = period(n);
  if (p == 0) return 0;
  return answer<1>(out, stride, [&](auto& put) { remember(RsiMemory(p), {.x = x}, count, put); });
}

int32_t btk_ta_macd(const double* x, int32_t count, double fast, double slow, double signal, double* out,
                    int32_t stride) {
  const int f = period(fast), s = period(slow), g = period(signal);
  if (f == 0 || s == 0 || g == 0) return 0;
  return answer<3>(out, stride, [&](auto& put) { remember(MacdMemory(f, s, g), {.x = x}, count, put); });
}

int32_t btk_ta_momentum(const double* x, int32_t count, double n, double* out, int32_t stride) {
  const int p = period(n);
  const Values v = window(x, count, p + 1, stride);
  if (p == 0) return 0;
  return answer<1>(out, stride, [&](auto& put) {
    for (int i = p; i < v.count; ++i) put(v[i] - v[i - p]);
  });
}

int32_t btk_ta_roc(const double* x, int32_t count, double n, double* out, int32_t stride) {
  const int p = period(n);
  const Values v = window(x, count, p + 1, stride);
  if (p == 0) return 0;
  return answer<1>(out, stride, [&](auto& put) {
    for (int i = p; i < v.count; ++i) put(100 * (v[i] - v[i - p]) / v[i - p]);
  });
}

int32_t btk_ta_percent_rank(const double* x, int32_t count, double n, double* out, int32_t stride) {
  const int p = period(n);
  const Values v = window(x, count, p + 1, stride);
  if (p == 0 || !finite(v)) return 0;
  return answer<1>(out, stride, [&](auto& put) {
    for (int i = p; i < v.count; ++i) put(share_not_above(v.data + (i - p), p));
  });
}

int32_t btk_ta_stochastic(const double* high, const double* low, const double* close, int32_t count, double n,
                          double d, double smooth, double* out, int32_t stride) {
  const int p = period(n), slow = period(d), calm = period(smooth);
  if (p == 0 || slow == 0 || calm == 0) return 0;
  const int need = p + slow + calm - 2;
  const Values h = window(high, count, need, stride), l = window(low, count, need, stride),
               c = window(close, count, need, stride);
  if (!finite(h) || !finite(l) || !finite(c)) return 0;
  const auto percent_k = [&](int i) {
    double sum = 0;
    for (int j = i + 1 - calm; j <= i; ++j) sum += place_in_range(h, l, c, j, p);
    return sum / calm;
  };
  return answer<2>(out, stride, [&](auto& put) {
    for (int i = need - 1; i < c.count; ++i) {
      double k = 0, sum = 0;
      for (int j = i + 1 - slow; j <= i; ++j) sum += k = percent_k(j);
      put(k, sum / slow);
    }
  });
}

int32_t btk_ta_williams_r(const double* high, const double* low, const double* close, int32_t count, double n,
                          double* out, int32_t stride) {
  const int p = period(n);
  const Values h = window(high, count, p, stride), l = window(low, count, p, stride),
               c = window(close, count, p, stride);
  if (p == 0 || !finite(h) || !finite(l) || !finite(c)) return 0;
  return answer<1>(out, stride, [&](auto& put) {
    for (int i = p - 1; i < c.count; ++i) put(place_in_range(h, l, c, i, p) - 100);
  });
}

int32_t btk_ta_cci(const double* high, const double* low, const double* close, int32_t count, double n,
                   double* out, int32_t stride) {
  const int p = period(n);
  const Values h = window(high, count, p, stride), l = window(low, count, p, stride),
               c = window(close, count, p, stride);
  if (p == 0 || !finite(h) || !finite(l) || !finite(c)) return 0;
  const auto typical = [&](int i) { return (h[i] + l[i] + c[i]) / 3; };
  return answer<1>(out, stride, [&](auto& put) {
    for (int i = p - 1; i < c.count; ++i) {
      const int first = i + 1 - p;
      const double newest = typical(i);
      double sum = 0, deviation = 0;
      bool flat = true;
      for (int j = first; j <= i; ++j) {
        const double t = typical(j);
        sum += t;
        flat = flat && t == newest;
      }
      const double average = sum / p;
      for (int j = first; j <= i; ++j) deviation += std::fabs(typical(j) - average);
      // In a flat window the mean may be off by a rounding, which must not become a signal.
      put(flat ? 0 : (newest - average) / (0.015 * (deviation / p)));
    }
  });
}

int32_t btk_ta_adx(const double* high, const double* low, const double* close, int32_t count, double n,
                   double* out, int32_t stride) {
  const int p = period(n);
  const Values h{high, count}, l{low, count}, c{close, count};
  if (p == 0 || !finite(h) || !finite(l) || !finite(c)) return 0;
  return answer<3>(out, stride, [&](auto& put) {
    remember(AdxMemory(p), {.high = high, .low = low, .close = close}, count, put);
  });
}

int32_t btk_ta_aroon(const double* high, const double* low, int32_t count, double n, double* out,
                     int32_t stride) {
  const int p = period(n);
  const Values h = window(high, count, p + 1, stride), l = window(low, count, p + 1, stride);
  if (p == 0 || !finite(h) || !finite(l)) return 0;
  return answer<2>(out, stride, [&](auto& put) {
    for (int i = p; i < h.count; ++i) {
      int top = i, bottom = i;
      for (int j = i - 1; j >= i - p; --j) {
        if (h[j] > h[top]) top = j;
        if (l[j] < l[bottom]) bottom = j;
      }
      put(100.0 * (p - (i - top)) / p, 100.0 * (p - (i - bottom)) / p);
    }
  });
}

int32_t btk_ta_mfi(const double* high, const double* low, const double* close, const double* volume,
                   int32_t count, double n, double* out, int32_t stride) {
  const int p = period(n);
  const Values h = window(high, count, p + 1, stride), l = window(low, count, p + 1, stride),
               c = window(close, count, p + 1, stride), v = window(volume, count, p + 1, stride);
  if (p == 0 || !finite(h) || !finite(l) || !finite(c) || !finite(v)) return 0;
  const auto typical = [&](int i) { return (h[i] + l[i] + c[i]) / 3; };
  return answer<1>(out, stride, [&](auto& put) {
    for (int i = p; i < c.count; ++i) {
      double up = 0, down = 0;
      for (int j = i + 1 - p; j <= i; ++j) {
        const double now = typical(j), before = typical(j - 1);
        if (now > before) up += now * v[j];
        if (now < before) down += now * v[j];
      }
      put(balance(up, down));
    }
  });
}
