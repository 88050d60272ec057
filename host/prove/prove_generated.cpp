#include "host/prove/prove_generated.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <thread>

#include "host/prove/judge.h"
#include "host/prove/other_future.h"
#include "optimizer/crew.h"

namespace btk::host {
namespace {

using optimizer::Attempt;
using optimizer::Outcome;

constexpr std::array kHistories{1, 2, 4};  // times the usual one

class GeneratedProver {
 public:
  GeneratedProver(const GeneratedWish& wish, const optimizer::Evaluate& evaluate, const ProofOptions& options,
                  const std::function<bool()>& stopped,
                  const std::function<void(std::size_t, std::size_t)>& progress)
      : wish_(wish), evaluate_(evaluate), options_(options), stopped_(stopped), progress_(progress) {
    proof_.symbol = wish.attempt.symbol;
    proof_.strategy_name = wish.attempt.strategy_name;
    known_[wish.attempt.symbol] = wish.attempt.candles;
  }

  Proof run() {
    const auto began = std::chrono::steady_clock::now();
    reference_ = evaluate_(as_it_was());
    proof_.why = obstacle();
    if (proof_.why.empty()) repeat();
    proof_.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - began).count();
    proof_.run_seconds = wish_.seconds;
    return std::move(proof_);
  }

 private:
  Attempt as_it_was() const {
    Attempt attempt = wish_.attempt;
    attempt.keep_decisions = true;
    return attempt;
  }

  std::string obstacle() const {
    if (stopped_ && stopped_()) return "the proof was interrupted";
    if (const std::string why = failure_of(reference_); !why.empty())
      return "the repeated run failed: " + why;
    if (reference_.report.run_hash != wish_.run_hash)
      return "the same run, repeated, decided otherwise: it depends on something besides candles";
    return {};
  }

  static std::string failure_of(const Outcome& outcome) {
    return outcome.failure.empty() ? outcome.report.fatal : outcome.failure;
  }

  // Times come from the child process that ran the file: none outside of what was asked of it is believed.
  void repeat() {
    const std::vector<DecisionLine> lines = read_decisions(reference_.report.decisions);
    const Timestamp start = wish_.attempt.from, end = wish_.attempt.to;
    std::vector<Timestamp> entries;
    for (const DecisionLine& d : lines) {
      if (d.entry && d.time >= start && d.time <= end) entries.push_back(d.time);
    }
    proof_.all_entries = entries.size();
    proof_.moments = options_.moments;
    proof_.entries = std::min(entries.size(), options_.entries);
    const auto chosen = choose_truncations(start, end, std::move(entries), options_);
    if (chosen.empty()) {
      proof_.why = kNothingCut;
      return;
    }
    const Timestamp first = std::min(wish_.attempt.candles->series.first(), start);
    const Timestamp asked = reference_.earliest == 0 ? start : std::clamp(reference_.earliest, first, start);
    proof_.history = start - std::min(asked, start - kDay);

    const std::size_t of = chosen.size() + kHistories.size();
    const unsigned threads =
        options_.threads > 0 ? options_.threads : std::max(1U, std::thread::hardware_concurrency());
    optimizer::Crew crew({.evaluate = evaluate_,
                          .threads = threads,
                          .stopped = stopped_,
                          .done = [&, done = std::size_t{0}]() mutable {
                            ++done;
                            if (progress_) progress_(done, of);
                          }});
    const auto repetition = [&](std::size_t i) {
      return i < chosen.size() ? in_other_future(chosen[i])
                               : with_history(start, kHistories[i - chosen.size()]);
    };
    auto outcomes = crew.run(of, repetition);
    // A repetition that failed may have met a limit of the sandbox, of which the machine may have taken a part itself: it is
    // tried once more, alone. If it fails again, that says nothing of the future either.
    for (std::size_t i = 0; i < of; ++i) {
      if (outcomes[i] && !failure_of(*outcomes[i]).empty()) outcomes[i] = evaluate_(repetition(i));
      const auto& outcome = outcomes[i];
      proof_.why = !outcome ? "the proof was interrupted" : failure_of(*outcome);
      if (!outcome) return;
      if (proof_.why.empty()) continue;
      proof_.why = "a repetition failed: " + proof_.why;
      return;
    }
    proof_.result = ProofResult::holds;
    for (std::size_t i = 0; i < chosen.size(); ++i)
      judge_truncation(proof_, lines, outcomes[i]->report.decisions, {}, chosen[i]);
    const auto decisions = [&](std::size_t k) -> const std::string& {
      return outcomes[chosen.size() + k]->report.decisions;
    };
    for (std::size_t k = 1; k < kHistories.size(); ++k)
      judge_history(proof_, kHistories[k], decisions(0), decisions(k));
    if (wish_.attempt.candles->series.first() > start - proof_.history * kHistories.back() + kMinute) {
      proof_.warmup_gap = "no candles that early were loaded for longer histories";
    }
  }

  Attempt in_other_future(const Truncation& how) const {
    Attempt attempt = as_it_was();
    attempt.to = std::min(attempt.to, how.moment + kMinute);  // nothing behind is compared
    OtherFuture future(how.moment, how.cut ? OtherFuture::Kind::cut : OtherFuture::Kind::replaced,
                       options_.seed, known_);
    attempt.candles = future.candles(attempt.symbol, wish_.attempt.candles);
    return attempt;
  }

  Attempt with_history(Timestamp start, int times) const {
    Attempt attempt = as_it_was();
    attempt.candles = without_history(*wish_.attempt.candles, start - proof_.history * times);
    return attempt;
  }

  const GeneratedWish& wish_;
  const optimizer::Evaluate& evaluate_;
  const ProofOptions& options_;
  const std::function<bool()>& stopped_;
  const std::function<void(std::size_t, std::size_t)>& progress_;
  KnownCandles known_;
  Outcome reference_;
  Proof proof_;
};

}  // namespace

Proof prove_generated(const GeneratedWish& wish, const optimizer::Evaluate& evaluate,
                      const ProofOptions& options, const std::function<bool()>& stopped,
                      const std::function<void(std::size_t done, std::size_t of)>& progress) {
  return GeneratedProver(wish, evaluate, options, stopped, progress).run();
}

}  // namespace btk::host
