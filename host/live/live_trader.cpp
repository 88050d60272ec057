#include "host/live/live_trader.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "host/cli/log.h"

namespace btk::host {
namespace {

/// After which no exchange takes an order that was sent before, ms of the session's clock.
constexpr Timestamp kLongestWay = 8'000;

// The trades of before a restart are in the report; so the time of before it is, too.
void reach_back(lua::RunReport& r, Timestamp session_start, const CandleSeries& minutes) {
  const Timestamp since = align(session_start + kMinute - 1, kMinute);
  if (since >= r.frame_start) return;
  r.frame_start = since;
  const std::ptrdiff_t first = minutes.index_of(since), last = minutes.index_of(r.frame_end);
  r.candles = std::max<std::ptrdiff_t>(0, std::min(last + 1, std::ssize(minutes.close())) - std::max<std::ptrdiff_t>(first, 0));
  // Its candle may no longer be here; what came later is not what holding would have begun with.
  r.first_price = first < 0 || r.candles == 0 ? 0 : minutes.open()[static_cast<std::size_t>(first)];
}

}  // namespace

std::string trader_name(const lua::PlannedRun& planned) {
  return fmt::format("{}:{}:{}", planned.symbol, planned.strategy_name, planned.exchange_name);
}

LiveTrader::LiveTrader(LiveShared& shared, lua::PlannedRun planned, std::shared_ptr<RiskBook> book,
                       std::shared_ptr<std::mutex> step, std::shared_ptr<lua::Script> given)
    : shared_(shared),
      planned_(std::move(planned)),
      key_{planned_.symbol, planned_.strategy_name, planned_.exchange_name},
      book_(std::move(book)),
      step_(std::move(step)),
      options_(shared.script),
      journal_(&shared.journal),
      script_(std::move(given)) {
  // The main chunk was executed before, in the main script: what it says was said there.
  options_.print = [this](std::string_view line) {
    if (loaded_ && shared_.script.print) shared_.script.print(line);
  };
  options_.log = [this](std::string_view level, std::string_view text) {
    note_broker(text);
    if (!loaded_) return;
    const bool named = text.starts_with(planned_.symbol + " ") || text.starts_with(planned_.symbol + ":");
    log_line(shared_.logger, level, named ? std::string(text) : planned_.symbol + ": " + std::string(text));
  };
  status_.state = "starting";
  status_.symbol = planned_.symbol;
  status_.strategy = planned_.strategy_name;
  outcome_.report.symbol = planned_.symbol;
  outcome_.report.strategy_name = planned_.strategy_name;
  outcome_.report.exchange_name = planned_.exchange_name;
}

// lua/btk/broker.lua says in these words whether wait_for_init failed; until it comes back no entry gets through.
void LiveTrader::note_broker(std::string_view text) {
  const bool failed = text.starts_with("broker not ready: ");
  if (!failed && text != "broker ready") return;
  const std::lock_guard lock(mutex_);
  broker_problem_ = failed ? std::string(text) : std::string();
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

std::uint64_t LiveTrader::request(Request request) {
  std::uint64_t asked = 0;
  {
    const std::lock_guard lock(mutex_);
    requests_.push_back(request);
    asked = ++asked_;
  }
  wake_.ring();
  return asked;
}

bool LiveTrader::has_heeded(std::uint64_t asked) const {
  if (over_.load() && !left_something_) return true;
  const std::lock_guard lock(mutex_);
  return heeded_ >= asked;
}

bool LiveTrader::offer(ReloadOffer offer) {
  {
    const std::lock_guard lock(mutex_);
    if (!answers_offers_) return false;
    offer_ = std::move(offer);
  }
  wake_.ring();
  return true;
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
      if (begin(first)) {
        while (serve_once()) {
        }
      }
    } catch (const std::exception& e) {
      fail(e.what());
    }
  }
  finish();
  over_.store(true);
  shared_.changed();
}

void LiveTrader::begin_here() {
  take_up();
  if (!begin(align(clock_now(), kMinute))) throw Error(fmt::format("{}: ended before it could begin", planned_.symbol));
}

bool LiveTrader::serve_here() {
  try {
    if (serve_once()) return true;
  } catch (const std::exception& e) {
    fail(e.what());
  }
  finish();
  over_.store(true);
  shared_.changed();
  return false;
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

// False: it was asked to end before it could begin.
bool LiveTrader::begin(Timestamp first_minute) {
  lua::LiveSetup s = setup(first_minute);
  if (saved_) {
    const auto& saved = saved_;
    resumed_since_ = session_start_;
    next_minute_ = saved->state.minute == 0 ? first_minute : saved->state.minute + kMinute;
    s.start = std::min(next_minute_, first_minute);
    s.state = saved->state;
    s.decisions = saved->decisions;
    s.finished = saved->finished;
    saved_decisions_ = s.decisions.size();
    saved_finished_ = s.finished.size();
    blocked_ = saved->state.halted;
  } else {
    next_minute_ = first_minute;
  }
  s.earlier = std::exchange(earlier_, {});
  begun_ = true;
  if (!begin_run(s)) return false;
  const auto saved = std::exchange(saved_, std::nullopt);
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
             fmt::format("{}: goes on after {}{}", planned_.symbol, format_iso(saved->state.minute),
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
  return true;
}

// False: it is over.
bool LiveTrader::serve_once() {
  heed_requests();
  if (shared_.options.until && next_minute_ > *shared_.options.until) leaving_ = true;
  if (leaving_ || done_) return false;
  if (shared_.clock.wait_until(next_poll_, shared_.options.mode + ":" + trader_name(planned_), wake_)) step();
  return true;
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
  if (ready < next_minute_) return poll_later(now);  // the exchange has not published it yet
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
  tell_errors();
  judge_trial();
  save(false);
  publish(now);
}

void LiveTrader::go_on(Timestamp until) {
  try {
    done_ = script_->advance({until, 1});
  } catch (const lua::ScriptFailure& e) {
    if (e.error().stop != lua::StopReason::interrupted) throw;
    leaving_ = cut_short_ = true;
  }
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
  if (!requests.empty()) {
    {
      const std::lock_guard lock(mutex_);
      heeded_ += requests.size();
    }
    shared_.changed();
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
  tell_limits(now);
  tell_news();
  tell_errors();
  save(true);
  publish(now);
}

// Ending ------------------------------------------------------------------------

void LiveTrader::fail(const std::string& why) {
  const bool first = outcome_.failure.empty();
  if (first) outcome_.failure = why;
  {
    const std::lock_guard lock(mutex_);
    ++status_.errors;
    status_.last_error = why;
  }
  if (!first || leaving_) return;
  // What nobody looks after is lost in silence: the session ends, so that whoever started it starts it again.
  if (const std::string held = what_is_held(); !held.empty()) {
    shared_.stop_everything(fmt::format("{}: {}; nobody would look after {}", planned_.symbol, why, held));
  } else {
    shared_.trader_failed(planned_.symbol, why);
  }
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
    left_something_ = left_open_ || trader().question();
    outcome_.report = script_->finish();
    if (resumed_since_ != 0) reach_back(outcome_.report, resumed_since_, script_->run().series(planned_.symbol, Interval::m1));
  }
  if (saved_) {  // it never began
    left_open_ = saved_->state.position ? saved_->state.position : saved_->state.order;
    left_something_ = left_open_ || saved_->state.question;
  }
  if (failure.empty()) failure = outcome_.report.fatal;
  outcome_.failure = std::move(failure);
  outcome_.not_loaded = not_loaded;
  std::optional<ReloadOffer> unanswered;
  {
    const std::lock_guard lock(mutex_);
    answers_offers_ = false;
    unanswered = std::exchange(offer_, std::nullopt);
    status_.state = "ended";
    if (left_open_) show_row(*left_open_, status_);
    previous_.reset();
    script_.reset();
  }
  if (unanswered) shared_.reloaded({ReloadAnswer::Kind::gone, planned_.symbol, unanswered->version});
}

}  // namespace btk::host
