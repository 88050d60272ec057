#include "host/cli/advisor.h"

#include <chrono>
#include <limits>

#include "host/cli/script_setup.h"

namespace btk::host {
namespace {

// Candles of one run, from memory.
class FixedSource : public lua::CandleSource {
 public:
  explicit FixedSource(std::shared_ptr<const lua::LoadedCandles> candles) : candles_(std::move(candles)) {}
  std::shared_ptr<const lua::LoadedCandles> load(const std::string&, Timestamp, Timestamp) override {
    return candles_;
  }

 private:
  std::shared_ptr<const lua::LoadedCandles> candles_;
};

lua::PlannedRun attempted_run(const optimizer::Attempt& attempt) {
  lua::PlannedRun run;
  run.symbol = attempt.symbol;
  run.strategy_name = attempt.strategy_name;
  run.exchange_name = attempt.exchange_name;
  run.frame_name = attempt.frame_name;
  return run;
}

}  // namespace

lua::ScriptOptions Advisor::options_for(const optimizer::Attempt& attempt) const {
  lua::ScriptOptions options = script_;
  options.files = {folder_ / attempt.name};
  options.keep_decisions = attempt.keep_decisions;
  lua::ExchangeSchema exchange = exchange_;
  exchange.exchange_name = attempt.exchange_name;
  options.lent_exchange = exchange;
  options.lent_frame = lua::FrameSchema{attempt.frame_name, {}, Interval::m1, attempt.from, attempt.to};
  options.open_exchange = [candles = attempt.candles](const lua::ExchangeSchema&) {
    return std::make_shared<FixedSource>(candles);
  };
  hold_generated(options);
  return options;
}

optimizer::Outcome Advisor::evaluate(const optimizer::Attempt& attempt) const {
  optimizer::Outcome outcome;
  const auto began = std::chrono::steady_clock::now();
  const lua::ScriptOptions options = options_for(attempt);
  try {
    lua::Script script(options, lua::Script::Role::worker, attempt.symbol, attempt.strategy_name);
    const Interrupt::Watch watch(interrupt_, script.isolate());
    script.load();
    script.begin(attempted_run(attempt), std::make_shared<RiskBook>());
    while (!script.advance({std::numeric_limits<Timestamp>::max(), 0})) {
    }
    outcome.report = script.finish();
  } catch (const Error& e) {
    outcome.kind = interrupt_.requested() ? "interrupted" : "script error";
    outcome.failure = e.what();
  }
  outcome.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - began).count();
  if (client_.exhausted()) {
    outcome.kind = "budget";
    outcome.failure = "the LLM budget was spent before the run was over";
  }
  return outcome;
}

Proof Advisor::prove(const GeneratedWish& wish, const ProofOptions& options,
                     const std::function<void(const PoolProgress&)>& tick) const {
  const std::shared_ptr<optimizer::Client> recorded = client_.recorded();
  if (!recorded) {
    Proof proof;
    proof.symbol = wish.attempt.symbol;
    proof.strategy_name = wish.attempt.strategy_name;
    proof.why = "the model's answers are not recorded (--llm-replay off), so the run cannot be repeated";
    return proof;
  }
  lua::ScriptOptions script = options_for(wish.attempt);
  script.llm = recorded;
  const std::vector<ProofWish> wishes{{attempted_run(wish.attempt), &script, wish.run_hash, wish.seconds}};
  return host::prove(wishes, options, interrupt_, tick).front();
}

}  // namespace btk::host
