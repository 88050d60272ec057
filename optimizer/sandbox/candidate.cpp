#include "optimizer/sandbox/candidate.h"

#include <algorithm>

#include "engine/error.h"
#include "optimizer/sandbox/child_process.h"
#include "optimizer/sandbox/evaluation.h"
#include "optimizer/sandbox/printable.h"

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

bool is_strategy_name(std::string_view name) {
  constexpr std::size_t kLongest = 100;
  return !name.empty() && name.size() <= kLongest && name.front() != '.' && std::ranges::all_of(name, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' || c == '_' || c == '-';
  });
}

namespace {

constexpr std::size_t kLongestReason = 1000;

void make_printable(std::string& text, bool lines = false) { text = printable(text, text.size(), lines); }

/// People and JSON files will see these texts, whoever wrote them.
void make_printable(CandidateResult& result, const SandboxLimits& limits) {
  result.failure.reason = printable(result.failure.reason, kLongestReason);
  result.report.fatal = printable(result.report.fatal, kLongestReason);
  result.report.not_reproducible = printable(result.report.not_reproducible, kLongestReason);
  for (LogLine& line : result.log) line.text = printable(line.text, std::max(limits.line_bytes, line.text.size()), true);
  for (std::string& name : result.refused) name = printable(name, kLongestReason);
  for (lua::ReportedError& error : result.report.errors) {
    make_printable(error.where), make_printable(error.file);
    make_printable(error.message, true), make_printable(error.traceback, true);
  }
  make_printable(result.report.strategy_name), make_printable(result.report.run_hash);
  make_printable(result.report.decisions, true);
  for (FinishedSignal& finished : result.report.signals) {
    make_printable(finished.id), make_printable(finished.signal.id);
    make_printable(finished.signal.note, true);
  }
}

}  // namespace

CandidateResult CandidateSandbox::evaluate(const Candidate& candidate) const {
  CandidateResult result = setup_.isolation == Isolation::in_process
                               ? evaluate_here({setup_.ground, setup_.limits, setup_.guards, false, setup_.stopped}, candidate)
                               : evaluate_in_child(setup_, memory_->shared(), candidate);
  make_printable(result, setup_.limits);
  return result;
}

}  // namespace btk::optimizer
