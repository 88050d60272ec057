#include "lua/series_columns.h"

#include <algorithm>
#include <cmath>
#include <span>

#include <fmt/format.h>

#include "engine/error.h"
#include "lua/indicators.h"

namespace btk::lua {
namespace {

constexpr double kNone = std::numeric_limits<double>::quiet_NaN();

struct Parameter {
  const char* name;
  int least;  ///< whole number of this or more; -1: any finite number
};

int whole(const IndicatorSpec& spec, std::size_t at, Parameter parameter) {
  const double value = spec.parameters[at];
  const int n = ta::period(value, parameter.least);
  // A period of zero is told apart from a refusal where zero is allowed.
  if (n == 0 && !(parameter.least == 0 && value == 0)) {
    throw Error(fmt::format("series:{}: {} must be a whole number from {} to 500000000, got {:.15g}", spec.name, parameter.name,
                            parameter.least, value));
  }
  return n;
}

double factor(const IndicatorSpec& spec, std::size_t at, const char* name) {
  const double value = spec.parameters[at];
  if (!std::isfinite(value)) throw Error(fmt::format("series:{}: {} must be a finite number", spec.name, name));
  return value;
}

/// Places a row of results, one value per column.
class PutRow {
 public:
  explicit PutRow(std::array<SeriesView, 3>& views) : views_(views) {}
  void at(int row) { row_ = row; }
  template <class... Numbers>
  void operator()(Numbers... values) {
    std::size_t column = 0;
    ((views_[column++].values[row_] = std::isfinite(values) ? values : kNone), ...);
  }

 private:
  std::array<SeriesView, 3>& views_;
  int row_ = 0;
};

const double* source_of(const CandleSeries& series, const std::string& name) {
  if (name == "close") return series.close().data();
  if (name == "open") return series.open().data();
  if (name == "high") return series.high().data();
  if (name == "low") return series.low().data();
  if (name == "volume") return series.volume().data();
  throw Error(fmt::format("series: source must be open, high, low, close or volume, got '{}'", name));
}

ta::Inputs behind(const ta::Inputs& in, std::ptrdiff_t candles) {
  return {in.x + candles, in.high + candles, in.low + candles, in.close + candles, in.volume + candles};
}

}  // namespace

// Columns of a window: the functions of lua/indicators.h behind one signature.
SeriesColumn::Made SeriesColumn::make(const IndicatorSpec& spec) {
  using In = const ta::Inputs&;
  using P = const double*;
  using Out = double*;
  using I = std::int32_t;
  const std::string& name = spec.name;
  const auto n = [&](int least = 1) { return whole(spec, 0, {"n", least}); };
  const auto window = [](Call call, int need, int results = 1) {
    return Made{Window{call, need}, {need, results, false}};
  };
  const auto memory = [](Kernel kernel, int need, int results = 1) {
    return Made{std::move(kernel), {need, results, true}};
  };
  const auto root = [](int p) { return static_cast<int>(std::sqrt(static_cast<double>(p))); };

  if (name == "value") {
    return window([](In in, I count, P, Out out, I stride) { return btk_ta_sma(in.x, count, 1, out, stride); }, 1);
  }
  if (name == "sma") return window([](In in, I c, P p, Out o, I s) { return btk_ta_sma(in.x, c, p[0], o, s); }, n());
  if (name == "wma") return window([](In in, I c, P p, Out o, I s) { return btk_ta_wma(in.x, c, p[0], o, s); }, n());
  if (name == "hma") {
    return window([](In in, I c, P p, Out o, I s) { return btk_ta_hma(in.x, c, p[0], o, s); }, n(2) + root(n(2)) - 1);
  }
  if (name == "linreg") {
    return window([](In in, I c, P p, Out o, I s) { return btk_ta_linreg(in.x, c, p[0], o, s); }, n(2), 2);
  }
  if (name == "momentum") {
    return window([](In in, I c, P p, Out o, I s) { return btk_ta_momentum(in.x, c, p[0], o, s); }, n() + 1);
  }
  if (name == "roc") return window([](In in, I c, P p, Out o, I s) { return btk_ta_roc(in.x, c, p[0], o, s); }, n() + 1);
  if (name == "percent_rank") {
    return window([](In in, I c, P p, Out o, I s) { return btk_ta_percent_rank(in.x, c, p[0], o, s); }, n() + 1);
  }
  if (name == "stochastic") {
    const int need = n() + whole(spec, 1, {"d", 1}) + whole(spec, 2, {"smooth", 1}) - 2;
    return window([](In in, I c, P p, Out o, I s) {
      return btk_ta_stochastic(in.high, in.low, in.close, c, p[0], p[1], p[2], o, s);
    }, need, 2);
  }
  if (name == "williams_r") {
    return window([](In in, I c, P p, Out o, I s) { return btk_ta_williams_r(in.high, in.low, in.close, c, p[0], o, s); }, n());
  }
  if (name == "cci") {
    return window([](In in, I c, P p, Out o, I s) { return btk_ta_cci(in.high, in.low, in.close, c, p[0], o, s); }, n());
  }
  if (name == "aroon") {
    return window([](In in, I c, P p, Out o, I s) { return btk_ta_aroon(in.high, in.low, c, p[0], o, s); }, n() + 1, 2);
  }
  if (name == "highest") {
    return window([](In in, I c, P p, Out o, I s) { return btk_ta_highest(in.x, c, p[0], o, s); }, n());
  }
  if (name == "lowest") {
    return window([](In in, I c, P p, Out o, I s) { return btk_ta_lowest(in.x, c, p[0], o, s); }, n());
  }
  if (name == "stddev") {
    return window([](In in, I c, P p, Out o, I s) { return btk_ta_stddev(in.x, c, p[0], o, s); }, n());
  }
  if (name == "bollinger") {
    factor(spec, 1, "k");
    return window([](In in, I c, P p, Out o, I s) { return btk_ta_bollinger(in.x, c, p[0], p[1], o, s); }, n(), 3);
  }
  if (name == "true_range") {
    return window([](In in, I c, P, Out o, I s) { return btk_ta_true_range(in.high, in.low, in.close, c, o, s); }, 2);
  }
  if (name == "donchian") {
    return window([](In in, I c, P p, Out o, I s) { return btk_ta_donchian(in.high, in.low, c, p[0], o, s); }, n(), 3);
  }
  if (name == "mfi") {
    return window([](In in, I c, P p, Out o, I s) {
      return btk_ta_mfi(in.high, in.low, in.close, in.volume, c, p[0], o, s);
    }, n() + 1);
  }
  if (name == "vwap") {
    const int p = whole(spec, 0, {"n", 0});
    if (p == 0) return memory(ta::WeightedPrice{}, 1);
    return window([](In in, I c, P q, Out o, I s) {
      return btk_ta_vwap(in.high, in.low, in.close, in.volume, c, q[0], o, s);
    }, p);
  }
  if (name == "ema") return memory(ta::AverageMemory{ta::Smoothed::exponential(n())}, n());
  if (name == "rma") return memory(ta::AverageMemory{ta::Smoothed::wilder(n())}, n());
  if (name == "dema") return memory(ta::DemaMemory(n()), 2 * n() - 1);
  if (name == "tema") return memory(ta::TemaMemory(n()), 3 * n() - 2);
  if (name == "rsi") return memory(ta::RsiMemory(n()), n() + 1);
  if (name == "atr") return memory(ta::AtrMemory(n()), n() + 1);
  if (name == "adx") return memory(ta::AdxMemory(n()), 2 * n(), 3);
  if (name == "obv") return memory(ta::ObvMemory{}, 1);
  if (name == "macd") {
    const int fast = whole(spec, 0, {"fast", 1}), slow = whole(spec, 1, {"slow", 1}), signal = whole(spec, 2, {"signal", 1});
    return memory(ta::MacdMemory(fast, slow, signal), std::max(fast, slow) + signal - 1, 3);
  }
  if (name == "keltner") {
    const int p = n(), q = whole(spec, 2, {"atr_n", 1});
    return memory(ta::KeltnerMemory(p, factor(spec, 1, "k"), q), std::max(p, q + 1), 3);
  }
  if (name == "supertrend") {
    const int p = n();
    return memory(ta::SupertrendMemory(p, factor(spec, 1, "k")), p + 1, 2);
  }
  throw Error(fmt::format("series has no indicator '{}'", name));
}

IndicatorShape shape_of(const IndicatorSpec& spec) {
  source_of(CandleSeries(), spec.source);
  return SeriesColumn::make(spec).shape;
}

SeriesColumn::SeriesColumn(const IndicatorSpec& spec, Timestamp anchor)
    : spec_(spec), anchor_(anchor), made_(make(spec)) {}

void SeriesColumn::make_room(std::int64_t rows) {
  if (rows <= room_) return;
  const std::int64_t room = room_ == 0 ? rows : std::max(rows, room_ + room_ / 2);
  const auto results = static_cast<std::size_t>(made_.shape.results);
  // Not initialised: pages that no row has reached are not touched. All of them, before anything is changed.
  std::vector<std::unique_ptr<double[]>> bigger(results);
  for (auto& block : bigger) block = std::make_unique_for_overwrite<double[]>(static_cast<std::size_t>(room));
  blocks_.reserve(blocks_.size() + results);
  for (std::size_t r = 0; r < results; ++r) {
    SeriesView& view = views_[r];
    std::copy_n(view.values, view.rows, bigger[r].get());
    view.values = bigger[r].get();
    blocks_.push_back(std::move(bigger[r]));
  }
  room_ = room;
}

void SeriesColumn::slide(const Window& window, const ta::Inputs& in, int from, int to) {
  const int first = std::max(0, from - (window.need - 1)), count = to - first;
  if (count < window.need) return;
  const int results = made_.shape.results;
  scratch_.resize(static_cast<std::size_t>(count) * static_cast<std::size_t>(results));
  const double* parameters = spec_.parameters.data();
  const int rows = window.call(behind(in, first), count, parameters, scratch_.data(), count);
  for (int r = 0; r < results; ++r) {
    const double* column = scratch_.data() + static_cast<std::ptrdiff_t>(r) * count;
    std::copy_n(column, rows, views_[static_cast<std::size_t>(r)].values + (to - rows));
  }
  if (rows > 0) return;
  // Somewhere in this block a result is not finite: each candle by itself.
  for (int end = first + window.need; end <= to; ++end) {
    double row[3];
    if (window.call(behind(in, end - window.need), window.need, parameters, row, 0) == 0) continue;
    for (int r = 0; r < results; ++r) views_[static_cast<std::size_t>(r)].values[end - 1] = row[r];
  }
}

void SeriesColumn::extend(const CandleSeries& series, std::int64_t rows) {
  const std::ptrdiff_t offset = (anchor_ - series.first()) / series.step();
  const std::int64_t there = std::min<std::int64_t>(static_cast<std::int64_t>(series.size()) - offset,
                                                    std::numeric_limits<std::int32_t>::max());
  const int from = views_[0].rows;
  const std::int64_t wanted = std::min(there, std::max<std::int64_t>(rows, std::int64_t{from} + kBlock));
  if (wanted <= from || offset < 0) return;
  make_room(there);
  const ta::Inputs in = behind({source_of(series, spec_.source), series.high().data(), series.low().data(),
                                series.close().data(), series.volume().data()}, offset);
  const auto results = static_cast<std::size_t>(made_.shape.results);
  for (int begin = from; begin < wanted;) {
    const int end = static_cast<int>(std::min<std::int64_t>(wanted, std::int64_t{begin} + kBlock));
    for (std::size_t r = 0; r < results; ++r) std::fill(views_[r].values + begin, views_[r].values + end, kNone);
    std::visit([&](auto& kernel) {
      if constexpr (std::is_same_v<std::decay_t<decltype(kernel)>, Window>) {
        slide(kernel, in, begin, end);
      } else {
        PutRow put(views_);
        auto memory = kernel;
        for (int i = begin; i < end; ++i) {
          put.at(i);
          memory.step(in, i, put);
        }
        kernel = memory;
      }
    }, made_.kernel);
    begin = end;
  }
  for (std::size_t r = 0; r < results; ++r) views_[r].rows = static_cast<std::int32_t>(wanted);
}

std::array<SeriesView, 3> SharedColumn::extend(const CandleSeries& series, std::int64_t rows) {
  const std::lock_guard lock(mutex_);
  if (column_.views()[0].rows < rows) column_.extend(series, rows);
  return column_.views();
}

BoundColumn& SeriesColumns::column(const std::string& symbol, Interval interval, const IndicatorSpec& spec, Timestamp anchor,
                                   const std::function<std::shared_ptr<SharedColumn>()>& make) {
  const Key key{symbol, interval, spec, anchor};
  if (const auto it = columns_.find(key); it != columns_.end()) return it->second;
  if (columns_.size() >= kMost) {
    throw Error(fmt::format("a run can have {} series; declare them once, at the top of the script, not with new parameters "
                            "at every call", kMost));
  }
  return columns_.try_emplace(key, BoundColumn{make(), {}}).first->second;
}

}  // namespace btk::lua
