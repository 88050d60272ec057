#include "host/prove/other_future.h"

#include <algorithm>

#include "engine/honest_random.h"
#include "lua/loader.h"

namespace btk::host {
namespace {

constexpr std::size_t kTail = 2 * 24 * 60;     // candles behind the moment
constexpr std::ptrdiff_t kSteps = 2880;        // candles before it whose steps are drawn from
constexpr double kUsualStep = 0.001;           // where there are none

void copy(const lua::LoadedCandles& real, std::size_t from, std::size_t to, lua::LoadedCandles& out) {
  const CandleSeries& s = real.series;
  out.series = CandleSeries(s.interval(), s.time(from));
  out.series.reserve(to - from + kTail);
  for (std::size_t i = from; i < to; ++i) out.series.push(s.open()[i], s.high()[i], s.low()[i], s.close()[i], s.volume()[i]);
  const Timestamp end = s.time(to);
  for (const Gap& gap : real.gaps) {
    if (gap.from >= s.time(from) && gap.from < end) out.gaps.push_back(gap);
  }
  out.duplicates = real.duplicates;
}

// How many candles open before `moment`.
std::size_t count_before(const CandleSeries& s, Timestamp moment) {
  const Timestamp minutes = (moment - s.first() + s.step() - 1) / s.step();
  return static_cast<std::size_t>(std::clamp<Timestamp>(minutes, 0, static_cast<Timestamp>(s.size())));
}

}  // namespace

const OtherFuture::Path& OtherFuture::path(const std::string& symbol, const CandleSeries& real) {
  const auto [it, fresh] = paths_.try_emplace(symbol);
  Path& p = it->second;
  if (!fresh || real.empty()) return p;
  const std::size_t at = count_before(real, moment_);
  p.last = at > 0 ? real.close()[at - 1] : real.open()[0];
  if (kind_ == Kind::cut) return p;
  // Steps of the past in random order and with random signs.
  Draws draws(seed_ ^ lua::content_hash(symbol) ^ static_cast<std::uint64_t>(moment_));
  const auto steps = std::min(static_cast<std::ptrdiff_t>(at) - 1, kSteps);
  double price = p.last;
  for (std::size_t i = at; i < std::min(real.size(), at + kTail); ++i) {
    double step = kUsualStep;
    if (steps > 0) {
      const std::size_t k = at - 1 - draws.below(static_cast<std::size_t>(steps));
      step = real.close()[k] / real.close()[k - 1] - 1;
    }
    price *= draws.uniform() < 0.5 ? 1 + step : 1 / (1 + step);
    p.closes.push_back(price);
  }
  return p;
}

std::shared_ptr<const lua::LoadedCandles> OtherFuture::candles(const std::string& symbol,
                                                               const std::shared_ptr<const lua::LoadedCandles>& real) {
  const CandleSeries& s = real->series;
  if (s.empty() || s.end() <= moment_) return real;
  // The path is that of the candles that the first run saw, whatever part of them is asked for now.
  const auto known = known_.find(symbol);
  const CandleSeries& whole = known != known_.end() ? known->second->series : s;
  const Path& p = path(symbol, whole);
  auto out = std::make_shared<lua::LoadedCandles>();
  copy(*real, 0, count_before(s, moment_), *out);
  Draws draws(seed_ + 1);
  const std::size_t begin = count_before(whole, moment_);
  double open = p.last;
  for (std::size_t i = 0; i < p.closes.size() && out->series.size() < s.size(); ++i) {
    const double close = p.closes[i], reach = 0.5 * (close > open ? close / open - 1 : open / close - 1);
    const double high = std::max(open, close) * (1 + reach * draws.uniform()), low = std::min(open, close) * (1 - reach * draws.uniform());
    out->series.push(open, high, low, close, whole.volume()[begin + draws.below(std::min(p.closes.size(), whole.size() - begin))]);
    open = close;
  }
  return out;
}

double OtherFuture::ratio(const std::string& symbol, Timestamp time) {
  const auto known = known_.find(symbol);
  if (time < moment_ || known == known_.end() || known->second->series.empty()) return 1;
  const CandleSeries& real = known->second->series;
  const Path& p = path(symbol, real);
  const auto index = std::clamp<std::ptrdiff_t>(real.index_of(time), 0, static_cast<std::ptrdiff_t>(real.size()) - 1);
  double price = p.last;
  if (!p.closes.empty()) {
    const auto step = std::clamp<std::ptrdiff_t>(index - real.index_of(moment_), 0, static_cast<std::ptrdiff_t>(p.closes.size()) - 1);
    price = p.closes[static_cast<std::size_t>(step)];
  }
  return price / real.close()[static_cast<std::size_t>(index)];
}

std::shared_ptr<const lua::LoadedCandles> without_history(const lua::LoadedCandles& real, Timestamp first) {
  auto out = std::make_shared<lua::LoadedCandles>();
  const std::size_t from = real.series.empty() ? 0 : count_before(real.series, first);
  if (real.series.empty() || from == real.series.size()) return out;
  copy(real, from, real.series.size(), *out);
  return out;
}

}  // namespace btk::host
