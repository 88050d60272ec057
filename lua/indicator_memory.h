// Indicators with a memory: what they know of the candles so far is enough to go on, one candle at a time. The batch
// functions of lua/indicators.h run them over a whole column, btk.series (lua/series_columns.h) goes on with them as
// candles come, so both give the same bits. Formulas: lua/indicators.h. Internal to lua/.
//
// Each has step(in, i, put): takes candle i, the one after the last that it took, and calls put(result...) once when
// there is a value. Columns that an indicator does not name may be null.
#pragma once

#include <cmath>

#include "lua/indicator_kit.h"

namespace btk::lua::ta {

/// The columns that indicators read, oldest first. `x` is the source of those that read one column.
struct Inputs {
  const double* x = nullptr;
  const double* high = nullptr;
  const double* low = nullptr;
  const double* close = nullptr;
  const double* volume = nullptr;
};

/// 100 up / (up + down), 50 when there is neither; NaN when they are not finite.
inline double balance(double up, double down) {
  const double both = up + down;
  if (both == 0) return 50;
  return 100 * up / both + (both - both);
}

/// True range of candle i >= 1.
inline double true_range(const Inputs& in, int i) {
  const double before = in.close[i - 1];
  const double top = in.high[i] > before ? in.high[i] : before;
  const double bottom = in.low[i] < before ? in.low[i] : before;
  return top - bottom;
}

/// ema and rma.
struct AverageMemory {
  Smoothed average;

  template <class Put>
  void step(const Inputs& in, int i, Put& put) {
    if (average.add(in.x[i])) put(average.value());
  }
};

struct DemaMemory {
  explicit DemaMemory(int n) : e1(Smoothed::exponential(n)), e2(e1) {}
  Smoothed e1, e2;

  template <class Put>
  void step(const Inputs& in, int i, Put& put) {
    if (e1.add(in.x[i]) && e2.add(e1.value())) put(2 * e1.value() - e2.value());
  }
};

struct TemaMemory {
  explicit TemaMemory(int n) : e1(Smoothed::exponential(n)), e2(e1), e3(e1) {}
  Smoothed e1, e2, e3;

  template <class Put>
  void step(const Inputs& in, int i, Put& put) {
    if (e1.add(in.x[i]) && e2.add(e1.value()) && e3.add(e2.value()))
      put(3 * e1.value() - 3 * e2.value() + e3.value());
  }
};

struct RsiMemory {
  explicit RsiMemory(int n) : up(Smoothed::wilder(n)), down(up) {}
  Smoothed up, down;

  template <class Put>
  void step(const Inputs& in, int i, Put& put) {
    if (i == 0) return;
    // The fall is made from the rise so that a NaN reaches the result through both.
    const double move = in.x[i] - in.x[i - 1], rise = move > 0 ? move : 0;
    up.add(rise);
    if (down.add(rise - move)) put(balance(up.value(), down.value()));
  }
};

struct MacdMemory {
  MacdMemory(int fast, int slow, int signal)
      : quick(Smoothed::exponential(fast)), calm(Smoothed::exponential(slow)), mark(Smoothed::exponential(signal)) {}
  Smoothed quick, calm, mark;

  template <class Put>
  void step(const Inputs& in, int i, Put& put) {
    const bool quick_known = quick.add(in.x[i]), calm_known = calm.add(in.x[i]);
    if (!quick_known || !calm_known) return;
    const double line = quick.value() - calm.value();
    if (mark.add(line)) put(line, mark.value(), line - mark.value());
  }
};

struct AdxMemory {
  explicit AdxMemory(int n) : plus(Smoothed::wilder(n)), minus(plus), range(plus), index(plus) {}
  Smoothed plus, minus, range, index;

  template <class Put>
  void step(const Inputs& in, int i, Put& put) {
    if (i == 0) return;
    const double up = in.high[i] - in.high[i - 1], down = in.low[i - 1] - in.low[i];
    plus.add(up > down && up > 0 ? up : 0);
    minus.add(down > up && down > 0 ? down : 0);
    if (!range.add(true_range(in, i))) return;
    const double tr = range.value();
    const double plus_di = tr == 0 ? 0 : 100 * plus.value() / tr, minus_di = tr == 0 ? 0 : 100 * minus.value() / tr;
    const double both = plus_di + minus_di;
    if (index.add(both == 0 ? 0 : 100 * std::fabs(plus_di - minus_di) / both)) put(index.value(), plus_di, minus_di);
  }
};

struct AtrMemory {
  explicit AtrMemory(int n) : range(Smoothed::wilder(n)) {}
  Smoothed range;

  template <class Put>
  void step(const Inputs& in, int i, Put& put) {
    if (i > 0 && range.add(true_range(in, i))) put(range.value());
  }
};

struct KeltnerMemory {
  KeltnerMemory(int n, double factor, int atr_n)
      : middle(Smoothed::exponential(n)), range(Smoothed::wilder(atr_n)), k(factor) {}
  Smoothed middle, range;
  double k;

  template <class Put>
  void step(const Inputs& in, int i, Put& put) {
    const bool middle_known = middle.add(in.close[i]);
    const bool range_known = i > 0 && range.add(true_range(in, i));
    if (!middle_known || !range_known) return;
    const double reach = k * range.value();
    put(middle.value(), middle.value() + reach, middle.value() - reach);
  }
};

struct SupertrendMemory {
  SupertrendMemory(int n, double factor) : range(Smoothed::wilder(n)), k(factor) {}
  Smoothed range;
  double k;
  double ceiling = 0, floor = 0;
  bool up = false, first = true;

  template <class Put>
  void step(const Inputs& in, int i, Put& put) {
    if (i == 0 || !range.add(true_range(in, i))) return;
    const double centre = 0.5 * (in.high[i] + in.low[i]), reach = k * range.value(), before = in.close[i - 1];
    if (first || centre + reach < ceiling || before > ceiling) ceiling = centre + reach;
    if (first || centre - reach > floor || before < floor) floor = centre - reach;
    if (!first) up = up ? !(in.close[i] < floor) : in.close[i] > ceiling;
    first = false;
    put(up ? floor : ceiling, up ? 1.0 : -1.0);
  }
};

struct ObvMemory {
  double balance = 0;

  template <class Put>
  void step(const Inputs& in, int i, Put& put) {
    if (i > 0 && in.close[i] > in.close[i - 1]) balance += in.volume[i];
    if (i > 0 && in.close[i] < in.close[i - 1]) balance -= in.volume[i];
    put(balance);
  }
};

/// Sums of a volume-weighted average price, in the order in which candles are added.
struct WeightedPrice {
  double money = 0, volume = 0, closes = 0;
  int count = 0;

  void add(const Inputs& in, int i) {
    money += (in.high[i] + in.low[i] + in.close[i]) / 3 * in.volume[i];
    volume += in.volume[i];
    closes += in.close[i];
    ++count;
  }
  double price() const { return volume == 0 ? closes / count : money / volume; }

  /// vwap of everything so far.
  template <class Put>
  void step(const Inputs& in, int i, Put& put) {
    add(in, i);
    put(price());
  }
};

/// The rows of candles [0, count), on a memory of its own: the compiler keeps it in registers.
template <class Memory, class Put>
void remember(Memory memory, const Inputs& in, int count, Put& put) {
  for (int i = 0; i < count; ++i) memory.step(in, i, put);
}

}  // namespace btk::lua::ta
