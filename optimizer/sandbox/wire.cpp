#include "optimizer/sandbox/wire.h"

#include "engine/stats.h"
#include "optimizer/sandbox/bytes.h"

namespace btk::optimizer {
namespace {

constexpr std::uint64_t kMark = 0x62746b2d73626f78;  ///< both ends are the same program
constexpr std::size_t kShort = 4096;                 ///< longest name, note or message
constexpr Interval kLastInterval = Interval::d1;

template <class List, class Put>
void put_all(ByteWriter& out, const List& list, Put put) {
  out.put<std::uint64_t>(list.size());
  for (const auto& one : list) put(one);
}

void put_pnl(ByteWriter& out, const Pnl& p) {
  for (const double value : {p.pnl_percentage, p.pnl_cost, p.pnl_entries, p.price_open, p.price_close}) out.put(value);
}

Pnl get_pnl(ByteReader& in) {
  Pnl p;
  for (double* value : {&p.pnl_percentage, &p.pnl_cost, &p.pnl_entries, &p.price_open, &p.price_close}) *value = in.get<double>();
  return p;
}

void put_excursion(ByteWriter& out, const Excursion& e) {
  out.put(e.price);
  out.put(e.timestamp);
  put_pnl(out, e.pnl);
}

Excursion get_excursion(ByteReader& in) {
  Excursion e;
  e.price = in.get<double>();
  e.timestamp = in.get<Timestamp>();
  e.pnl = get_pnl(in);
  return e;
}

// Without `fills` and the other members of live runs.
void put_signal(ByteWriter& out, const Signal& s) {
  out.put(s.id);
  out.put(s.note);
  out.put(s.is_long());
  for (const double value : {s.price_open, s.price_take_profit, s.price_stop_loss, s.minute_estimated_time, s.cost, s.multiplier})
    out.put(value);
  out.put(s.isolated);
  for (const Timestamp value : {s.scheduled_at, s.pending_at, s.timestamp}) out.put(value);
  put_all(out, s.entries, [&](const Entry& e) { out.put(e.price), out.put(e.cost), out.put(e.timestamp); });
  put_all(out, s.partials, [&](const Partial& p) {
    out.put(p.profit), out.put(p.percent), out.put(p.current_price), out.put(p.cost_basis_at_close);
    out.put<std::uint64_t>(p.entry_count_at_close), out.put(p.timestamp);
  });
  out.put(s.trailing_stop);
  out.put(s.trailing_take);
  put_excursion(out, s.peak);
  put_excursion(out, s.fall);
}

Signal get_signal(ByteReader& in) {
  Signal s;
  s.id = in.text(kShort);
  s.note = in.text(kShort);
  s.position = in.flag() ? Side::long_side : Side::short_side;
  for (double* value : {&s.price_open, &s.price_take_profit, &s.price_stop_loss, &s.minute_estimated_time, &s.cost, &s.multiplier})
    *value = in.get<double>();
  s.isolated = in.flag();
  for (Timestamp* value : {&s.scheduled_at, &s.pending_at, &s.timestamp}) *value = in.get<Timestamp>();
  s.entries.resize(in.count(24));
  for (Entry& e : s.entries) e.price = in.get<double>(), e.cost = in.get<double>(), e.timestamp = in.get<Timestamp>();
  s.partials.resize(in.count(41));
  for (Partial& p : s.partials) {
    p.profit = in.flag(), p.percent = in.get<double>(), p.current_price = in.get<double>();
    p.cost_basis_at_close = in.get<double>();
    p.entry_count_at_close = in.get<std::uint64_t>(), p.timestamp = in.get<Timestamp>();
  }
  s.trailing_stop = in.maybe_number();
  s.trailing_take = in.maybe_number();
  s.peak = get_excursion(in);
  s.fall = get_excursion(in);
  return s;
}

void put_finished(ByteWriter& out, const FinishedSignal& f) {
  put_signal(out, f.signal);
  out.put(f.action), out.put(f.close_reason), out.put(f.cancel_reason);
  out.put(f.close_timestamp), out.put(f.current_price);
  put_pnl(out, f.pnl);
  out.put(f.fees), out.put(f.id), out.put(f.data_ended);
}

FinishedSignal get_finished(ByteReader& in) {
  FinishedSignal f;
  f.signal = get_signal(in);
  f.action = in.code(Action::cancelled);
  f.close_reason = in.code(CloseReason::closed);
  f.cancel_reason = in.code(CancelReason::user);
  f.close_timestamp = in.get<Timestamp>();
  f.current_price = in.get<double>();
  f.pnl = get_pnl(in);
  f.fees = in.get<double>();
  f.id = in.text(kShort);
  f.data_ended = in.flag();
  return f;
}

constexpr std::size_t kSmallestFinished = 300;

void put_report(ByteWriter& out, const lua::RunReport& r) {
  out.put(r.strategy_name), out.put(r.exchange_name), out.put(r.frame_name), out.put(r.run_hash), out.put(r.decisions);
  put_all(out, r.signals, [&](const FinishedSignal& f) { put_finished(out, f); });
  put_all(out, r.errors, [&](const lua::ReportedError& e) {
    out.put(e.where), out.put(e.message), out.put(e.file), out.put(e.line), out.put(e.traceback), out.put(e.count);
    out.put(e.first_at);
  });
  put_all(out, r.gaps, [&](const Gap& g) { out.put(g.from), out.put<std::uint64_t>(g.candles); });
  out.put<std::uint64_t>(r.duplicates);
  out.put(r.warmup_ticks), out.put(r.data_ended), out.put(r.not_reproducible), out.put(r.fatal);
  out.put(r.frame_start), out.put(r.frame_end), out.put(r.first_price), out.put(r.last_price);
  out.put(r.candles), out.put(r.signal_calls), out.put(r.frame_count);
}

lua::RunReport get_report(ByteReader& in) {
  lua::RunReport r;
  r.strategy_name = in.text(kShort), r.exchange_name = in.text(kShort), r.frame_name = in.text(kShort);
  r.run_hash = in.text(kShort), r.decisions = in.text();
  for (std::size_t n = in.count(kSmallestFinished); n > 0; --n) r.signals.push_back(get_finished(in));
  for (std::size_t n = in.count(48); n > 0; --n) {
    lua::ReportedError e;
    e.where = in.text(kShort), e.message = in.text(kShort), e.file = in.text(kShort), e.line = in.get<int>();
    e.traceback = in.text(kShort), e.count = in.get<std::int64_t>(), e.first_at = in.get<Timestamp>();
    r.errors.push_back(std::move(e));
  }
  for (std::size_t n = in.count(16); n > 0; --n) {
    Gap gap;
    gap.from = in.get<Timestamp>(), gap.candles = in.get<std::uint64_t>();
    r.gaps.push_back(gap);
  }
  r.duplicates = in.get<std::uint64_t>();
  r.warmup_ticks = in.get<std::int64_t>(), r.data_ended = in.flag();
  r.not_reproducible = in.text(kShort), r.fatal = in.text(kShort);
  r.frame_start = in.get<Timestamp>(), r.frame_end = in.get<Timestamp>();
  r.first_price = in.get<double>(), r.last_price = in.get<double>();
  r.candles = in.get<std::int64_t>(), r.signal_calls = in.get<std::int64_t>(), r.frame_count = in.get<std::int64_t>();
  r.stats = trade_stats(lua::closed_trades(r.signals));
  return r;
}

/// Behind a head of `size` bytes: where doubles may begin.
std::size_t columns_start(std::size_t size) { return (size + sizeof(double) - 1) / sizeof(double) * sizeof(double); }

// The switches in the order of guards.h.
constexpr bool Guards::*kGuards[] = {
    &Guards::allow_list, &Guards::text_only, &Guards::bounded_library, &Guards::bounded_answers, &Guards::cpu_budget,
    &Guards::memory_cap, &Guards::output_limit, &Guards::empty_environment, &Guards::closed_descriptors,
    &Guards::resource_limits, &Guards::system_calls, &Guards::wall_clock};
static_assert(sizeof(kGuards) / sizeof(kGuards[0]) == sizeof(Guards));

constexpr double SandboxLimits::*kTimes[] = {&SandboxLimits::call_cpu_seconds, &SandboxLimits::cpu_seconds,
                                             &SandboxLimits::wall_seconds};
constexpr std::size_t SandboxLimits::*kSizes[] = {
    &SandboxLimits::memory_bytes,     &SandboxLimits::text_bytes,        &SandboxLimits::line_bytes,
    &SandboxLimits::lines_per_minute, &SandboxLimits::kept_output_bytes, &SandboxLimits::output_bytes,
    &SandboxLimits::signals};
static_assert(sizeof(SandboxLimits) == sizeof(double) * 3 + sizeof(std::size_t) * 7);

}  // namespace

std::string encode(const ChildOrder& order) {
  ByteWriter out;
  out.put(kMark);
  out.put(order.parent);
  const Ground& g = order.ground;
  out.put(g.symbol), out.put(g.exchange_name), out.put(g.frame_name), out.put(g.from), out.put(g.to);
  out.put(g.frame_interval), out.put(g.seed), out.put(g.strategy_name), out.put(g.keep_decisions);
  put_all(out, g.settings, [&](const auto& setting) { out.put(setting.first), out.put(setting.second); });
  for (const auto member : kTimes) out.put(order.limits.*member);
  for (const auto member : kSizes) out.put<std::uint64_t>(order.limits.*member);
  for (const auto member : kGuards) out.put(order.guards.*member);
  out.put(order.candidate.name), out.put(order.candidate.text);
  return out.take();
}

ChildOrder decode_order(std::string_view bytes) {
  ByteReader in(bytes);
  if (in.get<std::uint64_t>() != kMark) throw Error("the order is not one of the sandbox");
  ChildOrder order;
  order.parent = in.get<std::int64_t>();
  Ground& g = order.ground;
  g.symbol = in.text(), g.exchange_name = in.text(), g.frame_name = in.text();
  g.from = in.get<Timestamp>(), g.to = in.get<Timestamp>();
  g.frame_interval = in.code(kLastInterval), g.seed = in.get<std::uint64_t>(), g.strategy_name = in.text();
  g.keep_decisions = in.flag();
  for (std::size_t n = in.count(16); n > 0; --n) {
    std::string key = in.text();
    g.settings.emplace_back(std::move(key), in.text());
  }
  for (const auto member : kTimes) order.limits.*member = in.get<double>();
  for (const auto member : kSizes) order.limits.*member = in.get<std::uint64_t>();
  for (const auto member : kGuards) order.guards.*member = in.flag();
  order.candidate.name = in.text(), order.candidate.text = in.text();
  in.end();
  return order;
}

std::string encode(const CandidateResult& result) {
  ByteWriter out;
  out.put(kMark);
  out.put(result.failure.kind), out.put(std::string_view(result.failure.reason).substr(0, kShort)), out.put(result.failure.signal);
  put_report(out, result.report);
  put_all(out, result.log, [&](const LogLine& line) { out.put(line.level), out.put(line.text), out.put(line.when); });
  out.put<std::uint64_t>(result.lines_dropped);
  out.put(result.earliest);
  put_all(out, result.refused, [&](const std::string& name) { out.put(name); });
  out.put(kMark);
  return out.take();
}

CandidateResult decode_result(std::string_view bytes) {
  ByteReader in(bytes);
  CandidateResult result;
  if (in.get<std::uint64_t>() != kMark) throw Error("the child process gave no answer");
  result.failure.kind = in.code(FailureKind::sandbox);
  result.failure.reason = in.text(kShort);
  result.failure.signal = in.get<int>();
  result.report = get_report(in);
  for (std::size_t n = in.count(24); n > 0; --n) {
    LogLine line;
    line.level = in.text(kShort), line.text = in.text(), line.when = in.get<Timestamp>();
    result.log.push_back(std::move(line));
  }
  result.lines_dropped = in.get<std::uint64_t>();
  result.earliest = in.get<Timestamp>();
  for (std::size_t n = in.count(8); n > 0; --n) result.refused.push_back(in.text(kShort));
  if (in.get<std::uint64_t>() != kMark) throw Error("the child process broke off in the middle of its answer");
  in.end();
  return result;
}

std::vector<std::string_view> pieces(const lua::LoadedCandles& candles, std::string& head) {
  ByteWriter out;
  const CandleSeries& s = candles.series;
  out.put(kMark);
  out.put(s.interval());
  out.put(s.first());
  out.put<std::uint64_t>(s.size());
  put_all(out, candles.gaps, [&](const Gap& g) { out.put(g.from), out.put<std::uint64_t>(g.candles); });
  out.put<std::uint64_t>(candles.duplicates);
  head = out.take();
  head.resize(columns_start(head.size()));
  std::vector<std::string_view> all{head};
  for (const auto& column : {s.open(), s.high(), s.low(), s.close(), s.volume()}) {
    all.emplace_back(reinterpret_cast<const char*>(column.data()), column.size_bytes());
  }
  return all;
}

lua::LoadedCandles decode_candles(const std::shared_ptr<std::byte[]>& block, std::size_t size) {
  ByteReader in({reinterpret_cast<const char*>(block.get()), size});
  if (in.get<std::uint64_t>() != kMark) throw Error("the candles for the sandbox cannot be read");
  lua::LoadedCandles loaded;
  const auto interval = in.code(kLastInterval);
  const auto first = in.get<Timestamp>();
  const std::size_t candles = in.count(5 * sizeof(double));
  for (std::size_t n = in.count(16); n > 0; --n) {
    Gap gap;
    gap.from = in.get<Timestamp>(), gap.candles = in.get<std::uint64_t>();
    loaded.gaps.push_back(gap);
  }
  loaded.duplicates = in.get<std::uint64_t>();
  in.take(columns_start(size - in.left()) - (size - in.left()));
  CandleSeries::Columns columns;
  for (Column& column : columns) {
    auto* const begin = reinterpret_cast<double*>(block.get() + (size - in.left()));
    in.take(candles * sizeof(double));
    column = Column(std::shared_ptr<double[]>(block, begin), candles, candles);
  }
  in.end();
  loaded.series = CandleSeries(interval, first, std::move(columns));
  return loaded;
}

}  // namespace btk::optimizer
