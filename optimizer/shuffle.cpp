#include "optimizer/shuffle.h"

#include <numeric>
#include <vector>

#include "engine/honest_random.h"

namespace btk::optimizer {

lua::LoadedCandles shuffled(const lua::LoadedCandles& market, std::uint64_t seed) {
  const CandleSeries& from = market.series;
  lua::LoadedCandles out;
  out.series = CandleSeries(from.interval(), from.first());
  if (from.empty()) return out;
  std::vector<std::size_t> order(from.size() - 1);
  std::iota(order.begin(), order.end(), std::size_t{1});
  Draws draws(seed);
  for (std::size_t i = order.size(); i > 1; --i) std::swap(order[i - 1], order[draws.below(i)]);

  out.series.reserve(from.size());
  const Candle first = from.at(0);
  out.series.push(first.open, first.high, first.low, first.close, first.volume);
  double last = first.close;
  for (const std::size_t i : order) {
    const double before = from.close()[i - 1];
    const double close = last * (from.close()[i] / before);
    out.series.push(last * (from.open()[i] / before), last * (from.high()[i] / before), last * (from.low()[i] / before), close,
                    from.volume()[i]);
    last = close;
  }
  return out;
}

}  // namespace btk::optimizer
