#include "tests/golden/golden_replay_play.h"

#include <fmt/format.h>

#include <cmath>
#include <deque>

#include "engine/error.h"
#include "engine/trader.h"
#include "tests/golden/golden_replay_commands.h"
#include "tests/golden/golden_replay_record.h"

namespace btk::golden {
namespace {

double sum(std::span<const double> values, std::size_t from, std::size_t to) {
  double total = 0;
  for (std::size_t i = from; i < to; ++i) total += values[i];
  return total;
}

// The rule over the last slow + 1 closed candles; nothing when there are not as many.
std::optional<SignalRequest> sma_cross(const SmaCross& rule, std::span<const double> closes) {
  const std::size_t n = rule.slow;
  if (closes.size() < n + 1) return std::nullopt;
  const auto c = closes.last(n + 1);
  const auto fast = static_cast<double>(rule.fast), slow = static_cast<double>(rule.slow);
  const double f1 = sum(c, n + 1 - rule.fast, n + 1) / fast, s1 = sum(c, 1, n + 1) / slow;
  const double f0 = sum(c, n - rule.fast, n) / fast, s0 = sum(c, 0, n) / slow;
  const bool up = f0 <= s0 && f1 > s1 && rule.to_long;
  const bool down = f0 >= s0 && f1 < s1 && rule.to_short;
  if (!up && !down) return std::nullopt;
  const double p = c[n];
  const auto shifted = [&](double percent, bool above) {
    return above ? p * (1 + percent / 100) : p * (1 - percent / 100);
  };
  SignalRequest r;
  r.position = up ? "long" : "short";
  r.price_take_profit = shifted(rule.tp_percent, up);
  r.price_stop_loss = shifted(rule.sl_percent, !up);
  r.minute_estimated_time = rule.minutes;
  if (rule.limit_percent != 0) r.price_open = shifted(rule.limit_percent, !up);
  return r;
}

bool rejects(const RiskRule& rule, const RiskQuery& query) {
  const Signal& s = query.signal;
  if (rule.type == "deny_position") return rule.value == to_string(s.position);
  if (rule.type == "deny_minutes") {
    const auto minute = static_cast<double>(align(query.timestamp, kMinute) / kMinute % 60);
    return rule.from <= minute && minute < rule.to;
  }
  const auto value = read_number(rule.value);
  if (!value) throw Error(fmt::format("the risk rule {} has no number as its value", rule.type));
  const double reward = std::fabs(s.price_take_profit - s.price_open);
  if (rule.type == "max_active") return static_cast<double>(query.positions.size()) >= *value;
  if (rule.type == "min_tp_percent") return reward / s.price_open * 100 < *value;
  if (rule.type == "min_reward_risk") return reward / std::fabs(s.price_open - s.price_stop_loss) < *value;
  if (rule.type == "price_above") return query.current_price > *value;
  if (rule.type == "price_below") return query.current_price < *value;
  throw Error(fmt::format("\"{}\" is no known risk rule", rule.type));
}

class Run {
 public:
  Run(const RunInput& input, const Scenario& scenario)
      : input_(input),
        scenario_(scenario),
        trader_(setup(input, scenario), scenario.config, *input.candles, book_),
        signals_(input.signals.begin(), input.signals.end()),
        commands_(input.commands) {
    trader_.listen(Recorder::wanted());
  }

  /// Until the trader asks no more.
  void finish() {
    while (step()) {
    }
  }
  /// Until the first opened result is handed out, or to the end.
  void until_opened() {
    while (!recorder_.opened_handed_out() && step()) {
    }
  }
  Json recording() const { return recorder_.recording(trader_, scenario_); }

 private:
  static TraderSetup setup(const RunInput& input, const Scenario& scenario) {
    TraderSetup s;
    s.symbol = input.symbol;
    s.strategy_name = input.strategy_name;
    s.exchange_name = "exchange";
    s.frame_name = "frame";
    s.signal_interval = input.signal_interval;
    s.risk_profiles = input.risk_profiles;
    s.frame_start = scenario.frame_start;
    s.frame_end = scenario.frame_end;
    s.frame_interval = scenario.frame_interval;
    return s;
  }

  // Answers one ask; false when the run is over. What the engine raises by itself is part of the recording.
  bool step() {
    Ask ask = Ask::done;
    try {
      ask = trader_.advance();
    } catch (const Error& problem) {
      recorder_.error(problem.what());
    }
    switch (ask) {
      case Ask::signal_due:
        answer_signal();
        return true;
      case Ask::risk_check:
        answer_risk();
        return true;
      case Ask::event: {
        const Event e = trader_.event();  // commands may make new ones
        recorder_.event(e);
        commands_.ping(e, trader_, recorder_);
        return true;
      }
      case Ask::horizon:
        recorder_.error("the trader stopped at a horizon that was not set");
        return false;
      case Ask::order:
        recorder_.error("the trader asked an exchange in a back-test");
        return false;
      case Ask::done:
        return false;
    }
    return false;
  }

  void answer_signal() {
    const Now& now = trader_.now();
    const auto when = static_cast<Timestamp>(now.when);
    recorder_.signal_call(when);
    if (input_.rule) {
      const auto closed = input_.candles->close().first(static_cast<std::size_t>(now.visible));
      if (auto request = sma_cross(*input_.rule, closed)) trader_.answer_signal(std::move(*request));
    } else if (!signals_.empty() && when >= signals_.front().at) {
      trader_.answer_signal(read_request(signals_.front().dto));
      signals_.pop_front();
    }
  }

  // The first rule that rejects ends the check; its name is the reason.
  void answer_risk() {
    const RiskQuery& query = trader_.risk_query();
    for (const RiskProfile& profile : scenario_.risks) {
      if (profile.name != query.profile) continue;
      for (const RiskRule& rule : profile.rules) {
        if (rejects(rule, query)) return trader_.answer_risk(false, {}, rule.type);
      }
      return trader_.answer_risk(true);
    }
    throw Error(fmt::format("the strategy names risk profile \"{}\", which the scenario does not define",
                            query.profile));
  }

  const RunInput& input_;
  const Scenario& scenario_;
  RiskBook book_;
  Trader trader_;
  std::deque<QueuedSignal> signals_;
  CommandQueues commands_;
  Recorder recorder_;
};

}  // namespace

// Each run has a risk book of its own: in the reference the start of a run empties its profiles, also those
// under which a held run has a position.
Json play(const Scenario& scenario) {
  std::deque<Run> runs;
  for (const RunInput& input : scenario.runs) runs.emplace_back(input, scenario);
  if (scenario.hold) runs.front().until_opened();
  for (std::size_t i = scenario.hold ? 1 : 0; i < runs.size(); ++i) runs[i].finish();
  if (scenario.hold) runs.front().finish();
  if (!scenario.several) return runs.front().recording();
  Json recordings = Json::array();
  for (const Run& run : runs) recordings.push_back(run.recording());
  return {{"runs", std::move(recordings)}};
}

}  // namespace btk::golden
