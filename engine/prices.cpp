#include "engine/prices.h"

#include <algorithm>
#include <cstring>

namespace btk {
namespace {

// Two neighbours in one register, as every x86-64 has them: the same additions and divisions as one by one.
using Pair = double __attribute__((vector_size(16)));
constexpr std::size_t kStrip = 8;  // candles whose windows are added up together

Pair load(const double* from) {
  Pair pair;
  std::memcpy(&pair, from, sizeof pair);
  return pair;
}

}  // namespace

std::vector<double> average_prices(const CandleSeries& candles, std::size_t count) {
  AveragePrices averages(candles, count);
  std::vector<double> made;
  made.reserve(candles.size());
  for (std::size_t end = 1; end <= candles.size(); ++end) made.push_back(averages.before(end));
  return made;
}

double AveragePrices::outside(std::size_t end) {
  const std::size_t aligned = end - end % kBlock;
  const std::size_t reach = kBlock + count_ + count_ % 2;  // candles of all windows, whole pairs
  const std::size_t begin = aligned - count_;
  if (count_ > kLongestWindow || aligned < count_ || begin + reach > candles_->size()) {
    return average_price(*candles_, end, std::min(count_, end));
  }
  const double *high = candles_->high().data() + begin, *low = candles_->low().data() + begin;
  const double *close = candles_->close().data() + begin, *volume = candles_->volume().data() + begin;
  std::array<double, kBlock + kLongestWindow> shares;
  for (std::size_t i = 0; i < reach; i += 2) {
    const Pair share = (load(high + i) + load(low + i) + load(close + i)) / 3.0 * load(volume + i);
    std::memcpy(&shares[i], &share, sizeof share);
  }
  bool traded = true;
  for (std::size_t i = 0; i < kBlock; i += kStrip) {
    Pair weighted0{}, weighted1{}, weighted2{}, weighted3{}, total0{}, total1{}, total2{}, total3{};
    for (std::size_t k = i; k < i + count_; ++k) {  // each window in the order of average_price()
      weighted0 += load(&shares[k]), weighted1 += load(&shares[k + 2]);
      weighted2 += load(&shares[k + 4]), weighted3 += load(&shares[k + 6]);
      total0 += load(volume + k), total1 += load(volume + k + 2);
      total2 += load(volume + k + 4), total3 += load(volume + k + 6);
    }
    const Pair prices[] = {weighted0 / total0, weighted1 / total1, weighted2 / total2, weighted3 / total3};
    std::memcpy(&block_[i], prices, sizeof prices);
    const Pair least = total0 * total1 * (total2 * total3);
    traded &= least[0] > 0 && least[1] > 0;
  }
  for (std::size_t i = 0; i < kBlock && !traded; ++i) block_[i] = average_price(*candles_, aligned + i, count_);
  first_ = aligned;
  return block_[end - aligned];
}

}  // namespace btk
