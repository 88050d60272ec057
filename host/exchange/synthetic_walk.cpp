#include "host/exchange/synthetic_walk.h"

#include <algorithm>
#include <bit>
#include <cmath>

#include "engine/error.h"
#include "engine/text.h"
#include "host/exchange/counter_random.h"

namespace btk::host {
namespace {

constexpr int kBlockBits = 17;
constexpr std::int64_t kBlock = std::int64_t{1} << kBlockBits;  // minutes

// e^x for |x| <= 16 by + and * alone, so that its bits do not depend on a library: x = k ln 2 + r, the Taylor
// series for r (|r| < 0.35: good for twelve digits, a price here has seven), 2^k put into the exponent.
double exponential(double x) {
  const std::int64_t k = static_cast<std::int64_t>(x * 1.4426950408889634 + 1000.5) - 1000;
  const double r = x - static_cast<double>(k) * 0.6931471805599453;
  double sum = 1.0 / 3628800;
  for (const double c :
       {1.0 / 362880, 1.0 / 40320, 1.0 / 5040, 1.0 / 720, 1.0 / 120, 1.0 / 24, 1.0 / 6, 0.5, 1.0, 1.0}) {
    sum = c + r * sum;
  }
  return sum * std::bit_cast<double>(static_cast<std::uint64_t>(1023 + k) << 52);
}

class Walk {
 public:
  Walk(const SyntheticMarket& market, std::string_view symbol, CandleSeries& out)
      : key_(mix(market.seed) ^ key_of(symbol)),
        start_price_(market.start_price),
        variance_(market.volatility * market.volatility),
        wildness_(market.volatility > 0 ? 1 / market.volatility : 0),
        ticks_per_unit_(find_ticks_per_unit(market.start_price)),
        base_volume_(find_base_volume(market.start_price)),
        out_(out) {}

  // Appends the candles of the minutes [from, to).
  void produce(std::int64_t from, std::int64_t to) {
    from_ = from;
    to_ = to;
    for (std::int64_t block = from / kBlock; block * kBlock < to; ++block) {
      block_key_ = mix(key_ + static_cast<std::uint64_t>(block));
      const double block_variance = variance_ * static_cast<double>(kBlock);
      // Two independent edges differ by twice the variance of one: as much as a free walk over the block.
      const double edge = std::sqrt(block_variance / 2);
      halve({block * kBlock, kBlock, 1, edge * edge_normal(block), edge * edge_normal(block + 1),
             block_variance});
    }
  }

 private:
  struct Stretch {
    std::int64_t begin;   // minute
    std::int64_t length;  // minutes
    std::uint64_t node;   // place in the block's tree: the root is 1, children are 2n and 2n + 1
    double left, right;   // logarithm of price / start price at the ends
    double variance;
  };

  double edge_normal(std::int64_t edge) const {
    return normal(mix(~key_ ^ mix(static_cast<std::uint64_t>(edge))));
  }

  void halve(const Stretch& s) {
    if (s.begin >= to_ || s.begin + s.length <= from_) return;
    if (s.length == 1) {
      emit(s);
      return;
    }
    const std::uint64_t bits = mix(block_key_ ^ s.node * 0xD1342543DE82EF95u);
    const double share = 0.3 + 0.4 * uniform(mix(bits));  // of the variance, for the left half
    const double spread = std::sqrt(s.variance * (share * (1 - share)));
    const double middle = s.left + (s.right - s.left) * share + spread * normal(bits);
    const std::int64_t half = s.length / 2;
    halve({s.begin, half, s.node * 2, s.left, middle, s.variance * share});
    halve({s.begin + half, half, s.node * 2 + 1, middle, s.right, s.variance * (1 - share)});
  }

  void emit(const Stretch& s) {
    const double open = last_end_ == s.begin ? last_close_ : price(s.left);
    const double close = price(s.right);
    // How far the minute went beyond its ends: mostly little, sometimes twice its own deviation.
    const double deviation = std::sqrt(s.variance);
    const std::uint64_t bits = mix(block_key_ ^ s.node * 0xA0761D6478BD642Fu);
    const double up = uniform(bits << 32);
    const double down = uniform(bits & 0xFFFFFFFF00000000u);
    const double high = std::max(open, close) * (1 + deviation * 2 * up * up * up);
    const double low = std::min(open, close) * (1 - deviation * 2 * down * down * down);
    // Wild minutes trade more.
    const double chance = uniform(mix(bits));
    const double volume = base_volume_ * (0.1 + deviation * wildness_) * (0.2 + 1.6 * chance * chance);
    out_.push(open, to_tick(high), to_tick(low), close, whole(volume * 1000 + 1) / 1000);
    last_close_ = close;
    last_end_ = s.begin + 1;
  }

  // Kept within some orders of magnitude, whatever the volatility.
  double price(double logarithm) const {
    return to_tick(start_price_ * exponential(std::min(std::max(logarithm, -16.0), 16.0)));
  }

  // A quotient of whole numbers is the double nearest to the decimal price, so it prints short. Rounding is
  // monotonic: it keeps high above and low below open and close.
  double to_tick(double p) const { return whole(std::max(p * ticks_per_unit_ + 0.5, 1.0)) / ticks_per_unit_; }

  // Rounded down; for numbers that fit an integer, which prices in ticks and volumes do.
  static double whole(double x) { return static_cast<double>(static_cast<std::int64_t>(x)); }

  // A power of ten so that the start price has about seven digits.
  static double find_ticks_per_unit(double start_price) {
    double ticks = 1;
    while (ticks < 1e13 && start_price * ticks < 1e6) ticks *= 10;
    return ticks;
  }

  // About 10,000 quote units a minute, a round number of base units.
  static double find_base_volume(double start_price) {
    double volume = 1e-3;
    while (volume * start_price < 1e4) volume *= 10;
    return volume;
  }

  std::uint64_t key_;
  double start_price_;
  double variance_;  // of one minute, on average
  double wildness_;  // per deviation of a minute: the average minute has 1
  double ticks_per_unit_;
  double base_volume_;
  CandleSeries& out_;
  std::uint64_t block_key_ = 0;
  std::int64_t from_ = 0;
  std::int64_t to_ = 0;
  std::int64_t last_end_ = -1;
  double last_close_ = 0;
};

}  // namespace

void check_market(const SyntheticMarket& market) {
  if (!(market.start_price >= 1e-6 && market.start_price <= 1e9)) {
    throw Error("synthetic candles: start_price " + shortest(market.start_price) +
                " is not between 0.000001 and 1e9");
  }
  if (!(market.volatility >= 0 && market.volatility <= 0.02)) {
    throw Error("synthetic candles: volatility " + shortest(market.volatility) +
                " is not between 0 and 0.02 (0.001 is 0.1 % a minute)");
  }
}

CandleSeries synthetic_candles(const SyntheticMarket& market, std::string_view symbol, Timestamp from,
                               Timestamp to) {
  check_market(market);
  const std::int64_t first = align(std::max(from, kSyntheticBegin) + kMinute - 1, kMinute) / kMinute;
  const std::int64_t end = align(std::min(to, kSyntheticEnd) + kMinute - 1, kMinute) / kMinute;
  CandleSeries series(Interval::m1, first * kMinute);
  if (first >= end) return series;
  series.reserve(static_cast<std::size_t>(end - first));
  Walk(market, symbol, series).produce(first, end);
  return series;
}

}  // namespace btk::host
