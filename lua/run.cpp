#include "lua/run.h"

#include <algorithm>
#include <iterator>
#include <utility>

#include <fmt/format.h>

#include "engine/error.h"
#include "lua/history.h"
#include "lua/host_work.h"

namespace btk::lua {

std::vector<ClosedTrade> closed_trades(const std::vector<FinishedSignal>& signals) {
  std::vector<ClosedTrade> trades;
  trades.reserve(signals.size());
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

std::vector<SymbolTrades> symbol_trades(std::span<const RunReport> runs) {
  std::vector<SymbolTrades> lists;
  for (const RunReport& run : runs) {
    const std::vector<ClosedTrade> trades = closed_trades(run.signals);
    auto list = std::ranges::find(lists, run.symbol, &SymbolTrades::symbol);
    if (list == lists.end()) list = lists.insert(lists.end(), SymbolTrades{run.symbol, {}});
    const auto middle = static_cast<std::ptrdiff_t>(list->trades.size());
    list->trades.insert(list->trades.end(), trades.begin(), trades.end());
    std::inplace_merge(list->trades.begin(), list->trades.begin() + middle, list->trades.end(),
                       [](const ClosedTrade& a, const ClosedTrade& b) { return a.close_timestamp < b.close_timestamp; });
  }
  return lists;
}

std::string order_name(OrderAsk kind, const std::string& signal_id) { return std::string(to_string(kind)) + ' ' + signal_id; }

Timestamp live_history_start(const LiveSetup& setup) {
  Timestamp first = setup.start;
  if (setup.state && setup.state->next_candle != 0) first = std::min(first, setup.state->next_candle);
  return first - kDay;
}

std::int64_t error_count(const std::vector<ReportedError>& errors, std::string_view where) {
  std::int64_t count = 0;
  for (const ReportedError& e : errors) {
    if (where.empty() || e.where == where) count += e.count;
  }
  return count;
}

Run::Run(RunSetup setup)
    : config_(setup.config),
      costs_(setup.config),
      live_(std::move(setup.live)),
      gaps_(setup.gaps),
      kept_(setup.kept ? std::move(setup.kept) : std::make_shared<KeptSeries>()),
      shared_columns_(live_ ? nullptr : std::move(setup.columns)),
      own_(std::move(setup.candles), kept_, live_.has_value(), shared_columns_),
      source_(std::move(setup.source)),
      risk_(std::move(setup.risk)),
      trader_(std::move(setup.trader), config_, own_.minutes(), *risk_),
      drive_{&trader_},
      explain_(setup.explain ? std::make_unique<ExplainLog>(*setup.explain) : nullptr),
      has_get_signal_(setup.has_get_signal) {
  drive_.explain = explain_.get();
  if (shared_columns_) {
    averages_ = shared_columns_->averages(own_.share(), static_cast<std::size_t>(config_.avg_price_candles_count));
    trader_.use_averages(*averages_);
  }
  if (!live_) return;
  drive_.ticks = &ticks_;
  saw(trader_.setup().symbol, own_.loaded());
  earlier_ = std::move(live_->earlier);
  apply_live_setup();
  restore();
}

RowContext Run::row_context() const { return {trader_.setup(), costs_, !live_}; }

void Run::saw(const std::string& symbol, const LoadedCandles& loaded) {
  SeenCandles seen{symbol, {}, loaded.gaps};
  for (std::size_t i = 0; i < loaded.series.size(); ++i) seen.candles.push_back(loaded.series.at(i));
  seen_.push_back(std::move(seen));
}

HeldCandles& Run::held(const std::string& symbol) {
  if (is_own(symbol)) return own_;
  if (const auto it = others_.find(symbol); it != others_.end()) return it->second;
  if (!source_) throw Error(fmt::format("candles of {} are not at hand: this run trades {}", symbol, trader_.setup().symbol));
  Timestamp from = own_.minutes().first(), to = own_.minutes().end();
  // Files may reach further than the run: holes there are none of its own.
  if (const TraderSetup& t = trader_.setup(); !live_ && gaps_ == GapPolicy::error) {
    from = history_start(t.frame_start, config_, gaps_);
    to = history_end(t.frame_end);
  }
  const HostWork reading;
  auto loaded = source_->load(symbol, from, to);
  if (live_) {
    loaded = part(*loaded, from, to);
    if (loaded->series.empty()) throw Error(fmt::format("exchange {}: no candles of {}", trader_.setup().exchange_name, symbol));
    saw(symbol, *loaded);
  }
  return others_.try_emplace(symbol, std::move(loaded), kept_, live_.has_value(), shared_columns_).first->second;
}

const CandleSeries& Run::series(const std::string& symbol, Interval interval) { return held(symbol).series(interval); }

BoundColumn& Run::column(const std::string& symbol, Interval interval, const IndicatorSpec& spec, Timestamp anchor) {
  return columns_.column(symbol, interval, spec, anchor, [&] {
    return shared_columns_ ? shared_columns_->column(held(symbol).share(), interval, spec, anchor)
                           : std::make_shared<SharedColumn>(spec, anchor);
  });
}

void Run::add_candles(const std::string& symbol, std::shared_ptr<const LoadedCandles> earlier) {
  if (live_) saw(symbol, *earlier);
  if (!is_own(symbol) && !others_.contains(symbol)) {
    others_.try_emplace(symbol, std::move(earlier), kept_, live_.has_value(), shared_columns_);
    return;
  }
  HeldCandles& present = held(symbol);
  const CandleSeries& front = earlier->series;
  if (gaps_ == GapPolicy::error && !front.empty() && front.end() < present.minutes().first()) {
    const Gap gap{front.end(), static_cast<std::size_t>((present.minutes().first() - front.end()) / kMinute)};
    throw Error(fmt::format("exchange \"{}\", {}: {}; use gaps = \"fill\" or complete the data", trader_.setup().exchange_name,
                            symbol, describe(gap, Interval::m1)));
  }
  if (present.prepend(*earlier) && is_own(symbol)) trader_.rebase(own_.minutes());
}

bool Run::look_back(const std::string& symbol, Timestamp since) {
  if (!source_) return false;
  HeldCandles& held_candles = held(symbol);
  const CandleSeries& present = held_candles.minutes();
  const HostWork reading;
  if (live_) {
    // With a candle that it has: there is nothing earlier is an answer, that a range is empty would be an error.
    const auto earlier = part(*source_->load(symbol, since, present.first() + kMinute), since, present.first());
    if (!held_candles.prepend(*earlier)) return false;
    saw(symbol, *earlier);
  } else {
    Timestamp end = present.end();
    if (gaps_ == GapPolicy::error) end = std::min(end, history_end(trader_.setup().frame_end));
    auto longer = source_->load(symbol, since, end);
    if (longer->series.empty() || longer->series.first() >= present.first() || longer->series.end() < end) return false;
    held_candles.replace(std::move(longer));
  }
  if (is_own(symbol)) trader_.rebase(own_.minutes());
  return true;
}

void Run::append_candles(const std::string& symbol, std::span<const Candle> candles) {
  HeldCandles& series = held(symbol);
  const CandleSeries* before = &series.minutes();
  const Timestamp end = before->end();
  series.append(candles, gaps_);
  if (is_own(symbol)) {
    if (&series.minutes() != before) trader_.rebase(series.minutes());
  } else if (!candles.empty()) {
    saw(symbol, *part(series.loaded(), end, series.minutes().end()));
  }
}

void Run::listen(std::uint32_t heard) {
  drive_.heard = heard;
  listen();
}

void Run::collect(std::uint32_t kinds) {
  drive_.collect = kinds;
  listen();
}

void Run::listen() {
  const std::uint32_t ticks = drive_.ticks ? 1U << static_cast<unsigned>(EventKind::tick) : 0;
  trader_.listen(drive_.heard | drive_.collect | ticks | (explain_ ? ExplainLog::kinds() : 0));
}

Timestamp Run::candles_end(const std::string& symbol) { return held(symbol).minutes().end(); }

void Run::apply_live_setup() {
  drive_.step = live_->step.get();
  trader_.set_stamps(0, live_->script_version);
}

void Run::restore() {
  if (!live_->state) return;
  std::unique_lock<std::mutex> lock;
  if (live_->step) lock = std::unique_lock(*live_->step);
  // An order that was in question may have been sent.
  if (const auto& question = live_->state->question; question && !is_check(question->kind) && live_->use_broker) {
    const TraderState& s = *live_->state;
    const Signal& row = question->kind == OrderAsk::open || question->kind == OrderAsk::place ? question->signal
                        : s.order                                                            ? *s.order
                                                                                             : *s.position;
    mark_sent(order_name(question->kind, row.id));
  }
  trader_.restore(*live_->state, live_->decisions, live_->finished);
  ticks_ = recorded_ticks(live_->decisions, live_->finished, live_->state->position, live_->state->order, costs_);
  live_->decisions.clear();
  live_->finished.clear();
}

void Run::stamp() { trader_.set_stamps(live_->hooks->clock_now(), live_->script_version); }

RunInput Run::input(RunInput::Kind kind, std::string name, std::string id) const {
  RunInput input;
  input.kind = kind;
  const WorkKey work = trader_.work();
  input.minute = work.minute;
  input.stage = work.stage;
  input.name = std::move(name);
  input.id = std::move(id);
  return input;
}

bool Run::take_command(const std::string& name) {
  if (name == "stop") {
    trader_.stop();
  } else if (name == "pause" || name == "resume") {
    trader_.set_paused(name == "pause");
  } else if (name == "flatten") {
    trader_.flatten();
  } else if (name == "block" || name == "unblock") {
    trader_.block_entries(name == "block");
    if (name == "block") trader_.commit_cancel_scheduled({}, "kill switch");  // a limit order is an entry to come
  } else {
    return false;
  }
  if (LiveHooks* host = hooks(); host != nullptr && !host->replaying()) host->record(input(RunInput::Kind::command, name));
  return true;
}

void Run::move_to(std::shared_ptr<KeptSeries> kept, LiveSetup setup) {
  own_.hand_over(kept);
  for (auto& [symbol, series] : others_) series.hand_over(kept);
  kept_ = std::move(kept);
  live_ = std::move(setup);
  apply_live_setup();
}

// Three strikes: what fails at every call decides nothing, and only costs time.
void Run::count_strike(const ReportedError& error) {
  if (bounds_.strikes == 0 || error.where != "get_signal") return;
  const std::int64_t call = trader_.signal_calls();
  strikes_ = last_strike_ >= 0 && call - last_strike_ <= 1 ? strikes_ + 1 : 1;
  last_strike_ = call;
  if (strikes_ < bounds_.strikes) return;
  set_fatal(fmt::format("get_signal failed {} times in a row: {}{}", strikes_,
                        error.file.empty() ? "" : fmt::format("{}:{}: ", error.file, error.line), error.message));
  trader_.abandon();
}

void Run::report_error(ReportedError error) {
  if (bounds_.bytes > 0) {
    error.message.resize(std::min(error.message.size(), bounds_.bytes));
    error.traceback.resize(std::min(error.traceback.size(), bounds_.bytes));
  }
  count_strike(error);
  const auto same = [&](const ReportedError& e) {
    return e.message == error.message && e.file == error.file && e.line == error.line && e.where == error.where;
  };
  if (const auto it = std::find_if(errors_.begin(), errors_.end(), same); it != errors_.end()) {
    ++it->count;
    return;
  }
  if (bounds_.kinds > 0 && errors_.size() >= bounds_.kinds) {
    ++errors_.back().count;
    return;
  }
  error.count = 1;
  error.first_at = static_cast<Timestamp>(trader_.now().when);
  errors_.push_back(std::move(error));
}

RunReport Run::report() const { return report_with(trader_.finished(), drive_.events); }

RunReport Run::take_report() { return report_with(trader_.take_finished(), std::move(drive_.events)); }

RunReport Run::report_with(std::vector<FinishedSignal> signals, std::vector<Event> events) const {
  RunReport r;
  const TraderSetup& t = trader_.setup();
  r.symbol = t.symbol;
  r.strategy_name = t.strategy_name;
  r.exchange_name = t.exchange_name;
  r.frame_name = t.frame_name;
  r.run_hash = trader_.decisions().hash();
  r.decisions = trader_.decisions().text();
  r.signals = std::move(signals);
  r.stats = trade_stats(closed_trades(r.signals));
  r.collected = drive_.collect;
  r.events = std::move(events);
  r.measured = measured_;
  r.measures = measures_;
  if (explain_) r.explained = explain_->rows(trader_);
  r.errors = errors_;
  r.duplicates = own_.loaded().duplicates;
  r.warmup_ticks = trader_.warmup_ticks();
  r.data_ended = trader_.data_ended();
  r.fatal = fatal_;
  r.interrupted = interrupted_;
  r.live = live_.has_value();
  r.live_events = ticks_;
  r.config = config_;
  r.frame_start = trader_.frame_first();
  // A live run has no frame: it ends with the last minute that was worked on.
  r.frame_end = live_ ? std::max(trader_.work().minute, r.frame_start) : trader_.frame_last();
  // Nor has a back-test that was left seen more than what came before.
  Timestamp last_seen = r.frame_end;
  const auto now = static_cast<Timestamp>(trader_.now().when);
  if (!live_ && (trader_.abandoned() || trader_.stopped()) && now < r.frame_end) {
    last_seen = now;
    r.left_at = r.frame_end = std::max(now, r.frame_start);
  }
  r.signal_calls = trader_.signal_calls();
  r.has_get_signal = has_get_signal_;
  r.refused = trader_.refused();
  r.rejected = trader_.rejected();
  r.frame_count = live_ ? (r.frame_end - r.frame_start) / kMinute + 1 : trader_.frame_count();
  const CandleSeries& s = own_.minutes();
  const auto inside = [&](const std::vector<Gap>& gaps) {
    std::vector<Gap> found;
    std::ranges::copy_if(gaps, std::back_inserter(found), [&](const Gap& gap) {
      return gap.from + static_cast<Timestamp>(gap.candles) * kMinute > r.frame_start && gap.from <= r.frame_end;
    });
    return found;
  };
  r.gaps = inside(own_.loaded().gaps);
  for (const auto& [symbol, candles] : others_) {
    if (auto gaps = inside(candles.loaded().gaps); !gaps.empty()) r.other_gaps.emplace(symbol, std::move(gaps));
  }
  const std::ptrdiff_t first = std::max<std::ptrdiff_t>(0, s.index_of(r.frame_start));
  const std::ptrdiff_t last = std::min<std::ptrdiff_t>(static_cast<std::ptrdiff_t>(s.size()) - 1, s.index_of(last_seen));
  if (last >= first && !s.empty()) {
    r.candles = last - first + 1;
    if (!live_) {
      r.candles_start = s.time(static_cast<std::size_t>(first));
      r.candles_end = s.time(static_cast<std::size_t>(last)) + kMinute;
    }
    r.first_price = s.open()[static_cast<std::size_t>(first)];
    r.last_price = s.close()[static_cast<std::size_t>(last)];
  }
  return r;
}

}  // namespace btk::lua
