#include "lua/run.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "engine/error.h"

namespace btk::lua {

std::vector<ClosedTrade> closed_trades(const std::vector<FinishedSignal>& signals) {
  std::vector<ClosedTrade> trades;
  for (const FinishedSignal& s : signals) {
    if (s.action != Action::closed) continue;
    trades.push_back({.id = s.signal.id,
                      .pending_at = static_cast<double>(s.signal.pending_at),
                      .close_timestamp = static_cast<double>(s.close_timestamp),
                      .close_price = s.current_price,
                      .pnl_percentage = s.pnl.pnl_percentage,
                      .peak_pnl = s.signal.peak.pnl.pnl_percentage,
                      .fall_pnl = s.signal.fall.pnl.pnl_percentage});
  }
  return trades;
}

Run::Run(RunSetup setup)
    : config_(setup.config),
      costs_(setup.config),
      candles_(std::move(setup.candles)),
      source_(std::move(setup.source)),
      risk_(std::move(setup.risk)),
      trader_(std::move(setup.trader), config_, candles_->series, *risk_),
      drive_{&trader_} {}

RowContext Run::row_context() const { return {trader_.setup(), costs_, true}; }

std::shared_ptr<const LoadedCandles>& Run::loaded(const std::string& symbol) {
  if (symbol == trader_.setup().symbol) return candles_;
  auto& other = others_[symbol];
  if (!other && source_) other = source_->load(symbol, candles_->series.first(), candles_->series.end());
  if (!other) throw Error(fmt::format("candles of {} are not at hand: this run trades {}", symbol, trader_.setup().symbol));
  return other;
}

const CandleSeries& Run::series(const std::string& symbol, Interval interval) {
  const CandleSeries& base = loaded(symbol)->series;
  if (interval == Interval::m1) return base;
  auto& longer = resampled_[{symbol, interval}];
  if (!longer) longer = std::make_unique<CandleSeries>(base.resample(interval));
  return *longer;
}

void Run::add_candles(const std::string& symbol, std::shared_ptr<const LoadedCandles> earlier) {
  const bool own = symbol == trader_.setup().symbol;
  if (!own && !others_[symbol]) {
    others_[symbol] = std::move(earlier);
    return;
  }
  const LoadedCandles& present = *loaded(symbol);
  const CandleSeries& front = earlier->series;
  if (front.empty() || front.first() >= present.series.first()) return;
  SeriesBuilder builder(Interval::m1, GapPolicy::fill);
  builder.reserve(front.size() + present.series.size());
  for (std::size_t i = 0; i < front.size() && front.time(i) < present.series.first(); ++i) builder.add(front.at(i));
  for (std::size_t i = 0; i < present.series.size(); ++i) builder.add(present.series.at(i));
  auto longer = std::make_shared<LoadedCandles>();
  for (const auto& gaps : {earlier->gaps, builder.gaps(), present.gaps}) {
    longer->gaps.insert(longer->gaps.end(), gaps.begin(), gaps.end());
  }
  longer->duplicates = earlier->duplicates + present.duplicates;
  longer->series = builder.take();
  adopt(symbol, std::move(longer));
}

bool Run::look_back(const std::string& symbol, Timestamp since) {
  if (!source_) return false;
  const CandleSeries& present = loaded(symbol)->series;
  auto longer = source_->load(symbol, since, present.end());
  if (longer->series.empty() || longer->series.first() >= present.first() || longer->series.end() < present.end()) return false;
  adopt(symbol, std::move(longer));
  return true;
}

// Scripts keep candle lists that point into the series before: those stay.
void Run::adopt(const std::string& symbol, std::shared_ptr<const LoadedCandles> longer) {
  auto& slot = loaded(symbol);
  kept_.push_back(std::exchange(slot, std::move(longer)));
  for (auto it = resampled_.begin(); it != resampled_.end();) {
    if (it->first.first == symbol) {
      outdated_.push_back(std::move(it->second));
      it = resampled_.erase(it);
    } else {
      ++it;
    }
  }
  if (symbol == trader_.setup().symbol) trader_.rebase(candles_->series);
}

void Run::report_error(ReportedError error) {
  const auto same = [&](const ReportedError& e) {
    return e.message == error.message && e.file == error.file && e.line == error.line && e.where == error.where;
  };
  if (const auto it = std::find_if(errors_.begin(), errors_.end(), same); it != errors_.end()) {
    ++it->count;
    return;
  }
  error.count = 1;
  error.first_at = static_cast<Timestamp>(trader_.now().when);
  errors_.push_back(std::move(error));
}

RunReport Run::report() const {
  RunReport r;
  const TraderSetup& t = trader_.setup();
  r.symbol = t.symbol;
  r.strategy_name = t.strategy_name;
  r.exchange_name = t.exchange_name;
  r.frame_name = t.frame_name;
  r.run_hash = trader_.decisions().hash();
  r.decisions = trader_.decisions().text();
  r.signals = trader_.finished();
  r.stats = trade_stats(closed_trades(r.signals));
  r.errors = errors_;
  r.duplicates = candles_->duplicates;
  r.warmup_ticks = trader_.warmup_ticks();
  r.data_ended = trader_.data_ended();
  r.fatal = fatal_;
  r.interrupted = interrupted_;
  r.config = config_;
  r.frame_start = trader_.frame_first();
  r.frame_end = trader_.frame_last();
  r.signal_calls = trader_.signal_calls();
  r.frame_count = trader_.frame_count();
  const CandleSeries& s = candles_->series;
  for (const Gap& gap : candles_->gaps) {
    const Timestamp end = gap.from + static_cast<Timestamp>(gap.candles) * kMinute;
    if (end > r.frame_start && gap.from <= r.frame_end) r.gaps.push_back(gap);
  }
  const std::ptrdiff_t first = std::max<std::ptrdiff_t>(0, s.index_of(r.frame_start));
  const std::ptrdiff_t last = std::min<std::ptrdiff_t>(static_cast<std::ptrdiff_t>(s.size()) - 1, s.index_of(r.frame_end));
  if (last >= first && !s.empty()) {
    r.candles = last - first + 1;
    r.first_price = s.open()[static_cast<std::size_t>(first)];
    r.last_price = s.close()[static_cast<std::size_t>(last)];
  }
  return r;
}

}  // namespace btk::lua
