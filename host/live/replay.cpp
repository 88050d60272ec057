#include "host/live/replay.h"

#include <algorithm>
#include <map>
#include <utility>

#include "host/live/recorded_source.h"
#include "lua/live.h"

namespace btk::host {
namespace {

using lua::RunInput;

bool is_for_driver(RunInput::Kind kind) {
  return kind == RunInput::Kind::skip || kind == RunInput::Kind::restart || kind == RunInput::Kind::command;
}

/// Hands out what the script side recorded, each once.
class ReplayHooks final : public lua::LiveHooks {
 public:
  explicit ReplayHooks(const std::vector<RunInput>& inputs) : inputs_(inputs), used_(inputs.size(), false) {}

  void watch(lua::Script& script) { script_ = &script; }

  void before_order(const OrderQuery&) override {}
  std::optional<std::string> forbids(const OrderQuery&) override { return {}; }
  void record(RunInput) override {}
  bool replaying() const override { return true; }
  std::optional<RunInput> recorded(RunInput::Kind kind, std::string_view name, std::string_view id) override {
    const Timestamp minute = script_->run().input(kind, std::string(name)).minute;
    for (std::size_t i = first_; i < inputs_.size(); ++i) {
      const RunInput& input = inputs_[i];
      if (input.minute > minute && !is_for_driver(input.kind)) break;
      if (used_[i] || input.kind != kind || input.name != name || input.id != id || input.minute != minute) continue;
      used_[i] = true;
      while (first_ < used_.size() && (used_[first_] || is_for_driver(inputs_[first_].kind))) ++first_;
      return input;
    }
    return std::nullopt;
  }
  // Nothing is ever late in a replay but what was recorded as late.
  Timestamp clock_now() override { return 0; }

 private:
  const std::vector<RunInput>& inputs_;
  std::vector<bool> used_;
  std::size_t first_ = 0;
  lua::Script* script_ = nullptr;
};

class TraderRun {
 public:
  TraderRun(Journal& journal, const SessionInfo& session, const TraderKey& key, const lua::ScriptOptions& script)
      : journal_(journal),
        session_(session),
        key_(key),
        options_(script),
        inputs_(journal.inputs(session.id, key)),
        earlier_(journal.earlier_finished(session.id, key, lua::LiveSetup::kEarlier)),
        hooks_(inputs_) {
    std::map<std::string, std::vector<Candle>> candles;
    for (const std::string& symbol : journal.symbols(session.id, key)) {
      candles[symbol] = journal.candles(session.id, key, symbol);
      for (const Timestamp minute : journal.altered(session.id, key, symbol)) result_.altered.emplace_back(symbol, minute);
    }
    result_.key = key;
    result_.recorded = journal.decisions(session.id, key);
    result_.candles = candles[key.symbol];
    source_ = std::make_shared<RecordedSource>(std::move(candles));
    options_.keep_decisions = true;
    options_.mode = session.mode;
    options_.open_exchange = [this](const lua::ExchangeSchema&) { return source_; };
    planned_ = {key.symbol, key.strategy_name, key.exchange_name, {}, {}};
  }

  TraderReplay run() {
    try {
      play();
    } catch (const std::exception& e) {
      result_.failure = e.what();
    }
    return std::move(result_);
  }

 private:
  void play() {
    if (inputs_.empty() || result_.candles.empty()) return;  // nothing had happened yet
    begin(inputs_.front().minute);
    for (std::size_t i = 1; i < inputs_.size(); ++i) {
      if (is_for_driver(inputs_[i].kind)) apply(inputs_[i]);
    }
    const auto last = journal_.load(key_);
    if (last) advance(last->state.minute);
    result_.replayed = finish();
  }

  /// Ends the script; the decisions so far.
  std::string finish() {
    lua::RunReport report = script_->finish();
    for (const auto& error : report.errors) result_.script_errors += static_cast<std::size_t>(error.count);
    return std::move(report.decisions);
  }

  std::unique_ptr<lua::Script> fresh_script() {
    auto script = std::make_unique<lua::Script>(options_, lua::Script::Role::worker, key_.symbol, key_.strategy_name);
    script->load();
    return script;
  }

  lua::LiveSetup setup(Timestamp start) {
    lua::LiveSetup s;
    s.mode = session_.mode;
    s.start = start;
    s.risk = std::make_shared<RiskBook>();
    s.use_broker = true;
    s.script_version = version_;
    s.hooks = &hooks_;
    return s;
  }

  void begin(Timestamp first_minute) {
    lua::LiveSetup s = setup(first_minute);
    if (const auto before = journal_.heritage(session_.id, key_)) s.state = before->state;
    s.earlier = earlier_;
    go_live(std::move(s));
  }

  void go_live(lua::LiveSetup s) {
    script_ = fresh_script();
    hooks_.watch(*script_);
    script_->begin_live(planned_, std::move(s));
    script_->append_candles(source_->closed(key_.symbol, script_->candles_end(), result_.candles.back().timestamp + kMinute));
  }

  /// The next start of a session that was asked to end: it trades again, with what was kept.
  void begin_again(const RunInput& input) {
    const Trader& before = script_->run().trader();
    version_ = input.id.empty() ? 1 : std::stoi(input.id);
    lua::LiveSetup s = setup(input.minute);
    s.state = before.state();
    s.finished = before.finished();
    s.earlier = earlier_;
    s.decisions = finish();
    go_live(std::move(s));
  }

  void advance(Timestamp minute) {
    if (minute > 0) script_->advance({minute, 1});
  }

  void apply(const RunInput& input) {
    if (input.kind == RunInput::Kind::command) {
      advance(input.minute);
      script_->command(input.name);
      return advance(input.minute);
    }
    advance(input.minute - kMinute);
    if (input.kind == RunInput::Kind::skip) {
      script_->run().trader().forbid_entries_before(input.until + kMinute);
    } else if (const Trader& trader = script_->run().trader();
               input.name == "process" && trader.stopped() && !trader.question()) {
      begin_again(input);
    } else {
      auto next = fresh_script();
      const std::string kept = input.name == "reload" ? script_->save_state() : std::string();
      const int old_version = std::exchange(version_, input.id.empty() ? 1 : std::stoi(input.id));
      next->adopt_run(script_->release_run(), planned_, setup(input.minute));
      script_ = std::move(next);
      hooks_.watch(*script_);
      if (input.name == "reload") script_->restore_state(kept, old_version);
    }
  }

  Journal& journal_;
  const SessionInfo& session_;
  TraderKey key_;
  lua::ScriptOptions options_;
  std::vector<RunInput> inputs_;
  std::vector<FinishedSignal> earlier_;
  ReplayHooks hooks_;
  lua::PlannedRun planned_;
  std::shared_ptr<RecordedSource> source_;
  int version_ = 1;  ///< of the script
  std::unique_ptr<lua::Script> script_;
  TraderReplay result_;
};

}  // namespace

std::vector<TraderReplay> replay_session(Journal& journal, const SessionInfo& session, const lua::ScriptOptions& script) {
  std::vector<TraderReplay> replays;
  for (const TraderKey& key : session.traders) replays.push_back(TraderRun(journal, session, key, script).run());
  return replays;
}

}  // namespace btk::host
