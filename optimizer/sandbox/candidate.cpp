#include "optimizer/sandbox/candidate.h"

#include "engine/error.h"
#include "optimizer/sandbox/child_process.h"
#include "optimizer/sandbox/evaluation.h"

namespace btk::optimizer {

std::string_view to_string(FailureKind kind) {
  switch (kind) {
    case FailureKind::none: return "none";
    case FailureKind::too_large: return "too large";
    case FailureKind::syntax: return "syntax";
    case FailureKind::forbidden: return "forbidden";
    case FailureKind::no_strategy: return "no strategy";
    case FailureKind::script_error: return "script error";
    case FailureKind::timeout: return "timeout";
    case FailureKind::memory: return "memory";
    case FailureKind::too_much_output: return "too much output";
    case FailureKind::crashed: return "crashed";
    case FailureKind::killed: return "killed";
    case FailureKind::interrupted: return "interrupted";
    case FailureKind::sandbox: return "sandbox";
  }
  return "";
}

class CandidateSandbox::Memory {
 public:
  explicit Memory(const lua::LoadedCandles& candles) : shared_(candles) {}
  const SharedCandles& shared() const { return shared_; }

 private:
  SharedCandles shared_;
};

CandidateSandbox::CandidateSandbox(Setup setup) : setup_(std::move(setup)) {
  const Ground& ground = setup_.ground;
  if (!ground.candles || ground.candles->series.empty())
    throw Error("generated files cannot be tried: there are no candles of " + ground.symbol);
  if (ground.to < ground.from) throw Error("generated files cannot be tried: the period ends before it begins");
  if (setup_.isolation == Isolation::process) memory_ = std::make_unique<Memory>(*ground.candles);
}

CandidateSandbox::~CandidateSandbox() = default;

CandidateResult CandidateSandbox::evaluate(const Candidate& candidate) const {
  if (setup_.isolation == Isolation::in_process)
    return evaluate_here({setup_.ground, setup_.limits, setup_.guards, false, setup_.stopped}, candidate);
  return evaluate_in_child(setup_, memory_->shared(), candidate);
}

}  // namespace btk::optimizer
