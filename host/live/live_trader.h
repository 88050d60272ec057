// One symbol of a paper or live session: a script in an isolate, a trader, and the
// thread on which both live, so that a slow script or request delays nobody else.
//
// At each closed minute the thread fetches the candles that it has not seen, lets
// the trader process them in order and writes what came of it to the journal.
// Before a broker hears of an order the journal has been written; when it cannot
// be written nothing is sent and the session ends.
#pragma once

#include <atomic>
#include <functional>
#include <latch>
#include <memory>
#include <mutex>
#include <future>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include <spdlog/spdlog.h>

#include "host/cli/live_options.h"
#include "host/cli/run_pool.h"
#include "host/clock/clock.h"
#include "host/journal/journal.h"
#include "host/live/candle_feed.h"
#include "host/service/limits.h"
#include "host/service/live_status.h"
#include "lua/live.h"
#include "lua/script.h"

namespace btk::host {

/// What became of a new version that a trader was offered, for the line that the user sees.
struct ReloadAnswer {
  enum class Kind {
    taken,
    refused,
    rolled_back,  ///< it was taken, and failed in its first tick
    gone,         ///< the trader ended before it could answer
  };
  Kind kind = Kind::taken;
  std::string symbol;
  int version = 0;
  std::string why = {};  ///< of refused and rolled_back
};

/// What all traders of a session have in common. Everything outlives them.
struct LiveShared {
  const LiveOptions& options;
  const lua::ScriptOptions& script;
  Clock& clock;
  Journal& journal;
  const SessionInfo& session;
  LimitBook& limits;
  spdlog::logger& logger;
  /// Hides secrets in a text.
  std::function<std::string(const std::string& text)> mask;
  /// The kill switches have heard something new.
  std::function<void()> keep_limits;
  /// A trader cannot go on because state cannot be written: the whole session must stop.
  std::function<void(const std::string& why)> stop_everything;
  /// A trader that holds nothing cannot go on.
  std::function<void(const std::string& symbol, const std::string& why)> trader_failed;
  /// A trader has carried out what it was asked for, and that is on disk; or its thread has ended.
  std::function<void()> changed;
  std::function<void(const ReloadAnswer& answer)> reloaded;
};

/// A new version of the script, loaded and checked, for one trader.
struct ReloadOffer {
  std::unique_ptr<lua::Script> script;
  int version = 0;
};

/// Puts an open position or an order into a row of `btkhost status`.
void show_row(const Signal& row, SymbolStatus& status);

/// What a trader is called where all traders of a session are told apart: several strategies may trade one symbol.
std::string trader_name(const lua::PlannedRun& planned);

class LiveTrader final : public lua::LiveHooks {
 public:
  enum class Request { drain, detach, pause, resume, flatten };

  /// With `given` the run is driven in that script's state by serve_here(), else a script is loaded on a thread.
  LiveTrader(LiveShared& shared, lua::PlannedRun planned, std::shared_ptr<RiskBook> book, std::shared_ptr<std::mutex> step,
             std::shared_ptr<lua::Script> given = {});
  ~LiveTrader() override;
  LiveTrader(const LiveTrader&) = delete;
  LiveTrader& operator=(const LiveTrader&) = delete;

  /// Starts the thread: it loads the script, counts `loaded` down, waits for the session's first minute and trades.
  void start(std::latch& loaded, std::shared_future<Timestamp> first_minute);
  /// Instead of start(), on the calling thread. Throws btk::Error, also when it is asked to end before it could begin.
  void begin_here();
  /// Waits for the next closed minute and works on it. False: the run has ended, with or without a failure.
  bool serve_here();
  /// From any thread; heeded at the next step boundary. Returns what has_heeded() asks for.
  std::uint64_t request(Request request);
  /// Was that request carried out, and is it on disk? Also true of a trader that has ended and holds nothing.
  bool has_heeded(std::uint64_t asked) const;
  /// From any thread: the new version takes over at the next step boundary, or is refused. It replaces an offer that was
  /// not looked at yet. False: the trader has ended and will not answer.
  bool offer(ReloadOffer offer);
  /// Stops the script where it is, so that the thread ends soon. From any thread.
  void interrupt();

  const lua::PlannedRun& planned() const { return planned_; }
  const lua::ScriptOptions& script_options() const { return options_; }
  bool over() const { return over_.load(); }
  SymbolStatus status() const;
  /// After the thread has ended.
  RunOutcome take_outcome() { return std::move(outcome_); }
  /// What is still open at the end: the trader's position or order, if any.
  const std::optional<Signal>& left_open() const { return left_open_; }

 private:
  // lua::LiveHooks, called by the script side on this trader's thread.
  void before_order(const OrderQuery& query) override;
  std::optional<std::string> forbids(const OrderQuery& query) override;
  void record(lua::RunInput input) override;
  bool replaying() const override { return false; }
  std::optional<lua::RunInput> recorded(lua::RunInput::Kind, std::string_view, std::string_view) override { return {}; }
  Timestamp clock_now() override { return shared_.clock.now(); }
  Timestamp market_now() override { return market_time(clock_now()); }

  void work(std::latch& loaded, const std::shared_future<Timestamp>& first_minute);
  void load();
  void open_journal();
  void take_up();
  bool begin(Timestamp first_minute);
  bool begin_run(const lua::LiveSetup& setup);
  bool asked_to_leave();
  bool serve_once();
  void step();
  bool fetch(Timestamp now, Timestamp until);
  void tell_outage(Timestamp end, const Error& problem);
  void tell_outage_over();
  void poll_later(Timestamp now);
  Timestamp market_time(Timestamp now);
  void skip_stale(Timestamp now, Timestamp ready);
  void tell_open(const TraderState& state, double price, const Config& config);
  void tell_limits(Timestamp now);
  void apply_limits(Timestamp now);
  void go_on(Timestamp until);
  void record_restart(const char* why);
  void save(bool durable);
  [[noreturn]] void stop_all(const std::string& why);
  std::vector<RiskHold> risk_holds() const;
  void restore_risk(const std::vector<RiskHold>& holds);
  void heed_requests();
  void carry_out(Request request);
  void take_offer();
  void judge_trial();
  std::string trial_failure() const;
  void roll_back(const std::string& why);
  void finish();
  void fail(const std::string& why);
  std::string what_is_held();
  void note_broker(std::string_view text);
  void publish(Timestamp now);
  void publish_saved();
  void tell_news();
  void tell_errors();
  lua::LiveSetup setup(Timestamp start);
  Trader& trader() { return script_->runs().back()->trader(); }

  LiveShared& shared_;
  lua::PlannedRun planned_;
  TraderKey key_;
  std::shared_ptr<RiskBook> book_;
  std::shared_ptr<std::mutex> step_;
  lua::ScriptOptions options_;
  std::unique_ptr<Journal> own_journal_;  ///< a store in Lua
  Journal* journal_;
  std::shared_ptr<lua::Script> script_;
  std::optional<SavedTrader> saved_;  ///< what it was taken up with, until it begins
  std::vector<FinishedSignal> earlier_;  ///< in sessions before this one; until it begins
  int version_ = 1;
  // A new version on trial: the last one that has answered stays until the new one has.
  std::shared_ptr<lua::Script> previous_;
  int previous_version_ = 1;
  std::int64_t calls_before_trial_ = 0;
  std::vector<lua::ReportedError> errors_before_trial_;
  bool first_trial_minute_ = false;

  CandleFeed feed_;
  Timestamp next_minute_ = 0;  ///< the first minute that was not processed
  Timestamp next_poll_ = 0;
  int polls_ = 0;              ///< for the candle that is waited for
  bool outage_told_ = false;
  std::uint64_t failed_requests_ = 0;  ///< for candles
  std::int64_t told_errors_ = 0;       ///< of the script, published
  std::string told_open_, told_order_;  ///< ids of what the user was told of
  std::size_t told_ends_ = 0, told_places_ = 0;
  bool blocked_ = false, flattened_ = false;  ///< what the kill switch had the trader do
  bool tick_under_way_ = false;  ///< next_minute_'s tick had asked about an order when the process ended
  bool resumed_ = false;       ///< nothing was worked on yet since a restart
  Timestamp session_start_ = 0;  ///< of the journal's session
  std::string session_id_;
  Timestamp resumed_since_ = 0;  ///< the same once its trades were taken up; 0: it begins with this run

  // What was not written yet.
  std::vector<lua::RunInput> inputs_;
  std::vector<Candle> appended_;
  std::size_t saved_decisions_ = 0, saved_finished_ = 0, told_finished_ = 0;
  bool loaded_ = false;  ///< the main chunk of its own isolate is over
  bool begun_ = false, done_ = false, leaving_ = false;
  bool cut_short_ = false;  ///< the script was stopped in the middle of a step

  mutable std::mutex mutex_;  ///< requests_ and their counts, offer_, status_, and script_ against interrupt()
  std::vector<Request> requests_;
  std::uint64_t asked_ = 0, heeded_ = 0;  ///< requests ever
  std::optional<ReloadOffer> offer_;
  bool answers_offers_ = true;  ///< false: has ended
  SymbolStatus status_;
  std::string limit_reason_, broker_problem_;  ///< why no entry is made; under mutex_
  Wake wake_;
  std::atomic<bool> over_{false};
  bool left_something_ = false;  ///< an order, a position or a question; read by others once it is over
  RunOutcome outcome_;
  std::optional<Signal> left_open_;
  std::jthread thread_;
};

}  // namespace btk::host
