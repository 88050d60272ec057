#include "lua/indicator_lanes.h"
#include "lua/indicator_memory.h"
#include "lua/indicators.h"

using namespace btk::lua::ta;

namespace {

double deviation(double square, double widest, int n) { return widest == 0 ? 0 : std::sqrt(square / n); }
Lanes deviation(Lanes square, Lanes widest, int n) {
  auto lanes = square.stored();
  const auto widths = widest.stored();
  for (std::size_t lane = 0; lane < lanes.size(); ++lane) lanes[lane] = deviation(lanes[lane], widths[lane], n);
  return Lanes::load(lanes.data());
}

template <class Number>
struct Spread {
  Number average, deviation;
};

/// Mean and population standard deviation. Equal values have deviation 0 exactly, whatever rounding does to
/// their mean.
template <class Number>
Spread<Number> spread(Window<Number> x, int n) {
  const Number average = mean(x, n), first = x[0];
  Number square = 0.0, widest = 0.0;
  for (int i = 0; i < n; ++i) {
    const Number off = x[i] - average;
    square += off * off;
    widest = larger(larger(x[i] - first, first - x[i]), widest);
  }
  return {average, deviation(square, widest, n)};
}

}  // namespace

int32_t btk_ta_highest(const double* x, int32_t count, double n, double* out, int32_t stride) {
  const int p = period(n);
  const Values v = window(x, count, p, stride);
  if (p == 0 || !finite(v)) return 0;
  return answer<1>(out, stride, [&](auto& put) {
    slide(v.count, p, [&](auto place) { put_rows(put, highest(place(v.data), p)); });
  });
}

int32_t btk_ta_lowest(const double* x, int32_t count, double n, double* out, int32_t stride) {
  const int p = period(n);
  const Values v = window(x, count, p, stride);
  if (p == 0 || !finite(v)) return 0;
  return answer<1>(out, stride, [&](auto& put) {
    slide(v.count, p, [&](auto place) { put_rows(put, lowest(place(v.data), p)); });
  });
}

int32_t btk_ta_stddev(const double* x, int32_t count, double n, double* out, int32_t stride) {
  const int p = period(n);
  const Values v = window(x, count, p, stride);
  if (p == 0 || !finite(v)) return 0;
  return answer<1>(out, stride, [&](auto& put) {
    slide(v.count, p, [&](auto place) { put_rows(put, spread(place(v.data), p).deviation); });
  });
}

int32_t btk_ta_bollinger(const double* x, int32_t count, double n, double k, double* out, int32_t stride) {
  const int p = period(n);
  const Values v = window(x, count, p, stride);
  if (p == 0) return 0;
  return answer<3>(out, stride, [&](auto& put) {
    slide(v.count, p, [&](auto place) {
      const auto s = spread(place(v.data), p);
      put_rows(put, s.average, s.average + s.deviation * k, s.average - s.deviation * k);
    });
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
    slide(h.count, p, [&](auto place) {
      const auto top = highest(place(h.data), p), bottom = lowest(place(l.data), p);
      put_rows(put, (top + bottom) * 0.5, top, bottom);
    });
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
