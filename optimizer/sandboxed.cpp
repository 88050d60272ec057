#include "optimizer/sandboxed.h"

#include <list>
#include <memory>
#include <mutex>

#include <fmt/format.h>

#include "engine/error.h"

namespace btk::optimizer {
namespace {

constexpr std::size_t kKept = 4;  // sandboxes; each may hold a copy of its candles

class Sandboxes {
 public:
  explicit Sandboxes(SandboxedSetup setup) : setup_(std::move(setup)) {}

  Outcome evaluate(const Attempt& attempt) {
    Outcome outcome;
    try {
      CandidateResult result = sandbox_of(attempt)->evaluate({attempt.name, attempt.text});
      outcome.report = std::move(result.report);
      outcome.seconds = result.wall_seconds;
      outcome.earliest = result.earliest;
      if (!result.ok()) {
        outcome.kind = to_string(result.failure.kind);
        const bool interrupted = result.failure.kind == FailureKind::interrupted;
        outcome.failure = interrupted ? outcome.kind : fmt::format("{}: {}", outcome.kind, result.failure.reason);
        if (!result.refused.empty()) outcome.failure += fmt::format(" (asked for {})", fmt::join(result.refused, ", "));
      }
    } catch (const Error& e) {
      outcome.kind = to_string(FailureKind::sandbox);
      outcome.failure = e.what();
    }
    return outcome;
  }

 private:
  struct Kept {
    std::shared_ptr<const lua::LoadedCandles> candles;
    std::string symbol, exchange_name, frame_name;
    Timestamp from, to;
    bool keep_decisions;
    std::shared_ptr<const CandidateSandbox> sandbox;
  };

  std::shared_ptr<const CandidateSandbox> sandbox_of(const Attempt& a) {
    const std::lock_guard lock(mutex_);
    for (const Kept& k : kept_) {
      if (k.candles == a.candles && k.symbol == a.symbol && k.exchange_name == a.exchange_name && k.frame_name == a.frame_name && k.from == a.from &&
          k.to == a.to && k.keep_decisions == a.keep_decisions) {
        return k.sandbox;
      }
    }
    CandidateSandbox::Setup setup;
    setup.ground.symbol = a.symbol;
    setup.ground.exchange_name = a.exchange_name;
    setup.ground.frame_name = a.frame_name;
    setup.ground.from = a.from;
    setup.ground.to = a.to;
    setup.ground.candles = a.candles;
    setup.ground.seed = setup_.seed;
    setup.ground.keep_decisions = a.keep_decisions;
    setup.ground.settings = setup_.settings;
    setup.limits = setup_.limits;
    setup.isolation = setup_.isolation;
    setup.program = setup_.program;
    setup.stopped = setup_.stopped;
    auto sandbox = std::make_shared<const CandidateSandbox>(std::move(setup));
    kept_.push_front({a.candles, a.symbol, a.exchange_name, a.frame_name, a.from, a.to, a.keep_decisions, sandbox});
    if (kept_.size() > kKept) kept_.pop_back();
    return sandbox;
  }

  SandboxedSetup setup_;
  std::mutex mutex_;
  std::list<Kept> kept_;
};

}  // namespace

Evaluate sandboxed(SandboxedSetup setup) {
  const auto sandboxes = std::make_shared<Sandboxes>(std::move(setup));
  return [sandboxes](const Attempt& attempt) { return sandboxes->evaluate(attempt); };
}

}  // namespace btk::optimizer
