#include "host/live/live_session.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <fstream>
#include <future>
#include <iterator>
#include <optional>
#include <set>
#include <utility>

#include "host/report/report_file.h"
#include "host/service/control_request.h"

namespace btk::host {

namespace {

constexpr auto kLookAtTraders = std::chrono::milliseconds(100);
/// A script that has not come back so long after a detach is stopped where it is: its last whole step stands.
/// Less than the five seconds after which the process ends anyway.
constexpr auto kLeavingPatience = std::chrono::milliseconds(3500);
/// How long an answer waits for the traders that it is about; their step may take as long as a script thinks.
constexpr auto kHeedLimit = std::chrono::seconds(3);

/// What the kill switches of this mode knew when the last session ended; nothing without a limit on losses.
std::filesystem::path limits_file(const LiveOptions& o) {
  const bool forgetful = o.journal == "memory" || o.journal == "dummy" || !o.limits.max_daily_loss;
  return forgetful ? std::filesystem::path() : o.out / "data" / (o.mode + "-limits.json");
}

LimitState read_kept_limits(const std::filesystem::path& file) {
  std::ifstream in(file);
  if (file.empty() || !in) return {};
  try {
    return read_limit_state(nlohmann::ordered_json::parse(in));
  } catch (const std::exception& e) {
    throw Error(fmt::format("{}: the day's losses cannot be read: {}; remove the file to begin the day anew",
                            file.string(), e.what()));
  }
}

}  // namespace

LiveSession::LiveSession(const LiveOptions& options, const lua::ScriptOptions& script, lua::Script& main,
                         Clock& clock, Journal& journal, const SessionInfo& session, Console& console,
                         spdlog::logger& logger)
    : options_(options),
      main_(main),
      console_(console),
      logger_(logger),
      limits_file_(limits_file(options)),
      limits_(options.limits, read_kept_limits(limits_file_)),
      shared_{options,
              script,
              clock,
              journal,
              session,
              limits_,
              logger,
              [&console](const std::string& text) { return console.mask(text); },
              [this] { keep_limits(); },
              [this](const std::string& why) { stop_everything(why); },
              [this](const std::string& symbol, const std::string& why) { trader_failed(symbol, why); },
              [this] {
                const std::lock_guard lock(mutex_);
                changed_.notify_all();
              },
              [this](const ReloadAnswer& answer) { reloader_->answered(answer); }} {}

LiveSession::~LiveSession() {
  detach();
  if (reloader_) reloader_->finish();  // its thread makes offers, and the traders' threads answer them
  traders_.clear();
}

void LiveSession::start(const std::vector<lua::PlannedRun>& planned) {
  std::set<std::string> names;
  for (const lua::PlannedRun& run : planned) names.insert(trader_name(run));
  limits_.keep_only(names);
  // One book for all, at which they take turns (differences.md 3): a reload may make any of them share a profile.
  const auto book = std::make_shared<RiskBook>();
  const auto step = planned.size() > 1 ? std::make_shared<std::mutex>() : nullptr;
  for (const lua::PlannedRun& run : planned) traders_.push_back(std::make_unique<LiveTrader>(shared_, run, book, step));
  std::vector<LiveTrader*> all;
  for (const auto& trader : traders_) all.push_back(trader.get());
  reloader_ = std::make_unique<Reloader>(
      all,
      [this](const std::string& line, lua::ReloadNotice notice) {
        console_.note(line);
        const std::lock_guard lock(mutex_);
        notices_.push_back(std::move(notice));
        changed_.notify_all();
      },
      [this](const std::vector<std::filesystem::path>& files) {
        const std::lock_guard lock(mutex_);
        if (files_hears_) files_hears_(files);
      });
  loaded_ = std::make_unique<std::latch>(static_cast<std::ptrdiff_t>(traders_.size()));
  std::promise<Timestamp> first_minute;
  const std::shared_future<Timestamp> future = first_minute.get_future();
  for (const auto& trader : traders_) trader->start(*loaded_, future);
  loaded_->wait();
  since_ = shared_.clock.now();
  close_all_if_asked();
  first_minute.set_value(align(since_, kMinute));
}

void LiveSession::begin_here(const lua::PlannedRun& planned, const std::function<void()>& listens) {
  limits_.keep_only({trader_name(planned)});
  const std::shared_ptr<lua::Script> not_owned(std::shared_ptr<void>(), &main_);
  traders_.push_back(std::make_unique<LiveTrader>(shared_, planned, std::make_shared<RiskBook>(), nullptr, not_owned));
  since_ = shared_.clock.now();
  listens();
  traders_.front()->begin_here();
  close_all_if_asked();
}

// --flatten. Before any trader begins, and no new entries first: what was closed would be opened again.
void LiveSession::close_all_if_asked() {
  if (!options_.flatten) return;
  drain();
  request(LiveTrader::Request::flatten);
}

bool LiveSession::all_over() const {
  return std::all_of(traders_.begin(), traders_.end(), [](const auto& trader) { return trader->over(); });
}

std::vector<RunOutcome> LiveSession::wait() {
  std::unique_lock lock(mutex_);
  std::optional<std::chrono::steady_clock::time_point> leaving;
  while (true) {
    changed_.wait_for(lock, kLookAtTraders, [this] { return all_over() || !notices_.empty(); });
    if (detaching_ && !leaving) leaving = std::chrono::steady_clock::now();
    if (leaving && std::chrono::steady_clock::now() - *leaving > kLeavingPatience) {
      for (const auto& trader : traders_) trader->interrupt();
    }
    for (const lua::ReloadNotice& notice : std::exchange(notices_, {})) {
      lock.unlock();
      try {
        main_.announce_reload(notice);
      } catch (const Error& e) {
        logger_.error("script error in listen_reload: {}", e.what());
      }
      lock.lock();
    }
    if (all_over()) break;
  }
  lock.unlock();
  std::vector<RunOutcome> outcomes;
  for (const auto& trader : traders_) outcomes.push_back(trader->take_outcome());
  return outcomes;
}

std::vector<std::pair<std::string, Signal>> LiveSession::left_open() const {
  std::vector<std::pair<std::string, Signal>> open;
  for (const auto& trader : traders_) {
    if (trader->left_open()) open.emplace_back(trader->planned().symbol, *trader->left_open());
  }
  return open;
}

std::vector<LiveSession::Asked> LiveSession::request(LiveTrader::Request request, const std::string& symbol) {
  std::vector<Asked> asked;
  for (const auto& trader : traders_) {
    if (symbol.empty() || trader->planned().symbol == symbol) asked.push_back({trader.get(), trader->request(request)});
  }
  return asked;
}

std::vector<LiveSession::Asked> LiveSession::still_busy(const std::vector<Asked>& asked) {
  const auto busy = [](const Asked& a) { return !a.trader->has_heeded(a.number); };
  {
    std::unique_lock lock(mutex_);
    // One that has ended never will.
    changed_.wait_for(lock, kHeedLimit, [&] { return std::ranges::none_of(asked, [&](const Asked& a) { return busy(a) && !a.trader->over(); }); });
  }
  std::vector<Asked> left;
  std::ranges::copy_if(asked, std::back_inserter(left), busy);
  return left;
}

// What is answered is in force and survives a crash, or the answer says that it is not.
nlohmann::ordered_json LiveSession::outcome_of(const std::vector<Asked>& asked, const std::string& message) {
  nlohmann::ordered_json answer{{"ok", true}, {"message", message}};
  std::vector<std::string> busy, ended;
  for (const Asked& a : still_busy(asked)) (a.trader->over() ? ended : busy).push_back(a.trader->planned().symbol);
  if (!ended.empty()) {
    return {{"ok", false},
            {"error", fmt::format("NOT in force for {}: it has ended, and nobody looks after what it holds; start the session again",
                                  fmt::join(ended, ", "))}};
  }
  if (busy.empty()) return answer;
  answer["message"] = fmt::format("asked for, NOT yet in force for {}: still at work on a minute, it is done after that; look at "
                                  "\"btkhost status\"", fmt::join(busy, ", "));
  answer["not_yet"] = busy;
  return answer;
}

void LiveSession::drain() {
  draining_ = true;
  request(LiveTrader::Request::drain);
}

void LiveSession::detach() {
  detaching_ = true;
  request(LiveTrader::Request::detach);
}

void LiveSession::reload(const std::vector<std::filesystem::path>& changed) {
  if (reloader_) reloader_->reload(changed);
}

void LiveSession::on_files(Reloader::Loaded hears) {
  const std::lock_guard lock(mutex_);
  files_hears_ = std::move(hears);
}

void LiveSession::stop_everything(const std::string& why) {
  if (!detaching_.exchange(true)) logger_.error("{}: trading stops", why);
  request(LiveTrader::Request::detach);
}

// A failure that ends the session is told at its end.
void LiveSession::trader_failed(const std::string& symbol, const std::string& why) {
  const auto going_on = std::ranges::count_if(traders_, [](const auto& trader) { return !trader->over(); });
  if (going_on > 1) logger_.error("{}: {}; it trades no more, the others go on", symbol, why);  // it is not over itself yet
}

// So that a restart on the same day does not forget what was lost. Losing the newest figure in a crash is no
// harm: what is open is told anew.
void LiveSession::keep_limits() {
  if (limits_file_.empty()) return;
  const std::string text = to_json(limits_.state()).dump();
  const std::lock_guard lock(limits_mutex_);
  if (text == kept_limits_) return;
  write_report_file(limits_file_, text);
  kept_limits_ = text;
}

LiveStatus LiveSession::status() {
  LiveStatus s;
  s.mode = options_.mode;
  s.pid = getpid();
  for (const auto& file : options_.files) s.scripts.push_back(file.string());
  if (reloader_) s.reload_refused = shared_.mask(reloader_->refused());
  s.since = since_;
  s.clock = shared_.clock.name();
  s.now = shared_.clock.now();
  s.draining = draining_;
  const LimitBook::View limits = limits_.view(s.now);
  s.daily_pnl = limits.daily_pnl;
  s.exposure = limits.exposure;
  s.max_daily_loss = limits_.limits().max_daily_loss;
  s.max_exposure = limits_.limits().max_exposure;
  if (limits.tripped) s.tripped = limits.why;
  for (const auto& trader : traders_) {
    s.symbols.push_back(trader->status());
    s.symbols.back().lag = lag_at(s.symbols.back(), s.now);
    s.symbols.back().last_error = shared_.mask(s.symbols.back().last_error);
    s.script_version = std::max(s.script_version, s.symbols.back().script_version);
  }
  return s;
}

// The last one that trades is the session: it was asked to end as a whole, and its exit code says so.
nlohmann::ordered_json LiveSession::stop_symbol(const std::string& symbol, LiveSignals& signals) {
  asked_to_stop_.insert(symbol);  // a trader in a long call shows it later
  const bool last = std::ranges::all_of(traders_, [&](const auto& trader) {
    return trader->over() || asked_to_stop_.contains(trader->planned().symbol);
  });
  if (last) signals.request_drain();
  return outcome_of(request(LiveTrader::Request::drain, symbol),
                    fmt::format("no new entries for {}; it ends when nothing of it is open any more, {}", symbol,
                                last ? "and the session with it: nothing else is traded" : "the others go on"));
}

// What was asked to stop is past a pause.
nlohmann::ordered_json LiveSession::resume(const std::string& symbol) {
  std::vector<std::string> stopping;
  bool any = false;
  for (const auto& trader : traders_) {
    if (!symbol.empty() && trader->planned().symbol != symbol) continue;
    const bool stops = !trader->over() && (trader->status().stopping || asked_to_stop_.contains(trader->planned().symbol));
    if (stops) stopping.push_back(trader->planned().symbol);
    any = any || !stops;
  }
  const std::string without = fmt::format("{} {} asked to stop and makes no entries until the next start", fmt::join(stopping, ", "),
                                          stopping.size() == 1 ? "was" : "were each");
  if (!any) throw Error(without);
  const auto asked = request(LiveTrader::Request::resume, symbol);
  return outcome_of(asked, fmt::format("entries again for {}{}", symbol.empty() ? "all symbols" : symbol, stopping.empty() ? "" : "; but " + without));
}

nlohmann::ordered_json LiveSession::answer(const nlohmann::ordered_json& question, LiveSignals& signals) {
  const ControlRequest asked = read_control_request(question);
  const bool there =
      asked.symbol.empty() || std::any_of(traders_.begin(), traders_.end(), [&](const auto& trader) {
        return trader->planned().symbol == asked.symbol;
      });
  if (!there) throw Error(fmt::format("{} is not traded here", asked.symbol));
  const std::string whom = asked.symbol.empty() ? "all symbols" : asked.symbol;
  const auto done = [](std::string message) {
    return nlohmann::ordered_json{{"ok", true}, {"message", std::move(message)}};
  };
  switch (asked.command) {
    case ControlRequest::Command::status: {
      auto answer = done("");
      answer["status"] = to_json(status());
      return answer;
    }
    case ControlRequest::Command::stop:
      if (!asked.symbol.empty()) {
        if (asked.detach) throw Error("a detach ends the whole session, not one symbol of it");
        return stop_symbol(asked.symbol, signals);
      }
      if (asked.detach) {
        signals.request_detach();
        return done("the process ends; open positions stay and are taken up again by the next start");
      }
      signals.request_drain();
      return done("no new entries; the process ends when nothing is open any more");
    case ControlRequest::Command::pause:
      return outcome_of(request(LiveTrader::Request::pause, asked.symbol), "no new entries for " + whom);
    case ControlRequest::Command::resume:
      return resume(asked.symbol);
    case ControlRequest::Command::flatten:
      request(LiveTrader::Request::pause, asked.symbol);  // else the next signal opens it again
      return outcome_of(request(LiveTrader::Request::flatten, asked.symbol),
                         fmt::format("closing {}; no new entries until \"btkhost resume\"", whom));
  }
  throw Error("unknown command");
}

}  // namespace btk::host
