#include "optimizer/shuffle.h"

#include <algorithm>
#include <numeric>
#include <vector>

#include "engine/honest_random.h"

namespace btk::optimizer {

lua::LoadedCandles shuffled(const lua::LoadedCandles& market, Timestamp from, Timestamp to, std::uint64_t seed) {
  const CandleSeries& real = market.series;
  lua::LoadedCandles out;
  out.series = CandleSeries(real.interval(), real.first());
  if (real.empty()) return out;
  // The first candle of all has no close before it: it stays, too.
  const auto place = [&](Timestamp at) {
    return static_cast<std::size_t>(std::clamp<Timestamp>((at - real.first() + kMinute - 1) / kMinute, 1, static_cast<Timestamp>(real.size())));
  };
  const std::size_t begin = place(from), end = std::max(begin, place(to));
  std::vector<std::size_t> order(end - begin);
  std::iota(order.begin(), order.end(), begin);
  Draws draws(seed);
  for (std::size_t i = order.size(); i > 1; --i) std::swap(order[i - 1], order[draws.below(i)]);

  out.series.reserve(end);
  const auto push = [&out](const Candle& c) { out.series.push(c.open, c.high, c.low, c.close, c.volume); };
  for (std::size_t i = 0; i < begin; ++i) push(real.at(i));
  double last = real.close()[begin - 1];
  for (const std::size_t i : order) {
    const double before = real.close()[i - 1];
    const double close = last * (real.close()[i] / before);
    out.series.push(last * (real.open()[i] / before), last * (real.high()[i] / before), last * (real.low()[i] / before), close,
                    real.volume()[i]);
    last = close;
  }
  return out;
}

}  // namespace btk::optimizer
