#include "host/live/live_trader.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "engine/pnl.h"
#include "engine/text.h"
#include "host/cli/log.h"
#include "host/cli/progress.h"
#include "host/journal/document_journal.h"
#include "host/journal/function_store.h"

namespace btk::host {
namespace {

/// Between two looks for a candle that the exchange has not published yet, ms of the session's clock.
constexpr Timestamp kFirstPoll = 100, kLongestPoll = 5'000;
/// After which no exchange takes an order that was sent before, ms of the session's clock.
constexpr Timestamp kLongestWay = 8'000;

std::int64_t errors_in(const std::vector<lua::ReportedError>& errors, std::string_view where) {
  std::int64_t count = 0;
  for (const auto& e : errors) {
    if (where.empty() || e.where == where) count += e.count;
  }
  return count;
}

std::string moment(Timestamp t) { return format_iso(t); }

}  // namespace

LiveTrader::LiveTrader(LiveShared& shared, lua::PlannedRun planned, std::shared_ptr<RiskBook> book,
                       std::shared_ptr<std::mutex> step)
    : shared_(shared),
      planned_(std::move(planned)),
      key_{planned_.symbol, planned_.strategy_name, planned_.exchange_name},
      book_(std::move(book)),
      step_(std::move(step)),
      options_(shared.script),
      journal_(&shared.journal) {
  // The main chunk was executed before, in the main script: what it says was said there.
  options_.print = [this](std::string_view line) {
    if (begun_ && shared_.script.print) shared_.script.print(line);
  };
  options_.log = [this](std::string_view level, std::string_view text) {
    if (begun_) log_line(shared_.logger, level, planned_.symbol + ": " + std::string(text));
  };
  status_.symbol = planned_.symbol;
  status_.strategy = planned_.strategy_name;
  outcome_.report.symbol = planned_.symbol;
  outcome_.report.strategy_name = planned_.strategy_name;
  outcome_.report.exchange_name = planned_.exchange_name;
}

LiveTrader::~LiveTrader() {
  if (thread_.joinable()) {
    request(Request::detach);
    interrupt();
  }
}

void LiveTrader::start(std::latch& loaded, std::shared_future<Timestamp> first_minute) {
  thread_ = std::jthread([this, &loaded, first_minute] { work(loaded, first_minute); });
}

void LiveTrader::request(Request request) {
  {
    const std::lock_guard lock(mutex_);
    requests_.push_back(request);
  }
  wake_.ring();
}

void LiveTrader::offer(ReloadOffer offer) {
  {
    const std::lock_guard lock(mutex_);
    offer_ = std::move(offer);
  }
  wake_.ring();
}

void LiveTrader::interrupt() {
  const std::lock_guard lock(mutex_);
  if (script_) script_->interrupt();
}

SymbolStatus LiveTrader::status() const {
  const std::lock_guard lock(mutex_);
  return status_;
}

// The thread ------------------------------------------------------------------

void LiveTrader::work(std::latch& loaded, const std::shared_future<Timestamp>& first_minute) {
  bool is_loaded = false;
  try {
    load();
    is_loaded = true;
  } catch (const std::exception& e) {
    outcome_.not_loaded = true;
    fail(e.what());
  }
  if (is_loaded) {
    try {
      take_up();
    } catch (const std::exception& e) {
      is_loaded = false;
      fail(e.what());
    }
  }
  loaded.count_down();
  const Timestamp first = first_minute.get();
  if (is_loaded) {
    try {
      begin(first);
      serve();
    } catch (const std::exception& e) {
      fail(e.what());
    }
  }
  finish();
  over_.store(true);
  shared_.ended();
}

void LiveTrader::load() {
  auto script = std::make_unique<lua::Script>(options_, lua::Script::Role::worker, planned_.symbol, planned_.strategy_name);
  {
    const std::lock_guard lock(mutex_);
    script_ = std::move(script);
  }
  script_->load();
}

lua::LiveSetup LiveTrader::setup(Timestamp start) {
  lua::LiveSetup s;
  s.mode = shared_.options.mode;
  s.start = start;
  s.risk = book_;
  s.step = step_;
  s.use_broker = shared_.options.broker;
  s.script_version = version_;
  s.hooks = this;
  return s;
}

// A store in Lua is used on this thread, in whatever isolate the script lives.
void LiveTrader::open_journal() {
  if (shared_.options.journal != "lua") return;
  PersistFunctions store;
  store.read = [this](const std::string& kind, const std::string& key) { return script_->persist_read(kind, key); };
  store.write = [this](const std::string& kind, const std::string& key, const std::string& json) {
    script_->persist_write(kind, key, json);
  };
  store.has = [this](const std::string& kind, const std::string& key) { return script_->persist_read(kind, key).has_value(); };
  store.keys = [this](const std::string& kind) { return script_->persist_keys(kind); };
  own_journal_ = std::make_unique<Journal>(
      std::make_unique<DocumentJournal>(std::make_unique<FunctionStore>(std::move(store), shared_.options.mode)));
  journal_ = own_journal_.get();
  SessionInfo own = shared_.session;
  own.traders = {key_};
  journal_->start_session(std::move(own));
}

// What this trader holds is known to all before any of them goes on: nobody is to take a place that is taken.
void LiveTrader::take_up() {
  open_journal();
  saved_ = journal_->load(key_);
  if (!saved_) return;
  restore_risk(saved_->risk);
  const TraderState& s = saved_->state;
  double exposure = 0;
  if (s.position) {
    exposure = invested(*s.position) * s.position->multiplier;
  } else if (s.question && s.question->kind == OrderAsk::open) {
    exposure = s.question->signal.cost * s.question->signal.multiplier;
  } else if (s.question && s.question->kind == OrderAsk::activate && s.order) {
    exposure = s.order->cost * s.order->multiplier;
  }
  if (exposure == 0) return;
  const LimitState known = shared_.limits.state();
  const auto before = known.open.find(planned_.symbol);
  shared_.limits.set_open(planned_.symbol, clock_now(), before == known.open.end() ? 0 : before->second.pnl, exposure);
}

void LiveTrader::begin(Timestamp first_minute) {
  lua::LiveSetup s = setup(first_minute);
  const auto saved = std::exchange(saved_, std::nullopt);
  if (saved) {
    next_minute_ = saved->state.minute == 0 ? first_minute : saved->state.minute + kMinute;
    s.start = std::min(next_minute_, first_minute);
    s.state = saved->state;
    s.decisions = saved->decisions;
    s.finished = saved->finished;
    saved_decisions_ = s.decisions.size();
    saved_finished_ = s.finished.size();
  } else {
    next_minute_ = first_minute;
  }
  begun_ = true;
  script_->begin_live(planned_, std::move(s));
  resumed_ = saved.has_value();
  if (saved) {
    restore_risk(saved->risk);
    told_finished_ = told_ends_ = saved->finished.size();
    if (const Signal* open = trader().pending()) told_open_ = open->id;
    if (const Signal* waiting = trader().scheduled()) told_order_ = waiting->id;
    // In the middle of a minute when the process ended: that minute is finished first.
    if (!trader().next_work()) {
      next_minute_ = saved->state.minute;
      tick_under_way_ = saved->state.stage == 1;
    }
    log_line(shared_.logger, "info",
             fmt::format("{}: goes on after {}{}", planned_.symbol, moment(saved->state.minute),
                         trader().pending()     ? ", with an open position"
                         : trader().scheduled() ? ", with a limit order"
                                                : ""));
  }
  record_restart(saved ? "process" : "start");
  next_poll_ = next_minute_;
  // What the process before sent may be on its way still: the exchange is asked when it has come, or never will.
  const Trader& t = trader();
  if (saved && shared_.options.broker && (t.pending() || t.scheduled() || saved->state.question)) {
    next_poll_ = std::max(next_poll_, clock_now() + kLongestWay);
  }
  save(true);
  publish(clock_now());
}

// As it was seen when the position opened, not made again from the position.
void LiveTrader::restore_risk(const std::vector<RiskHold>& holds) {
  std::unique_lock<std::mutex> turn;
  if (step_) turn = std::unique_lock(*step_);
  for (const RiskHold& hold : holds) book_->put(hold.profile, hold.position);
}

void LiveTrader::serve() {
  const std::string client = shared_.options.mode + ":" + planned_.symbol;
  while (!leaving_ && !done_) {
    heed_requests();
    if (shared_.options.until && next_minute_ > *shared_.options.until) leaving_ = true;
    if (leaving_ || done_) break;
    const bool came = shared_.clock.wait_until(next_poll_, client, wake_);
    if (came) step();
  }
}

void LiveTrader::step() {
  const Timestamp now = clock_now();
  Timestamp until = align(now, kMinute);
  if (shared_.options.until) until = std::min(until, align(*shared_.options.until, kMinute));
  if (until < next_minute_) {
    next_poll_ = next_minute_;
    return;
  }
  if (!fetch(now, until)) return;
  const Timestamp ready = std::min(until, script_->candles_end());
  if (ready < next_minute_) {  // the exchange has not published it yet
    next_poll_ = now + std::min(kFirstPoll << std::min(polls_++, 16), kLongestPoll);
    return;
  }
  polls_ = 0;
  skip_stale(now, ready);
  resumed_ = false;
  trader().set_stamps(now, version_);
  apply_limits(now);
  go_on(ready);
  next_minute_ = ready + kMinute;
  next_poll_ = next_minute_;
  if (leaving_) return;
  tell_limits(now);
  tell_news();
  judge_trial();
  save(false);
  publish(now);
}

// False: there is nothing to go on with now.
bool LiveTrader::fetch(Timestamp now, Timestamp until) {
  const Timestamp end = script_->candles_end();
  if (end >= until) return true;
  try {
    const auto fresh = feed_.accept(end, script_->closed_candles(end, until), now);
    if (!fresh.empty()) script_->append_candles(fresh);
    appended_.insert(appended_.end(), fresh.begin(), fresh.end());
    if (outage_told_) log_line(shared_.logger, "info", fmt::format("{}: the exchange answers again", planned_.symbol));
    outage_told_ = false;
    return true;
  } catch (const lua::ScriptFailure& e) {
    if (e.error().stop == lua::StopReason::interrupted) throw;
    shared_.logger.warn("{}: candles from {} could not be read: {}; trying again", planned_.symbol, moment(end), e.what());
  } catch (const Error& e) {
    if (!outage_told_) {
      shared_.logger.warn("{}: candles from {} could not be read: {}; trying again", planned_.symbol, moment(end), e.what());
    }
    outage_told_ = true;
    const std::lock_guard lock(mutex_);
    ++status_.errors;
    status_.last_error = e.what();
  }
  next_poll_ = now + std::min(kFirstPoll << std::min(polls_++, 16), kLongestPoll);
  return false;
}

// No entry is made for a minute that is too old; what is held is followed through all of them (differences.md 2).
void LiveTrader::skip_stale(Timestamp now, Timestamp ready) {
  const double delay = trader().config().max_entry_delay_seconds * 1000;
  // A tick that was under way when the process ended has had its signal: a replay must not skip it.
  const Timestamp first = next_minute_ + (tick_under_way_ ? kMinute : 0);
  tick_under_way_ = false;
  Timestamp fresh = first;
  while (fresh <= ready && static_cast<double>(now - fresh) > delay) fresh += kMinute;
  if (fresh == first) return;
  trader().forbid_entries_before(fresh);
  lua::RunInput skip;
  skip.kind = lua::RunInput::Kind::skip;
  skip.minute = first;
  skip.until = fresh - kMinute;
  record(std::move(skip));
  if (resumed_) {
    shared_.logger.info("{}: catches up from {} to {}, without entries", planned_.symbol, moment(first),
                        moment(fresh - kMinute));
  } else {
    shared_.logger.warn("{}: no entries from {} to {}: {} too late", planned_.symbol, moment(first),
                        moment(fresh - kMinute), duration_text(static_cast<double>(now - first) / 1000));
  }
}

// What is open and what was closed since the last look.
void LiveTrader::tell_limits(Timestamp now) {
  const Trader& t = trader();
  const auto& finished = t.finished();
  for (; told_finished_ < finished.size(); ++told_finished_) {
    const FinishedSignal& f = finished[told_finished_];
    if (f.action == Action::closed) shared_.limits.add_closed(planned_.symbol, now, f.pnl.pnl_cost);
  }
  double pnl = 0, exposure = 0;
  if (const Signal* p = t.pending()) {
    const Pnl open = pnl_at(*p, t.visible_price(), Costs(t.config()));
    pnl = open.pnl_cost;
    exposure = open.pnl_entries * p->multiplier;
  }
  shared_.limits.release(planned_.symbol);
  shared_.limits.set_open(planned_.symbol, now, pnl, exposure);
  shared_.keep_limits();
}

// The kill switch of the day's loss. Its turning is an input: a replay turns it at the same moment.
void LiveTrader::apply_limits(Timestamp now) {
  const LimitBook::View view = shared_.limits.view(now);
  if (view.tripped != blocked_) {
    blocked_ = view.tripped;
    script_->command(blocked_ ? "block" : "unblock");
    if (blocked_) shared_.logger.warn("{}: {}", planned_.symbol, view.why);
    if (blocked_ && view.flatten) script_->command("flatten");
  }
  const std::lock_guard lock(mutex_);
  status_.blocked = view.why;
}

std::optional<std::string> LiveTrader::forbids(const OrderQuery& query) {
  if (query.kind == OrderAsk::close) return std::nullopt;
  return shared_.limits.refuse_entry(planned_.symbol, clock_now(), query.signal.cost * query.signal.multiplier);
}

void LiveTrader::go_on(Timestamp until) {
  try {
    done_ = script_->advance({until, 1});
  } catch (const lua::ScriptFailure& e) {
    if (e.error().stop != lua::StopReason::interrupted) throw;
    leaving_ = cut_short_ = true;
  }
}

// The journal -----------------------------------------------------------------

void LiveTrader::before_order(const OrderQuery&) { save(true); }

void LiveTrader::record(lua::RunInput input) {
  input.answer.why = shared_.mask(input.answer.why);  // what an exchange answered may repeat a key
  if (input.kind == lua::RunInput::Kind::risk) {
    // Asked again because another trader took a place meanwhile: only what was judged last counts, and a replay, where
    // nobody comes between, asks once.
    std::erase_if(inputs_, [&input](const lua::RunInput& before) {
      return before.kind == input.kind && before.minute == input.minute && before.name == input.name && before.id == input.id;
    });
  }
  inputs_.push_back(std::move(input));
}

void LiveTrader::record_restart(const char* why) {
  lua::RunInput restart;
  restart.kind = lua::RunInput::Kind::restart;
  restart.minute = next_minute_;
  restart.name = why;
  restart.id = std::to_string(version_);  // of the script that goes on
  record(std::move(restart));
}

void LiveTrader::save(bool durable) {
  const Trader& t = trader();
  const TraderState state = t.state();
  const std::string_view decisions = std::string_view(t.decisions().text()).substr(saved_decisions_);
  const std::span<const FinishedSignal> finished = std::span(t.finished()).subspan(saved_finished_);
  const auto seen = script_->take_seen();
  std::vector<SeenCandles> candles;
  std::vector<Gap> gaps;
  for (const lua::SeenCandles& given : seen) {
    candles.push_back({given.symbol, given.candles});
    if (given.symbol == planned_.symbol) gaps.insert(gaps.end(), given.gaps.begin(), given.gaps.end());
  }
  if (!appended_.empty()) candles.push_back({planned_.symbol, appended_});
  const auto risk = risk_holds();
  StepRecord step;
  step.key = key_;
  step.state = &state;
  step.risk = risk;
  step.candles = candles;
  step.inputs = inputs_;
  step.decisions = decisions;
  step.finished = finished;
  step.gaps = gaps;
  step.durable = durable || !decisions.empty() || !inputs_.empty();
  try {
    journal_->save(step);
  } catch (const std::exception& e) {
    leaving_ = true;
    fail(e.what());
    shared_.stop_everything(e.what());
    throw;
  }
  saved_decisions_ += decisions.size();
  saved_finished_ += finished.size();
  inputs_.clear();
  appended_.clear();
}

std::vector<RiskHold> LiveTrader::risk_holds() const {
  std::unique_lock<std::mutex> turn;
  if (step_) turn = std::unique_lock(*step_);
  std::vector<RiskHold> holds;
  for (const std::string& profile : planned_.risks) {
    for (const RiskPosition& held : book_->positions(profile)) {
      if (held.owner == RiskOwner{key_.strategy_name, key_.exchange_name, key_.symbol}) holds.push_back({profile, held});
    }
  }
  return holds;
}

// Requests ----------------------------------------------------------------------

void LiveTrader::heed_requests() {
  std::vector<Request> requests;
  {
    const std::lock_guard lock(mutex_);
    requests = std::exchange(requests_, {});
  }
  for (const Request r : requests) {
    if (!leaving_ && !done_) carry_out(r);
  }
  if (!leaving_ && !done_) take_offer();
}

void LiveTrader::carry_out(Request request) {
  if (request == Request::detach) {
    leaving_ = true;
    return;
  }
  const char* name = request == Request::drain    ? "stop"
                     : request == Request::pause  ? "pause"
                     : request == Request::resume ? "resume"
                                                  : "flatten";
  const Timestamp now = clock_now();
  trader().set_stamps(now, version_);
  script_->command(name);
  go_on(next_minute_ - kMinute);  // what the command does at once, within the minute that is over
  if (leaving_) return;
  tell_news();
  save(true);
  publish(now);
}

// Ending ------------------------------------------------------------------------

void LiveTrader::fail(const std::string& why) {
  if (outcome_.failure.empty()) outcome_.failure = why;
  const std::lock_guard lock(mutex_);
  ++status_.errors;
  status_.last_error = why;
}

void LiveTrader::finish() {
  std::string failure = std::move(outcome_.failure);
  const bool not_loaded = outcome_.not_loaded;
  if (script_ && script_->has_run()) {
    if (failure.empty() && !cut_short_) {  // cut short: the last whole step stands
      try {
        save(true);
      } catch (const std::exception& e) {
        failure = e.what();
      }
    }
    if (const Signal* open = trader().pending()) left_open_ = *open;
    if (const Signal* waiting = trader().scheduled()) left_open_ = *waiting;
    outcome_.report = script_->finish();
  }
  if (failure.empty()) failure = outcome_.report.fatal;
  outcome_.failure = std::move(failure);
  outcome_.not_loaded = not_loaded;
  const std::lock_guard lock(mutex_);
  status_.state = "ended";
  previous_.reset();
  script_.reset();
}

// One line for everything that a trader wants to know at once.
void LiveTrader::tell_news() {
  const Trader& t = trader();
  const auto price = [](double value) { return shortest(value); };
  const auto tell = [&](const char* what, const Signal& s) {
    shared_.logger.info("{}: {} {} at {}, take profit {}, stop {}{}", planned_.symbol, what, to_string(s.position),
                        price(s.price_open), price(s.take()), price(s.stop()), s.note.empty() ? "" : " (" + s.note + ")");
  };
  // A position that opened and closed within this step was told by its end.
  for (const auto& finished = t.finished(); told_ends_ < finished.size(); ++told_ends_) {
    const FinishedSignal& f = finished[told_ends_];
    if (f.action == Action::closed) {
      shared_.logger.info("{}: closed {} at {} by {}, {}{} %", planned_.symbol, to_string(f.signal.position),
                          price(f.current_price), to_string(f.close_reason), f.pnl.pnl_percentage > 0 ? "+" : "",
                          fixed(f.pnl.pnl_percentage, 2));
    } else {
      shared_.logger.info("{}: limit order cancelled: {}", planned_.symbol, to_string(f.cancel_reason));
    }
  }
  if (const Signal* open = t.pending(); open != nullptr && open->id != told_open_) {
    told_open_ = open->id;
    tell("opened", *open);
  }
  if (const Signal* waiting = t.scheduled(); waiting != nullptr && waiting->id != told_order_) {
    told_order_ = waiting->id;
    tell("limit order:", *waiting);
  }
}

void LiveTrader::publish(Timestamp now) {
  const Trader& t = trader();
  SymbolStatus s;
  s.symbol = planned_.symbol;
  s.strategy = planned_.strategy_name;
  const Signal* row = t.pending() ? t.pending() : t.scheduled();
  if (row != nullptr) {
    s.state = t.pending() ? "position" : "order";
    s.side = to_string(row->position);
    s.price_open = row->price_open;
    s.price_take_profit = row->take();
    s.price_stop_loss = row->stop();
    s.cost = row->cost;
  }
  if (const double price = t.visible_price(); price > 0) {
    s.price = price;
    if (t.pending()) s.pnl_percent = pnl_at(*row, price, Costs(t.config())).pnl_percentage;
  }
  s.last_minute = next_minute_ - kMinute;
  s.lag = std::max<Timestamp>(0, now - s.last_minute);
  s.paused = t.paused();
  const auto& errors = script_->run().errors();
  const std::lock_guard lock(mutex_);
  s.errors = static_cast<std::uint64_t>(errors_in(errors, ""));
  s.last_error = errors.empty() ? status_.last_error : errors.back().message;
  s.blocked = status_.blocked;
  status_ = std::move(s);
}

}  // namespace btk::host
