// How a trader takes over a new version of its script (optimizer-cli.md 2.7): the
// run moves into the new isolate at a step boundary; when the new version fails in
// its first tick the run moves back.
#include <fmt/format.h>

#include "host/live/live_trader.h"

namespace btk::host {
namespace {

std::int64_t signal_errors(const std::vector<lua::ReportedError>& errors) {
  std::int64_t count = 0;
  for (const auto& e : errors) {
    if (e.where == "get_signal") count += e.count;
  }
  return count;
}

}  // namespace

void LiveTrader::take_offer() {
  std::optional<ReloadOffer> offer;
  {
    const std::lock_guard lock(mutex_);
    offer = std::exchange(offer_, std::nullopt);
  }
  if (!offer) return;
  if (const std::string why = lua::reload_refusal(*script_, *offer->script, planned_); !why.empty()) {
    shared_.reloaded(planned_.symbol, why);
    return;
  }
  const std::string kept = script_->save_state();
  const int old_version = version_;
  calls_before_trial_ = trader().signal_calls();
  errors_before_trial_ = signal_errors(script_->run().errors());
  version_ = offer->version;
  auto run = script_->release_run();
  offer->script->adopt_run(std::move(run), planned_, setup(next_minute_));
  {
    const std::lock_guard lock(mutex_);
    previous_ = std::exchange(script_, std::move(offer->script));
  }
  script_->restore_state(kept, old_version);
  previous_version_ = old_version;
  record_restart("reload");
  save(true);
  shared_.reloaded(planned_.symbol, "");
}

// The old version stays until the new one has answered once.
void LiveTrader::judge_trial() {
  if (!previous_ || trader().signal_calls() == calls_before_trial_) return;
  if (signal_errors(script_->run().errors()) > errors_before_trial_) return roll_back();
  const std::lock_guard lock(mutex_);
  previous_.reset();
}

void LiveTrader::roll_back() {
  const auto& errors = script_->run().errors();
  std::string why = "get_signal failed";
  for (const auto& e : errors) {
    if (e.where == "get_signal") why = e.file.empty() ? e.message : fmt::format("{}:{}: {}", e.file, e.line, e.message);
  }
  version_ = previous_version_;
  auto run = script_->release_run();
  previous_->adopt_run(std::move(run), planned_, setup(next_minute_));
  {
    const std::lock_guard lock(mutex_);
    script_ = std::move(previous_);
  }
  record_restart("rollback");
  shared_.reloaded(planned_.symbol, why);
}

}  // namespace btk::host
