#include "lua/indicator_memory.h"
#include "lua/indicators.h"

using namespace btk::lua::ta;

int32_t btk_ta_obv(const double* close, const double* volume, int32_t count, double* out, int32_t stride) {
  const Values c{close, count}, v{volume, count};
  if (!finite(c) || !finite(v)) return 0;
  return answer<1>(out, stride, [&](auto& put) { remember(ObvMemory{}, {.close = close, .volume = volume}, count, put); });
}

int32_t btk_ta_vwap(const double* high, const double* low, const double* close, const double* volume,
                    int32_t count, double n, double* out, int32_t stride) {
  const bool all = n == 0;
  const int p = all ? count : period(n);
  const Values h = window(high, count, p, stride), l = window(low, count, p, stride),
               c = window(close, count, p, stride), v = window(volume, count, p, stride);
  if (p <= 0 || !finite(h) || !finite(l) || !finite(c) || !finite(v)) return 0;
  const Inputs in{.high = h.data, .low = l.data, .close = c.data, .volume = v.data};
  return answer<1>(out, stride, [&](auto& put) {
    if (all) return remember(WeightedPrice{}, in, c.count, put);
    for (int i = p - 1; i < c.count; ++i) {
      WeightedPrice sums;
      for (int j = i + 1 - p; j <= i; ++j) sums.add(in, j);
      put(sums.price());
    }
  });
}
