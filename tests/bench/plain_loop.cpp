#include "plain_loop.h"

#include <algorithm>
#include <cmath>
#include <span>

namespace btk::bench {
namespace {

constexpr double kFee = 0.001, kSlippage = 0.001;

// A long position or none, followed candle by candle.
struct Account {
  bool open = false;
  double entry = 0, take = 0, stop = 0;
  std::size_t expires = 0;
  PlainResult result{};

  void enter(double price, std::size_t i) {
    open = true;
    entry = price, take = price * 1.01, stop = price * 0.995;
    expires = i + 240;
  }
  void leave(double price) {
    const double paid = entry * (1 + kSlippage), got = price * (1 - kSlippage);
    result.pnl += (got - paid) / paid * 100 - kFee * 100 * (1 + got / paid);
    ++result.trades;
    open = false;
  }
  void follow(double high, double low, double close, std::size_t i) {
    if (low <= stop) leave(stop);
    else if (high >= take) leave(take);
    else if (i >= expires) leave(close);
  }
};

double sum(const double* values, std::size_t first, std::size_t end) {
  double total = 0;
  for (std::size_t i = first; i < end; ++i) total += values[i];
  return total;
}

using Window = std::span<const double>;

double rsi(Window close, std::size_t n) {
  double up = 0, down = 0;
  const auto count = static_cast<double>(n);
  for (std::size_t i = 1; i < close.size(); ++i) {
    const double change = close[i] - close[i - 1], gain = std::max(change, 0.0), loss = std::max(-change, 0.0);
    if (i <= n) {
      up += gain / count;
      down += loss / count;
    } else {
      up = (up * (count - 1) + gain) / count;
      down = (down * (count - 1) + loss) / count;
    }
  }
  return down == 0 ? 100 : 100 - 100 / (1 + up / down);
}

double ema(Window close, std::size_t n) {
  const double weight = 2.0 / (static_cast<double>(n) + 1);
  double value = sum(close.data(), 0, n) / static_cast<double>(n);
  for (std::size_t i = n; i < close.size(); ++i) value += weight * (close[i] - value);
  return value;
}

double atr(Window high, Window low, Window close, std::size_t n) {
  const auto count = static_cast<double>(n);
  double value = 0;
  for (std::size_t i = 1; i < close.size(); ++i) {
    const double before = close[i - 1];
    const double range =
        std::max(high[i] - low[i], std::max(std::abs(high[i] - before), std::abs(low[i] - before)));
    value = i <= n ? value + range / count : (value * (count - 1) + range) / count;
  }
  return value;
}

}  // namespace

PlainResult plain_w1(const CandleSeries& minutes, int fast, int slow) {
  const double *high = minutes.high().data(), *low = minutes.low().data(), *close = minutes.close().data();
  const auto f = static_cast<std::size_t>(fast), s = static_cast<std::size_t>(slow);
  Account account;
  for (std::size_t i = s; i < minutes.size(); ++i) {
    if (account.open) {
      account.follow(high[i], low[i], close[i], i);
      continue;
    }
    ++account.result.decisions;
    const double fast_sum = sum(close, i + 1 - f, i + 1), slow_sum = sum(close, i + 1 - s, i + 1);
    const double fast_before = fast_sum - close[i] + close[i - f], slow_before = slow_sum - close[i] + close[i - s];
    if (fast_before / fast <= slow_before / slow && fast_sum / fast > slow_sum / slow) account.enter(close[i], i);
  }
  return account.result;
}

Timeframes::Timeframes(const CandleSeries& minutes)
    : m1(minutes),
      m5(minutes.resample(Interval::m5)),
      m15(minutes.resample(Interval::m15)),
      h1(minutes.resample(Interval::h1)) {}

PlainResult plain_w2(const Timeframes& t) {
  Account account;
  const auto high = t.m1.high(), low = t.m1.low(), close = t.m1.close();
  for (std::size_t i = 24 * 60; i < t.m1.size(); ++i) {
    if (account.open) {
      account.follow(high[i], low[i], close[i], i);
      continue;
    }
    const std::size_t closed = i + 1;  // minutes that are over
    if (closed % 5 != 0) continue;
    ++account.result.decisions;
    const Window a = close.subspan(closed - 60, 60), b = t.m5.close().subspan(closed / 5 - 60, 60);
    const std::size_t c = closed / 15 - 48, d = closed / 60 - 24;
    const double price = a.back();
    if (rsi(a, 14) < 45 && price > ema(b, 20) &&
        atr(t.m15.high().subspan(c, 48), t.m15.low().subspan(c, 48), t.m15.close().subspan(c, 48), 14) > 0 &&
        t.h1.close()[d + 23] > t.h1.open()[d]) {
      account.enter(price, i);
    }
  }
  return account.result;
}

}  // namespace btk::bench
