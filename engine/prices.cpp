#include "engine/prices.h"

#include <algorithm>

#include "engine/lanes.h"

namespace btk {

std::vector<double> average_prices(const CandleSeries& candles, std::size_t count) {
  AveragePrices averages(candles, count);
  std::vector<double> made;
  made.reserve(candles.size());
  for (std::size_t end = 1; end <= candles.size(); ++end) made.push_back(averages.before(end));
  return made;
}

double AveragePrices::outside(std::size_t end) {
  const std::size_t aligned = end - end % kBlock;
  const std::size_t reach = kBlock + (count_ + Lanes::kCount - 1) / Lanes::kCount * Lanes::kCount;  // candles of all windows
  const std::size_t begin = aligned - count_;
  if (count_ > kLongestWindow || aligned < count_ || begin + reach > candles_->size()) {
    return average_price(*candles_, end, std::min(count_, end));
  }
  const double *high = candles_->high().data() + begin, *low = candles_->low().data() + begin;
  const double *close = candles_->close().data() + begin, *volume = candles_->volume().data() + begin;
  std::array<double, kBlock + kLongestWindow> shares;
  for (std::size_t i = 0; i < reach; i += Lanes::kCount) {
    ((Lanes::load(high + i) + Lanes::load(low + i) + Lanes::load(close + i)) / 3.0 * Lanes::load(volume + i)).store(&shares[i]);
  }
  bool traded = true;
  for (std::size_t i = 0; i < kBlock; i += Lanes::kCount) {
    Lanes weighted = 0.0, total = 0.0;
    for (std::size_t k = i; k < i + count_; ++k) {  // each window in the order of average_price()
      weighted += Lanes::load(&shares[k]);
      total += Lanes::load(volume + k);
    }
    (weighted / total).store(&block_[i]);
    const auto totals = total.stored();
    traded &= std::all_of(totals.begin(), totals.end(), [](double t) { return t > 0; });
  }
  for (std::size_t i = 0; i < kBlock && !traded; ++i) block_[i] = average_price(*candles_, aligned + i, count_);
  first_ = aligned;
  return block_[end - aligned];
}

}  // namespace btk
