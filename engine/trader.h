// One strategy on one symbol: the whole life of its signals, as a state machine
// that never calls out. The driver pulls it:
//
//   while ((ask = trader.advance()) != Ask::done) answer(ask);
//
// advance() runs until something outside is needed. A tick that asks for a
// signal, a candle that somebody listens to, a risk check: each comes back as an
// Ask; the driver answers, or does not, and calls advance() again. Unanswered
// asks fail closed: no signal, rejected, order verdict unknown.
//
// A live trader is the same machine whose candles grow between calls: when the
// next work needs a candle that is not there yet, advance() answers
// Ask::horizon. Between works (Ask::horizon) and at an Ask::order its state()
// can be taken, and restore()d in another process.
//
// Time (differences.md 1): the candle that opens at c is processed as a whole in
// the minute c + 1m, by traders that hold something; then flat traders tick.
// Inside a candle's events "now" is its open time, so nothing at or after c is
// visible to scripts, while event prices include the candle (engine.md 2.1).
//
// One thread at a time. Errors: btk::Error for a command that cannot be taken.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "engine/candles.h"
#include "engine/config.h"
#include "engine/decision_log.h"
#include "engine/event.h"
#include "engine/order.h"
#include "engine/pnl.h"
#include "engine/prices.h"
#include "engine/risk_book.h"
#include "engine/signal.h"
#include "engine/trader_state.h"
#include "engine/validate.h"

namespace btk {

enum class Ask : std::int32_t {
  done = 0,        ///< the run is over
  signal_due = 1,  ///< call get_signal(symbol, now().when, now().price) and answer_signal()
  event = 2,       ///< deliver event()
  risk_check = 3,  ///< judge risk_query() and answer_risk()
  horizon = 4,     ///< the next work lies beyond the horizon, or (live) its candle is not there yet
  order = 5,       ///< ask the exchange order_query() and answer_order()
};

struct TraderSetup {
  std::string symbol, strategy_name, exchange_name, frame_name;
  Interval signal_interval = Interval::m1;
  std::vector<std::string> risk_profiles;  ///< in the order of checking
  Timestamp frame_start = 0;               ///< first tick, down to the minute
  Timestamp frame_end = 0;                 ///< no tick after it
  Interval frame_interval = Interval::m1;
  std::uint64_t seed = 1;                  ///< part of the ids that the engine makes
  bool keep_decisions = false;             ///< keep the text of the decision log
  bool live = false;                       ///< ticks every minute, no frame end, no data end
  bool ask_orders = false;                 ///< raise Ask::order; else everything is confirmed
};

/// Work is ordered by the minute in which it is done; in one minute all candles come before all ticks.
struct WorkKey {
  Timestamp minute = 0;
  int stage = 0;  ///< 0 candle, 1 tick
  auto operator<=>(const WorkKey&) const = default;
};

/// The present moment, laid out for the script side's FFI.
struct Now {
  double when = 0;            ///< ms
  double price = 0;           ///< average price of the tick or the event
  std::int64_t visible = 0;   ///< candles before this index of the 1m series are closed now
  std::int64_t frame = 0;     ///< ticks before this one
};

/// Signals that came to nothing: how many, and the first of them, for the summary of a run.
struct TurnedAway {
  std::int64_t count = 0;
  Timestamp first_at = 0;
  std::string first;  ///< why

  void add(Timestamp at, std::string why) {
    if (count++ > 0) return;
    first_at = at;
    first = std::move(why);
  }
};

/// What a risk validation judges.
struct RiskQuery {
  std::string profile;
  double current_price = 0;
  Timestamp timestamp = 0;
  Signal signal;             ///< candidate with defaults
  Pnl pnl;                   ///< of the candidate at current_price; zeros for a waiting order
  bool waiting = false;      ///< a limit order about to open
  std::vector<RiskPosition> positions;
};

class Trader {
 public:
  /// `candles` (one-minute) and `risk` must outlive the trader.
  Trader(TraderSetup setup, const Config& config, const CandleSeries& candles, RiskBook& risk);

  Ask advance();
  /// The work that advance() would start next; nothing when it is in the middle of some, or done.
  std::optional<WorkKey> next_work();
  /// advance() stops before work later than this.
  void set_horizon(WorkKey last) { horizon_ = last; }

  // Answers.
  void answer_signal(SignalRequest request);
  /// get_signal asked for more history than there is: the tick counts as warm-up.
  void answer_warmup() { ++warmup_ticks_; }
  void answer_risk(bool allowed, std::string id = {}, std::string note = {});
  /// The answer of get_signal came too late: as if it had returned nothing.
  void drop_request() { request_.reset(); }
  const OrderQuery& order_query() const { return order_query_; }
  void answer_order(OrderAnswer answer) { order_answer_ = std::move(answer); }
  const Event& event() const { return event_; }
  const RiskQuery& risk_query() const { return risk_query_; }
  /// While Ask::risk_check is open: what the check sees instead of the book (a replay).
  void set_risk_positions(std::vector<RiskPosition> positions);

  /// Bit k: events of kind k are wanted. Others are not raised (the decision log sees all).
  void listen(std::uint32_t mask);

  // Where it stands.
  const Now& now() const { return now_; }
  /// The work that was begun last; zeros before the first.
  WorkKey work() const {
    if (stage_ < 0) return {};
    return {static_cast<Timestamp>(now_.when) + (stage_ == 0 ? kMinute : 0), stage_};
  }
  const TraderSetup& setup() const { return setup_; }
  const Config& config() const { return config_; }
  const CandleSeries& candles() const { return *candles_; }
  /// Average prices of its candles that were made for several traders (average_prices()); they must outlive their use, which a
  /// rebase() ends.
  void use_averages(std::span<const double> made) { averages_.use(made); }
  /// Goes on with `longer`, the same candles with more of them before the first one.
  void rebase(const CandleSeries& longer);
  /// Average price over the candles closed before now(): what commands and getters use.
  double visible_price() const;
  /// The open position; none once a command has asked to close it, but again while the exchange leaves that open.
  const Signal* pending() const {
    return position_ && (position_deferral_.kind == Deferral::none || asking(OrderAsk::close)) ? &*position_ : nullptr;
  }
  const Signal* scheduled() const {
    return order_ && (order_deferral_.kind == Deferral::none || asking(OrderAsk::activate)) ? &*order_ : nullptr;
  }
  bool paused() const { return paused_; }
  bool stopped() const { return stopped_; }
  std::int64_t frame_count() const { return frame_count_; }

  // Commands (engine.md 7). False: not now. Prices default to visible_price().
  bool commit_partial(bool profit, double percent, std::optional<double> price = {});
  bool commit_partial_cost(bool profit, double dollars, std::optional<double> price = {});
  bool commit_trailing_stop(double percent_shift, double price);
  bool commit_trailing_take(double percent_shift, double price);
  bool commit_trailing_stop_cost(double new_stop, std::optional<double> price = {});
  bool commit_trailing_take_cost(double new_take, std::optional<double> price = {});
  bool commit_breakeven(std::optional<double> price = {});
  bool commit_average_buy(std::optional<double> cost = {}, std::optional<double> price = {});
  void commit_close_pending(std::string id = {}, std::string note = {});
  void commit_cancel_scheduled(std::string id = {}, std::string note = {});
  void commit_activate_scheduled(std::string id = {}, std::string note = {});
  void commit_create_take_profit(std::string id = {}, std::string note = {});
  void commit_create_stop_loss(std::string id = {}, std::string note = {});
  /// Throws btk::Error when stopped, occupied or broken.
  void commit_create_signal(SignalRequest request);
  /// Throws btk::Error without a position.
  void commit_signal_notify(std::string id = {}, std::string note = {});
  void set_paused(bool paused);
  /// No new signals; an open position is followed to its end (engine.md 5.9).
  void stop();
  /// Ends the run at the next step without touching what is open: for Ctrl-C.
  void abandon() { abandoned_ = interrupted_ = true; }
  bool abandoned() const { return abandoned_; }
  /// Whether commit_breakeven would answer true at `price`, without its side effects.
  bool breakeven_possible(double price) const;

  // Live (trader_live.cpp, trader_state.cpp).
  /// What a restart needs. At Ask::horizon, at Ask::order, before the first advance() and at the end; throws
  /// btk::Error in the middle of a work.
  TraderState state() const;
  /// As state(), and in the middle of a work too: to be looked at, not to restore from.
  TraderState state_so_far() const;
  /// Before the first advance(): goes on from `state`, with the decision log's text and the finished signals of then.
  /// What was asked and not answered counts as answered "unknown". `candles` must reach back far enough for average
  /// prices; throws btk::Error otherwise. What is held gets its risk places back.
  void restore(TraderState state, std::string_view earlier_decisions, std::vector<FinishedSignal> finished);
  /// Moves whenever something of state() changes that a crash must not lose; the passing of minutes alone is not that.
  std::uint64_t changes() const { return changes_ + static_cast<std::uint64_t>(signal_calls_); }
  /// Ticks before `first` generate nothing and ask nothing (differences.md 2).
  void forbid_entries_before(Timestamp first);
  std::int64_t skipped_ticks() const { return skipped_ticks_; }
  /// At the next advance(), before the next candle: closes the position at visible_price() or cancels the order, and
  /// drops a queued request. What is in question follows when it is settled. False: there is nothing.
  bool flatten();
  /// A kill switch: while blocked get_signal is not asked and queued requests stay.
  void block_entries(bool blocked);
  /// A retry budget is exhausted or block_entries() holds.
  bool entries_blocked() const { return entries_blocked_ || halted_; }
  /// The question that has no verdict yet, if any.
  const std::optional<OpenQuestion>& question() const { return question_; }
  /// For the next check; between two pieces of work. Places that are taken stay so until the position ends.
  void set_risk_profiles(std::vector<std::string> profiles) { setup_.risk_profiles = std::move(profiles); }
  /// What signals carry that are made from now on.
  void set_stamps(Timestamp observed_at, int script_version);
  /// Notes what the exchange did for a command on what is held.
  void add_fill(Fill fill);

  // Results.
  const DecisionLog& decisions() const { return log_; }
  const std::vector<FinishedSignal>& finished() const { return finished_; }
  /// When nothing more is done: without copying them.
  std::vector<FinishedSignal> take_finished() { return std::move(finished_); }
  std::int64_t warmup_ticks() const { return warmup_ticks_; }
  bool data_ended() const { return data_ended_; }
  /// First and last tick of the frame.
  Timestamp frame_first() const { return setup_.frame_start; }
  Timestamp frame_last() const { return frame_end_; }
  std::int64_t signal_calls() const { return signal_calls_; }
  /// Since this object was made: signals that broke a rule, and rejections by risk profiles.
  const TurnedAway& refused() const { return refused_; }
  const TurnedAway& rejected() const { return rejected_; }
  std::int64_t active_pings() const { return active_pings_; }
  std::int64_t schedule_pings() const { return schedule_pings_; }

 private:
  enum class Step {
    start, next, ask_strategy, candidate, risk, risk_answer, admit, idle,
    ping_done, levels, progress, candle_done, finish, done,
    order, verdict, checked, resume
  };
  enum class RiskOrigin { candidate, touched, user };

  // trader.cpp: the life of a run
  Ask next_event();
  void step_start();
  Ask step_next();
  void step_tick(Timestamp when);
  bool step_ask_strategy();
  void step_candidate();
  void step_admit();
  void step_idle();
  void step_finish();
  bool holding() const { return position_.has_value() || order_.has_value(); }
  Timestamp frame_time(std::int64_t i) const { return setup_.frame_start + i * frame_step_; }
  std::int64_t next_frame() const;
  bool over(std::int64_t frame) const;
  void stop_at_horizon();
  void enter(Signal signal, bool waits);
  void roll_back_throttle() {
    last_interval_start_.reset();
    ++changes_;
  }
  void refuse(std::vector<Refusal> refusals);
  Signal make_signal(const SignalRequest& request, double price) const;
  std::string make_id() const;

  // trader_risk.cpp
  void check_risk(RiskOrigin origin, double price);
  bool step_risk();
  void step_risk_answer();
  void risk_passed();
  void risk_rejected();
  void release_risk();
  RiskPosition risk_position(const Signal& signal, Timestamp since) const;
  void put_risk(const Signal& signal, Timestamp since);
  RiskOwner risk_owner() const { return {setup_.strategy_name, setup_.exchange_name, setup_.symbol}; }

  // trader_candle.cpp: orders and positions on each candle
  void step_candle();
  void step_order(Timestamp time, double price);
  void step_position(Timestamp time, double price);
  void step_ping_done();
  void step_levels();
  void step_progress();
  void step_candle_done();
  void step_data_end();
  void monitor(Timestamp time, double price);
  void measure(double price);
  bool reaches_breakeven(double price) const;
  bool reaches_level() const;
  void announce_breakeven(Timestamp time, double price);
  int announce_level(Timestamp time, double price);
  void schedule(Signal signal);
  void open(Signal signal, Timestamp time, double event_price);
  void activate(Timestamp time, double market_price, bool by_user);
  void close(CloseReason reason, double price, Timestamp time, bool fold);
  void cancel(CancelReason reason, double price, Timestamp time, bool failed_activation = false);
  void finish_signal(Timestamp time);
  void refresh();

  // trader_quick.cpp
  bool ask_again();
  void pass_quiet_candles();
  bool pass_milestones(Timestamp time, double price);
  void settle_extremes();
  void find_even();
  void widen_seen(double price);
  void check_quiet();
  void widen_quiet(double price);

  // trader_orders.cpp: asking the exchange
  bool asking(OrderAsk kind) const { return question_ && question_->kind == kind; }
  bool careful_candle(double price);
  void begin_question(OpenQuestion question, double market_price);
  void ask(double market_price);
  void gate_entry(Signal signal, bool waits);
  void gate_activation(bool by_user);
  void gate_close(CloseReason reason, double price, bool at_level, bool by_user);
  void step_verdict();
  void confirmed(OpenQuestion asked);
  void rejected(OpenQuestion asked);
  void unknown();
  void check_answered();
  void gone();
  void step_checked();
  void alarm(int failures, double budget, bool endless);
  void settled();
  void take_fill_of(Signal& row, std::string_view action);
  const Signal& asked_row() const;
  bool in_candle() const;
  bool fill_reported() const {
    return position_deferral_.kind == Deferral::take_fill || position_deferral_.kind == Deferral::stop_fill;
  }
  bool deferred() const { return (order_ ? order_deferral_ : position_deferral_).kind != Deferral::none; }
  OrderQuery query_about(const OpenQuestion& question) const;
  bool may_send(const OpenQuestion& question) const;
  void emit_order(EventKind kind, std::string note = {}, int attempt = -1);

  // trader_live.cpp, trader_state.cpp
  bool careful_tick(Timestamp when);
  bool step_flatten();
  bool step_resume();

  // trader_commands.cpp
  const Signal* commandable() const;
  bool fill_reportable() const;
  bool accept_trailing(double price, double shift) const;
  bool commit_trailing(CommitAction action, double shift, double price);
  void queue_commit(CommitAction action, double price, double amount);
  void announce_commits(Timestamp time);
  void announce(const QueuedCommit& commit, Timestamp time, const std::string& id, const std::string& note);
  void announce_deferred(CommitAction action, const Signal& row, const Deferral& why, double price, Timestamp time);

  bool wants(EventKind kind) const { return mask_ >> static_cast<unsigned>(kind) & 1; }
  Event& emit(EventKind kind, Timestamp time, double price);
  void emit_row(EventKind kind, Timestamp time, double price, bool waiting = false);
  void emit_tick(Action action, Timestamp time, double price);
  void log_opened(std::string_view kind, const Signal& signal, Timestamp time, double price);

  TraderSetup setup_;
  Config config_;
  Costs costs_;
  const CandleSeries* candles_;
  RiskBook& risk_;
  DecisionLog log_;
  std::size_t window_;            // candles of the average price
  AveragePrices averages_;
  std::string id_prefix_;         // of what ids are made of, before the moment
  Timestamp frame_step_;
  std::int64_t frame_count_;
  Timestamp frame_end_;           // last tick
  Timestamp interval_step_;

  Step step_ = Step::start;
  WorkKey horizon_{std::numeric_limits<Timestamp>::max(), 1};
  Now now_;
  std::uint32_t mask_ = 0;
  std::vector<Event> outbox_;
  std::size_t outbox_next_ = 0;
  Event event_;
  std::int64_t frame_ = 0;        // next tick
  std::ptrdiff_t candle_ = 0;     // next candle while holding

  std::optional<Signal> order_, position_;
  Deferral order_deferral_, position_deferral_;
  std::vector<QueuedCommit> commits_;
  std::optional<SignalRequest> queued_request_, request_;
  bool candidate_queued_ = false;
  std::optional<Timestamp> last_interval_start_;
  std::string last_pending_id_;
  bool paused_ = false, stopped_ = false, abandoned_ = false;
  bool entries_blocked_ = false, halted_ = false, flatten_ = false;
  bool interrupted_ = false;      // abandoned or to be flattened: looked at between works
  bool careful_ = false;          // there may be questions or minutes without entries
  bool every_frame_ = false;      // no tick may be passed over
  bool every_candle_ = false;     // no candle of a position may be passed over
  bool quiet_candle_ = false;     // nobody looks at this one
  std::int8_t stage_ = -1;        // of the work begun last; -1: none
  Timestamp entries_from_ = std::numeric_limits<Timestamp>::min();
  Timestamp observed_at_ = 0;
  int script_version_ = 0;

  std::optional<OpenQuestion> question_;
  OrderQuery order_query_;
  OrderAnswer order_answer_;
  int check_failures_ = 0;        // in a row
  std::uint64_t changes_ = 0;
  std::int64_t skipped_ticks_ = 0;

  RiskQuery risk_query_;
  RiskOrigin risk_origin_ = RiskOrigin::candidate;
  std::size_t risk_index_ = 0;
  bool risk_allowed_ = false;
  std::uint64_t risk_version_ = 0;  // of the book that the check sees
  std::string risk_id_, risk_note_;

  // Derived from the position; refresh() keeps them.
  double effective_ = 0, invested_ = 0;
  std::optional<double> liquidation_;
  // The candle being monitored.
  double distance_ = 0, progress_ = 0;
  int levels_profit_ = 0, levels_loss_ = 0;  // tenths already announced
  bool breakeven_announced_ = false;

  // Average prices that the position has been through without a change other than its own milestones.
  double seen_low_ = 0, seen_high_ = 0;
  double quiet_low_ = 0, quiet_high_ = 0;             // between them nothing new can happen
  std::uint64_t quiet_changes_ = ~std::uint64_t{0};   // changes_ for which all that holds
  bool knows_even_ = false;
  double loss_until_ = 0, profit_from_ = 0;           // see find_even()
  bool peak_due_ = false, fall_due_ = false;          // their results are still to be computed

  std::vector<FinishedSignal> finished_;
  std::int64_t warmup_ticks_ = 0, signal_calls_ = 0, active_pings_ = 0, schedule_pings_ = 0;
  bool data_ended_ = false;
  TurnedAway refused_, rejected_;
};

}  // namespace btk
