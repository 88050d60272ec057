// What a trader leaves in the journal, and how it is taken up again.
#include <utility>

#include <fmt/format.h>

#include "host/journal/document_journal.h"
#include "host/journal/function_store.h"
#include "host/live/left_behind.h"
#include "host/live/live_trader.h"

namespace btk::host {

// A store in Lua is used on this thread, in whatever isolate the script lives.
void LiveTrader::open_journal() {
  session_start_ = shared_.session.started_at;
  session_id_ = shared_.session.id;
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
  const SessionInfo session = journal_->start_session(std::move(own)).session;
  session_start_ = session.started_at;
  session_id_ = session.id;
}

// What this trader holds is known to all before any of them goes on: nobody is to take a place that is taken.
void LiveTrader::take_up() {
  loaded_ = true;  // what a store in Lua says from here on was not said before
  open_journal();
  saved_ = journal_->load(key_);
  if (!saved_) return;
  earlier_ = journal_->earlier_finished(session_id_, key_, lua::LiveSetup::kEarlier);
  restore_risk(saved_->risk);
  tell_open(saved_->state, 0, {});
  publish_saved();
}

// As it was seen when the position opened, not made again from the position.
void LiveTrader::restore_risk(const std::vector<RiskHold>& holds) {
  std::unique_lock<std::mutex> turn;
  if (step_) turn = std::unique_lock(*step_);
  for (const RiskHold& hold : holds) book_->put(hold.profile, hold.position);
}

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
    stop_all(e.what());
  }
  saved_decisions_ += decisions.size();
  saved_finished_ += finished.size();
  inputs_.clear();
  appended_.clear();
}

void LiveTrader::stop_all(const std::string& why) {
  leaving_ = true;
  fail(why);
  shared_.stop_everything(why);
  throw Error(why);
}

std::vector<RiskHold> LiveTrader::risk_holds() const {
  std::unique_lock<std::mutex> turn;
  if (step_) turn = std::unique_lock(*step_);
  std::vector<RiskHold> holds;
  for (auto& [profile, position] : book_->held_by({key_.strategy_name, key_.exchange_name, key_.symbol})) {
    holds.push_back({std::move(profile), std::move(position)});
  }
  return holds;
}

// In words; empty: nothing.
std::string LiveTrader::what_is_held() {
  try {
    if (script_ && script_->has_run()) return held_by(trader().state_so_far());
    if (saved_) return held_by(saved_->state);
    if (begun_) return {};
    // It did not come to taking it up.
    if (shared_.options.journal == "lua" && !own_journal_) return "what its store may hold";
    const auto saved = journal_->load(key_);
    return saved ? held_by(saved->state) : std::string();
  } catch (const std::exception&) {
    return "what its state holds, which cannot be read";
  }
}

}  // namespace btk::host
