#include "lua/indicator_kit.h"
#include "lua/indicators.h"

using namespace btk::lua::ta;

namespace {

/// Sums of a volume-weighted average price, in the order in which candles are added.
struct Weighted {
  double money = 0, volume = 0, closes = 0;
  int count = 0;

  void add(double high, double low, double close, double amount) {
    money += (high + low + close) / 3 * amount;
    volume += amount;
    closes += close;
    ++count;
  }
  double price() const { return volume == 0 ? closes / count : money / volume; }
};

}  // namespace

int32_t btk_ta_obv(const double* close, const double* volume, int32_t count, double* out, int32_t stride) {
  const Values c{close, count}, v{volume, count};
  if (!finite(c) || !finite(v)) return 0;
  return answer<1>(out, stride, [&](auto& put) {
    double balance = 0;
    for (int i = 0; i < count; ++i) {
      if (i > 0 && c[i] > c[i - 1]) balance += v[i];
      if (i > 0 && c[i] < c[i - 1]) balance -= v[i];
      put(balance);
    }
  });
}

int32_t btk_ta_vwap(const double* high, const double* low, const double* close, const double* volume,
                    int32_t count, double n, double* out, int32_t stride) {
  const bool all = n == 0;
  const int p = all ? count : period(n);
  const Values h = window(high, count, p, stride), l = window(low, count, p, stride),
               c = window(close, count, p, stride), v = window(volume, count, p, stride);
  if (p <= 0 || !finite(h) || !finite(l) || !finite(c) || !finite(v)) return 0;
  return answer<1>(out, stride, [&](auto& put) {
    if (all) {
      Weighted sums;
      for (int i = 0; i < c.count; ++i) {
        sums.add(h[i], l[i], c[i], v[i]);
        put(sums.price());
      }
      return;
    }
    for (int i = p - 1; i < c.count; ++i) {
      Weighted sums;
      for (int j = i + 1 - p; j <= i; ++j) sums.add(h[j], l[j], c[j], v[j]);
      put(sums.price());
    }
  });
}
