// One run of one strategy on one symbol, as an isolate holds it: the trader, its
// candles, and what went wrong. A RunReport is what is left of it: plain values
// that outlive the isolate.
#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "engine/event_rows.h"
#include "engine/stats.h"
#include "engine/stats_heat.h"
#include "engine/stats_live.h"
#include "engine/stats_performance.h"
#include "engine/trader.h"
#include "lua/candle_source.h"
#include "lua/convert.h"
#include "lua/explain.h"
#include "lua/guard.h"
#include "lua/held_candles.h"
#include "lua/live.h"
#include "lua/live_ticks.h"
#include "lua/series_columns.h"
#include "lua/services.h"
#include "lua/shared_columns.h"

namespace btk::lua {

/// A script error with how often it came.
struct ReportedError {
  std::string where;    ///< "get_signal", "on_close", "listen_signal"
  std::string message;  ///< without the position
  std::string file;     ///< empty when no user code was involved
  int line = 0;
  std::string traceback;
  std::int64_t count = 0;
  Timestamp first_at = 0;
};

/// How often the errors came, all of them or those in `where`.
std::int64_t error_count(const std::vector<ReportedError>& errors, std::string_view where = {});

struct RunReport {
  std::string symbol, strategy_name, exchange_name, frame_name;
  std::string run_hash;
  std::string decisions;               ///< text of the decision log when it was kept
  std::vector<FinishedSignal> signals; ///< closed and cancelled, in order
  std::uint32_t collected = 0;         ///< kinds of events (bits) that `events` has, if there were any
  std::vector<Event> events;           ///< for the event reports, in order
  bool measured = false;               ///< durations were kept
  std::vector<Measure> measures;       ///< in order; wall clock, no part of the result
  std::vector<ExplainRow> explained;   ///< when it was asked for
  TradeStats stats;
  std::vector<ReportedError> errors;
  std::vector<Gap> gaps;               ///< filled holes inside the frame
  std::map<std::string, std::vector<Gap>> other_gaps;  ///< those of the other symbols that it read, by symbol
  std::size_t duplicates = 0;
  std::int64_t warmup_ticks = 0;
  bool data_ended = false;
  std::string not_reproducible;        ///< where, when a script did what no two machines do alike
  std::string fatal;                   ///< why the run could not go on; empty when it ended by itself
  bool interrupted = false;
  Timestamp left_at = 0;               ///< where it was left or stopped before the frame's end; 0: it was not
  bool live = false;                   ///< a paper or live run: no frame
  std::vector<LiveEvent> live_events;  ///< of such a run: its tick results, oldest first, repetitions replaced
  // For the summary.
  Config config;
  Timestamp frame_start = 0, frame_end = 0;
  Timestamp candles_start = 0, candles_end = 0;  ///< of a back-test: the part [start, end) of the frame that had candles
  double first_price = 0, last_price = 0;
  std::int64_t candles = 0;            ///< candles of the frame that were there
  std::int64_t signal_calls = 0;
  bool has_get_signal = true;          ///< without one, signals come from commit_create_signal only
  TurnedAway refused, rejected;        ///< signals that broke a rule; rejections by risk profiles
  std::int64_t frame_count = 0;        ///< ticks of the frame
  /// The candles that it ran on, for charts; only when they were wanted.
  std::shared_ptr<const LoadedCandles> minutes{};
};

/// Candles that a live run was given other than by append_candles(): history, further history, other symbols.
struct SeenCandles {
  std::string symbol;
  std::vector<Candle> candles;  ///< oldest first, fillers of gaps among them
  std::vector<Gap> gaps;        ///< which of them are fillers
};

/// What a run's closed trades are for the statistics.
std::vector<ClosedTrade> closed_trades(const std::vector<FinishedSignal>& signals);

/// The closed trades of several runs by symbol, for the heat map: symbols in the order of the runs, trades of several
/// strategies in the order of their closes.
std::vector<SymbolTrades> symbol_trades(std::span<const RunReport> runs);

struct RunSetup {
  TraderSetup trader;
  Config config;
  std::shared_ptr<const LoadedCandles> candles;
  std::shared_ptr<CandleSource> source;  ///< for other symbols; may be empty
  std::shared_ptr<RiskBook> risk;
  std::shared_ptr<KeptSeries> kept;      ///< of the isolate; may be empty
  std::shared_ptr<SharedColumns> columns;  ///< of back-tests over the same candles; may be empty
  GapPolicy gaps = GapPolicy::fill;
  std::optional<LiveSetup> live;         ///< none: a back-test
  std::optional<ExplainWish> explain{};
  bool has_get_signal = true;            ///< of the strategy
};

/// What a run keeps of script errors, when the script is not trusted. 0: no limit.
struct ErrorBounds {
  int strikes = 0;        ///< failing calls of get_signal in a row that end the run
  std::size_t kinds = 0;  ///< different errors; later ones count for the last
  std::size_t bytes = 0;  ///< of a message and a traceback
};

/// One order, however often it is asked about.
std::string order_name(OrderAsk kind, const std::string& signal_id);

/// Since when a live run wants candles: a day before its start and before what a restored trader goes on with.
Timestamp live_history_start(const LiveSetup& setup);

/// What the driving loop holds by FFI: the trader, and how often it was asked.
struct Drive {
  Trader* trader = nullptr;
  Steps steps{};
  std::mutex* step = nullptr;  ///< of traders on other threads that share the risk book
  std::uint32_t heard = 0;     ///< kinds of events that the script listens to
  std::uint32_t collect = 0;   ///< kinds that are kept for reports, without the script
  std::vector<Event> events{};
  std::vector<LiveEvent>* ticks = nullptr;  ///< of a live run: where tick results are kept
  ExplainLog* explain = nullptr;  ///< looks on, if anybody wants to know

  Ask advance() {
    for (;;) {
      const Ask ask = advance_once();
      if (explain != nullptr) [[unlikely]] explain->saw(ask, *trader);
      if (ask != Ask::event || (collect == 0 && ticks == nullptr && explain == nullptr)) return ask;
      const std::uint32_t kind = 1U << static_cast<unsigned>(trader->event().kind);
      if (ticks != nullptr && trader->event().kind == EventKind::tick) keep_tick(*ticks, trader->event(), Costs(trader->config()));
      if ((collect & kind) != 0) events.push_back(trader->event());
      if ((heard & kind) != 0) return ask;
    }
  }

 private:
  Ask advance_once() {
    steps.take();
    if (step == nullptr) return trader->advance();
    const std::lock_guard lock(*step);
    return trader->advance();
  }
};

class Run {
 public:
  explicit Run(RunSetup setup);
  Run(const Run&) = delete;
  Run& operator=(const Run&) = delete;

  Trader& trader() { return trader_; }
  const Trader& trader() const { return trader_; }
  Drive& drive() { return drive_; }
  /// Which kinds of events reach the script, and which are kept for reports (bits of EventKind).
  void listen(std::uint32_t heard);
  void collect(std::uint32_t kinds);
  /// What explains the run, or none.
  ExplainLog* explain() { return explain_.get(); }
  const Config& config() const { return config_; }
  const RiskBook& risk() const { return *risk_; }
  RowContext row_context() const;
  /// The series of a symbol and interval, resampled when it is longer than a minute. Its columns stay where they
  /// are until the isolate is gone. Throws btk::Error.
  const CandleSeries& series(const std::string& symbol, Interval interval);
  /// An indicator column of btk.series; it stays with the run when it moves to another isolate. Throws btk::Error.
  BoundColumn& column(const std::string& symbol, Interval interval, const IndicatorSpec& spec, Timestamp anchor);
  /// Candles of a symbol that the script's own get_candles gave: the first ones of another symbol, or earlier ones
  /// that end where the present series begins (a gap between is filled).
  void add_candles(const std::string& symbol, std::shared_ptr<const LoadedCandles> candles);
  /// Goes on with a history that reaches back to `since`, if the source has it. False: there is nothing earlier.
  bool look_back(const std::string& symbol, Timestamp since);

  // Live runs.
  const LiveSetup* live() const { return live_ ? &*live_ : nullptr; }
  LiveHooks* hooks() const { return live_ ? live_->hooks : nullptr; }
  /// More candles of a symbol, behind its end. Throws btk::Error.
  void append_candles(const std::string& symbol, std::span<const Candle> candles);
  /// First moment without a candle of `symbol`.
  Timestamp candles_end(const std::string& symbol);
  CandleSource* source() const { return source_.get(); }
  std::vector<SeenCandles> take_seen() { return std::exchange(seen_, {}); }
  /// Tries commands on a copy of the trader, until it is taken away: whether they would be taken, and their result.
  void probe(bool on) { probe_ = on ? std::make_unique<Trader>(trader_) : nullptr; }
  /// What commands act upon.
  Trader& commanded() { return probe_ ? *probe_ : trader_; }
  /// Signals made from now on carry the session's clock.
  void stamp();
  /// "stop", "pause", "resume", "flatten", "block", "unblock". False: unknown.
  bool take_command(const std::string& name);
  /// Was an order of this name (order_name) sent to a broker, as far as is known? Then nobody but the broker can
  /// say what became of it.
  bool was_sent(const std::string& order) const { return sent_.contains(order); }
  void mark_sent(const std::string& order) { sent_.insert(order); }
  void forget_sent(const std::string& order) { sent_.erase(order); }
  /// Signals that ended in sessions before this one, oldest first.
  const std::vector<FinishedSignal>& earlier() const { return earlier_; }
  /// An input of this moment, to be recorded.
  RunInput input(RunInput::Kind kind, std::string name, std::string id = {}) const;
  /// How the run sees the stores that it shares with others.
  SharedView& shared() { return shared_; }
  /// The run goes on in another isolate.
  void move_to(std::shared_ptr<KeptSeries> kept, LiveSetup setup);

  /// Durations are kept from now on.
  void keep_measures() { measured_ = true; }
  void measure(Measure measure) { measures_.push_back(std::move(measure)); }
  std::vector<Measure>& measures() { return measures_; }

  void report_error(ReportedError error);
  void bound_errors(ErrorBounds bounds) { bounds_ = bounds; }
  std::vector<ReportedError>& errors() { return errors_; }
  void set_fatal(std::string why) { fatal_ = std::move(why); }
  void set_interrupted() { interrupted_ = true; }

  /// The candles, for whoever outlives the run; of a live run, whose candles still grow, a copy.
  std::shared_ptr<const LoadedCandles> share_candles() const {
    return live_ ? std::make_shared<LoadedCandles>(own_.loaded()) : own_.share();
  }

  /// What is left when the run is over.
  RunReport report() const;
  /// The same for whoever asks last: signals and events go with it.
  RunReport take_report();

 private:
  /// With `signals` and `events` of the run.
  RunReport report_with(std::vector<FinishedSignal> signals, std::vector<Event> events) const;
  void listen();
  HeldCandles& held(const std::string& symbol);
  bool is_own(const std::string& symbol) const { return symbol == trader_.setup().symbol; }
  void count_strike(const ReportedError& error);
  void saw(const std::string& symbol, const LoadedCandles& candles);
  void apply_live_setup();
  void restore();

  Config config_;
  Costs costs_;
  std::optional<LiveSetup> live_;
  GapPolicy gaps_;
  std::shared_ptr<KeptSeries> kept_;
  std::shared_ptr<SharedColumns> shared_columns_;
  HeldCandles own_;
  std::shared_ptr<CandleSource> source_;
  std::shared_ptr<RiskBook> risk_;
  std::shared_ptr<const std::vector<double>> averages_;  ///< what the trader uses, when it is shared
  Trader trader_;
  Drive drive_;
  std::map<std::string, HeldCandles> others_;
  SeriesColumns columns_;
  std::unique_ptr<ExplainLog> explain_;
  std::vector<SeenCandles> seen_;
  std::unique_ptr<Trader> probe_;
  std::vector<LiveEvent> ticks_;
  std::set<std::string> sent_;
  std::vector<FinishedSignal> earlier_;
  SharedView shared_;
  bool measured_ = false;
  bool has_get_signal_ = true;
  std::vector<Measure> measures_;
  std::vector<ReportedError> errors_;
  ErrorBounds bounds_;
  int strikes_ = 0;
  std::int64_t last_strike_ = -1;  ///< number of the call of get_signal that failed last
  std::string fatal_;
  bool interrupted_ = false;
};

}  // namespace btk::lua
