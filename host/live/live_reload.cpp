// How a trader takes over a new version of its script (optimizer-cli.md 2.7): the
// run moves into the new isolate at a step boundary; when the new version fails in
// its first tick, in get_signal or in what looks after a position, the run moves back.
#include <fmt/format.h>

#include "host/live/live_trader.h"

namespace btk::host {

void LiveTrader::take_offer() {
  std::optional<ReloadOffer> offer;
  {
    const std::lock_guard lock(mutex_);
    offer = std::exchange(offer_, std::nullopt);
  }
  if (!offer) return;
  std::string why = lua::reload_refusal(*script_, *offer->script, planned_);
  if (why.empty() && shared_.options.broker && script_->broker_enabled() && !offer->script->broker_enabled()) {
    why = "it enables no broker, so what is open at the exchange would be closed in the books only; stop and start for that";
  }
  if (!why.empty()) {
    shared_.reloaded({ReloadAnswer::Kind::refused, planned_.symbol, offer->version, why});
    return;
  }
  const std::string kept = script_->save_state();
  const int old_version = version_;
  calls_before_trial_ = trader().signal_calls();
  version_ = offer->version;
  try {
    offer->script->adopt_run(script_->release_run(), planned_, setup(next_minute_));
  } catch (const Error& e) {  // an action handler that cannot be made: the old version goes on
    version_ = old_version;
    script_->adopt_run(offer->script->release_run(), planned_, setup(next_minute_));
    shared_.reloaded({ReloadAnswer::Kind::refused, planned_.symbol, offer->version, e.what()});
    return;
  }
  {
    const std::lock_guard lock(mutex_);
    // A version that is still on trial leaves for good: the one to go back to is the last that has proven itself.
    auto replaced = std::exchange(script_, std::move(offer->script));
    if (!previous_) {
      previous_ = std::move(replaced);
      previous_version_ = old_version;
    }
    status_.script_version = version_;
  }
  script_->restore_state(kept, old_version);
  errors_before_trial_ = script_->run().errors();
  first_trial_minute_ = true;
  record_restart("reload");
  save(true);
  shared_.reloaded({ReloadAnswer::Kind::taken, planned_.symbol, version_});
}

// The old version stays until the new one has answered once.
void LiveTrader::judge_trial() {
  if (!previous_) return;
  const std::string why = trial_failure();
  first_trial_minute_ = false;
  if (!why.empty()) return roll_back(why);
  if (trader().signal_calls() == calls_before_trial_) return;
  const std::lock_guard lock(mutex_);
  previous_.reset();
}

// What the new version failed at: get_signal, whenever it is asked for the first time (with a position open that may take
// days), or anything else in the first minute. What failed under the old version as well is no reason to go back to it.
std::string LiveTrader::trial_failure() const {
  const auto& errors = script_->run().errors();
  const auto& before = errors_before_trial_;  // the same rows, in the same order; new ones follow
  std::string why;
  for (std::size_t i = 0; i < errors.size(); ++i) {
    const lua::ReportedError& e = errors[i];
    const bool counts = e.where == "get_signal" || (first_trial_minute_ && lua::error_count(before, e.where) == 0);
    if (!counts || (i < before.size() && e.count == before[i].count)) continue;
    why = e.file.empty() ? fmt::format("{}: {}", e.where, e.message) : fmt::format("{}:{}: {}", e.file, e.line, e.message);
  }
  return why;
}

void LiveTrader::roll_back(const std::string& why) {
  const int failed = std::exchange(version_, previous_version_);
  auto run = script_->release_run();
  previous_->adopt_run(std::move(run), planned_, setup(next_minute_));
  {
    const std::lock_guard lock(mutex_);
    script_ = std::move(previous_);
    status_.script_version = version_;
  }
  record_restart("rollback");
  shared_.reloaded({ReloadAnswer::Kind::rolled_back, planned_.symbol, failed, why});
}

}  // namespace btk::host
