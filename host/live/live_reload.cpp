// How a trader takes over a new version of its script (optimizer-cli.md 2.7): the
// run moves into the new isolate at a step boundary; when the new version fails in
// its first tick the run moves back.
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
  errors_before_trial_ = lua::error_count(script_->run().errors(), "get_signal");
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
    previous_ = std::exchange(script_, std::move(offer->script));
    status_.script_version = version_;
  }
  script_->restore_state(kept, old_version);
  previous_version_ = old_version;
  record_restart("reload");
  save(true);
  shared_.reloaded({ReloadAnswer::Kind::taken, planned_.symbol, version_});
}

// The old version stays until the new one has answered once.
void LiveTrader::judge_trial() {
  if (!previous_ || trader().signal_calls() == calls_before_trial_) return;
  if (lua::error_count(script_->run().errors(), "get_signal") > errors_before_trial_) return roll_back();
  const std::lock_guard lock(mutex_);
  previous_.reset();
}

void LiveTrader::roll_back() {
  const auto& errors = script_->run().errors();
  std::string why = "get_signal failed";
  for (const auto& e : errors) {
    if (e.where == "get_signal") why = e.file.empty() ? e.message : fmt::format("{}:{}: {}", e.file, e.line, e.message);
  }
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
