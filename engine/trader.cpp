// The life of a run: ticks, the strategy's answers, entries. Risk checks are in
// trader_risk.cpp, what happens to an order or a position on each candle is in
// trader_candle.cpp, the commands are in trader_commands.cpp; trader_orders.cpp,
// trader_live.cpp and trader_state.cpp have what only live runs do.
#include "engine/trader.h"

#include <utility>

#include "engine/prices.h"

namespace btk {

Trader::Trader(TraderSetup setup, const Config& config, const CandleSeries& candles, RiskBook& risk)
    : setup_(std::move(setup)),
      config_(config),
      costs_(config),
      candles_(&candles),
      risk_(risk),
      log_(setup_.symbol, setup_.strategy_name, setup_.keep_decisions),
      window_(static_cast<std::size_t>(config.avg_price_candles_count)),
      averages_(candles, window_),
      id_prefix_(std::to_string(setup_.seed) + '\n' + setup_.strategy_name + '\n' + setup_.symbol + '\n'),
      frame_step_(length(setup_.frame_interval)),
      interval_step_(length(setup_.signal_interval)) {
  setup_.frame_start = align(setup_.frame_start, kMinute);
  if (setup_.live) {
    frame_step_ = kMinute;
    setup_.frame_end = std::numeric_limits<Timestamp>::max();
  }
  const Timestamp span = setup_.frame_end - setup_.frame_start;
  frame_count_ = span < 0 ? 0 : span / frame_step_ + 1;
  frame_end_ = frame_time(frame_count_ - 1);
  now_.when = static_cast<double>(setup_.frame_start);  // for what is called before the first candle
  careful_ = setup_.live || setup_.ask_orders;
  listen(0);
}

void Trader::listen(std::uint32_t mask) {
  mask_ = mask;
  if (setup_.live) mask_ &= ~(1u << static_cast<unsigned>(EventKind::progress));  // there is no end to measure by
  every_frame_ = careful_ || wants(EventKind::tick) || wants(EventKind::idle_ping) || wants(EventKind::progress);
  every_candle_ = careful_;
  for (const EventKind kind : {EventKind::write, EventKind::active_ping, EventKind::partial_profit, EventKind::partial_loss,
                               EventKind::breakeven, EventKind::profit_progress, EventKind::loss_progress,
                               EventKind::highest_profit, EventKind::max_drawdown}) {
    every_candle_ |= wants(kind);
  }
}

Ask Trader::advance() {
  if (step_ == Step::candidate && ask_again()) return Ask::signal_due;
  for (;;) {
    if (!outbox_.empty()) {
      if (outbox_next_ < outbox_.size()) return next_event();
      outbox_.clear();
      outbox_next_ = 0;
    }
    switch (step_) {
      case Step::start:
        if (setup_.live && setup_.frame_start > candles_->end()) return Ask::horizon;
        step_start();
        break;
      case Step::next:
        if (step_next() == Ask::horizon) return Ask::horizon;
        break;
      case Step::ask_strategy:
        if (step_ask_strategy()) return Ask::signal_due;
        break;
      case Step::candidate: step_candidate(); break;
      case Step::risk:
        if (step_risk()) return Ask::risk_check;
        break;
      case Step::risk_answer: step_risk_answer(); break;
      case Step::admit: step_admit(); break;
      case Step::idle: step_idle(); break;
      case Step::ping_done: step_ping_done(); break;
      case Step::levels: step_levels(); break;
      case Step::progress: step_progress(); break;
      case Step::candle_done: step_candle_done(); break;
      case Step::finish: step_finish(); break;
      case Step::done: return Ask::done;
      case Step::order: step_ = Step::verdict; return Ask::order;
      case Step::verdict: step_verdict(); break;
      case Step::checked: step_checked(); break;
      case Step::resume:
        if (!step_resume()) return Ask::horizon;
        break;
    }
  }
}

Ask Trader::next_event() {
  event_ = std::move(outbox_[outbox_next_++]);
  if (event_.live_row) {
    if (const auto& row = event_.waiting ? order_ : position_) event_.signal = *row;
  }
  return Ask::event;
}

void Trader::step_start() {
  now_.when = static_cast<double>(setup_.frame_start);
  now_.visible = candles_->index_of(setup_.frame_start);
  step_ = Step::next;
  if (wants(EventKind::before_start)) emit(EventKind::before_start, setup_.frame_start, visible_price());
}

void Trader::rebase(const CandleSeries& longer) {
  const Timestamp shift = (candles_->first() - longer.first()) / kMinute;
  candles_ = &longer;
  averages_.rebase(longer);
  candle_ += shift;
  now_.visible += shift;
}

double Trader::visible_price() const {
  const auto visible = static_cast<std::size_t>(now_.visible);
  if (now_.visible < static_cast<std::int64_t>(window_) || visible > candles_->size()) return 0;
  return average_price(*candles_, visible, window_);
}

std::optional<WorkKey> Trader::next_work() {
  if (step_ == Step::start) return WorkKey{setup_.frame_start, 0};
  if (step_ != Step::next) return std::nullopt;
  if (holding()) return WorkKey{candles_->first() + candle_ * kMinute + kMinute, 0};
  return WorkKey{frame_time(std::min(next_frame(), frame_count_ - 1)), 1};
}

// Begins the next piece of work: a candle while something is held, else a tick. Ask::done: go on.
Ask Trader::step_next() {
  if (interrupted_) {
    if (abandoned_) step_ = Step::finish;
    if (abandoned_ || step_flatten()) return Ask::done;
  }
  if (holding()) {
    if (position_ && !every_candle_) pass_quiet_candles();
    const Timestamp time = candles_->first() + candle_ * kMinute;
    if (candle_ >= static_cast<std::ptrdiff_t>(candles_->size())) {
      if (setup_.live) return Ask::horizon;
      step_data_end();
    } else if (WorkKey{time + kMinute, 0} > horizon_) {
      return Ask::horizon;
    } else {
      step_candle();
    }
    return Ask::done;
  }
  const std::int64_t frame = next_frame();
  const Timestamp when = frame_time(frame);
  if (stopped_ || frame >= frame_count_ || when >= candles_->end()) {
    if (over(frame)) {
      // Ticks that are passed over are still to come, and a request may be queued before them.
      if (!over(frame_) && WorkKey{std::min(when, frame_end_), 1} > horizon_) {
        stop_at_horizon();
        return Ask::horizon;
      }
      data_ended_ = !stopped_ && frame_count_ > 0 && frame_end_ >= candles_->end();
      step_ = Step::finish;
      return Ask::done;
    }
    if (when > candles_->end()) return Ask::horizon;
  }
  if (WorkKey{when, 1} > horizon_) {
    stop_at_horizon();
    return Ask::horizon;
  }
  frame_ = frame;
  step_tick(when);
  return Ask::done;
}

// A tick of a back-test needs the candle that it opens on; a live one only those before it. A question about an entry
// outlives stop().
bool Trader::over(std::int64_t frame) const {
  if (stopped_ && !question_) return true;
  return !setup_.live && (frame >= frame_count_ || frame_time(frame) >= candles_->end());
}

// The next tick to visit: ticks at which nothing can happen and nobody looks are passed over.
std::int64_t Trader::next_frame() const {
  if (every_frame_ || !last_interval_start_ || queued_request_) return frame_;
  const Timestamp due = *last_interval_start_ + interval_step_;
  const Timestamp ahead = due - frame_time(frame_);
  return ahead > 0 ? frame_ + (ahead + frame_step_ - 1) / frame_step_ : frame_;
}

// A request may be queued before the run goes on: ticks up to the horizon are gone then, those after it are not.
void Trader::stop_at_horizon() {
  const Timestamp passed = horizon_.stage > 0 ? horizon_.minute : horizon_.minute - 1;
  if (frame_time(frame_) <= passed) frame_ = (passed - setup_.frame_start) / frame_step_ + 1;
}

void Trader::step_tick(Timestamp when) {
  now_.when = static_cast<double>(when);
  now_.visible = (when - candles_->first()) / kMinute;
  now_.frame = frame_;
  stage_ = 1;
  ++frame_;
  if (careful_ && careful_tick(when)) return;
  if (wants(EventKind::progress)) {
    Event& e = emit(EventKind::progress, when, 0);
    e.amount = static_cast<double>(now_.frame) / static_cast<double>(frame_count_);
    e.count = static_cast<std::size_t>(now_.frame);
  }
  if (now_.visible < static_cast<std::int64_t>(window_)) {
    ++warmup_ticks_;
    step_ = Step::next;
    return;
  }
  step_ = Step::ask_strategy;
}

// Throttle, pause and a queued request decide whether the strategy is asked (engine.md 5.4).
bool Trader::step_ask_strategy() {
  const auto when = static_cast<Timestamp>(now_.when);
  now_.price = averages_.before(static_cast<std::size_t>(now_.visible));
  step_ = Step::idle;
  // A division by a constant is several times cheaper, and one minute is the common case.
  const Timestamp boundary = interval_step_ == kMinute ? align(when, kMinute) : align(when, interval_step_);
  if (last_interval_start_ == boundary && !queued_request_) return false;
  last_interval_start_ = boundary;
  if (paused_ | entries_blocked_ | halted_) {
    roll_back_throttle();
    return false;
  }
  request_.reset();
  candidate_queued_ = false;
  step_ = Step::candidate;
  if (queued_request_) return false;
  ++signal_calls_;
  return true;
}

void Trader::answer_signal(SignalRequest request) { request_ = std::move(request); }

void Trader::step_candidate() {
  if (queued_request_) {  // also one that was queued while the strategy thought
    request_ = std::exchange(queued_request_, std::nullopt);
    candidate_queued_ = true;
    ++changes_;
  }
  if (!request_) return step_idle();
  step_ = Step::idle;
  if (request_->symbol && *request_->symbol != setup_.symbol) {
    return refuse({{"symbol_mismatch", "the signal names symbol \"" + *request_->symbol + "\", this run trades " +
                                           setup_.symbol + "; leave symbol out"}});
  }
  *request_ = with_defaults(std::move(*request_), config_);
  if (candidate_queued_) {
    if (auto broken = validate(*request_, now_.price, config_); !broken.empty()) {
      roll_back_throttle();
      return refuse(std::move(broken));
    }
  }
  if (!request_->id.empty() && request_->id == last_pending_id_) return;  // whipsaw guard
  if (stopped_) return;
  check_risk(RiskOrigin::candidate, now_.price);
}

void Trader::step_admit() {
  if (auto broken = validate(*request_, now_.price, config_); !broken.empty()) {
    release_risk();
    step_ = Step::idle;
    return refuse(std::move(broken));
  }
  Signal signal = make_signal(*request_, now_.price);
  const bool waits = entry_mode(*request_, now_.price) == EntryMode::scheduled;
  if (setup_.ask_orders) return gate_entry(std::move(signal), waits);
  enter(std::move(signal), waits);
}

void Trader::enter(Signal signal, bool waits) {
  const auto when = static_cast<Timestamp>(now_.when);
  candle_ = candles_->index_of(when);
  if (waits) return schedule(std::move(signal));
  const double entry = signal.price_open;
  open(std::move(signal), when, entry);
  emit_tick(Action::opened, when, entry);
  step_ = Step::next;
}

void Trader::refuse(std::vector<Refusal> refusals) {
  const auto when = static_cast<Timestamp>(now_.when);
  std::vector<std::string> codes;
  std::string all;
  for (const Refusal& r : refusals) {
    codes.push_back(r.code);
    all += (all.empty() ? "" : ",") + r.code;
  }
  log_.line("refused", when).text("codes", all);
  refused_.add(when, join(refusals));
  if (!wants(EventKind::refusal)) return;
  Event& e = emit(EventKind::refusal, when, now_.price);
  e.note = join(refusals);
  e.codes = std::move(codes);
}

void Trader::step_idle() {
  const auto when = static_cast<Timestamp>(now_.when);
  step_ = Step::next;
  if (wants(EventKind::idle_ping)) emit(EventKind::idle_ping, when, now_.price);
  emit_tick(Action::idle, when, now_.price);
}

void Trader::step_finish() {
  step_ = Step::done;
  if (wants(EventKind::progress)) {
    Event& e = emit(EventKind::progress, static_cast<Timestamp>(now_.when), 0);
    e.amount = 1;
    e.count = static_cast<std::size_t>(frame_count_);
  }
  if (wants(EventKind::after_end)) emit(EventKind::after_end, static_cast<Timestamp>(now_.when), visible_price());
}

Signal Trader::make_signal(const SignalRequest& r, double price) const {
  const auto when = static_cast<Timestamp>(now_.when);
  const bool waits = entry_mode(r, price) == EntryMode::scheduled;
  Signal s;
  s.id = r.id.empty() ? make_id() : r.id;
  s.note = r.note;
  s.position = r.position == "short" ? Side::short_side : Side::long_side;
  s.price_open = r.price_open.absent() ? price : r.price_open.value;
  s.price_take_profit = r.price_take_profit.value;
  s.price_stop_loss = r.price_stop_loss.value;
  s.minute_estimated_time = r.minute_estimated_time.value;
  s.cost = r.cost.value;
  s.multiplier = r.multiplier.value;
  s.isolated = r.isolated == SignalRequest::Flag::yes;
  s.scheduled_at = s.timestamp = when;
  s.pending_at = waits ? 0 : when;
  s.entries.push_back({s.price_open, s.cost, when});
  s.observed_at = observed_at_;
  s.script_version = script_version_;
  return s;
}

// The same run gives the same ids; the form is that of a UUID.
std::string Trader::make_id() const {
  std::string id = sha256_hex(id_prefix_ + std::to_string(static_cast<Timestamp>(now_.when)));
  id.resize(32);
  for (const std::size_t at : {20u, 16u, 12u, 8u}) id.insert(at, 1, '-');
  return id;
}

Event& Trader::emit(EventKind kind, Timestamp time, double price) {
  Event& e = outbox_.emplace_back();
  e.kind = kind;
  e.time = time;
  e.current_price = price;
  return e;
}

// An event about the row as it will be when the event is delivered: commands of earlier listeners show in it.
void Trader::emit_row(EventKind kind, Timestamp time, double price, bool waiting) {
  if (!wants(kind)) return;
  Event& e = emit(kind, time, price);
  e.waiting = waiting;
  e.live_row = true;
}

void Trader::emit_tick(Action action, Timestamp time, double price) {
  if (!wants(EventKind::tick)) return;
  Event& e = emit(EventKind::tick, time, price);
  e.action = action;
  if (action == Action::idle) return;
  e.waiting = action == Action::scheduled || action == Action::waiting || action == Action::cancelled;
  e.live_row = true;
}

}  // namespace btk
