#include "host/prove/prove.h"

#include <algorithm>
#include <chrono>
#include <limits>
#include <map>
#include <mutex>
#include <set>

#include <fmt/format.h>

#include "host/prove/judge.h"
#include "host/prove/other_future.h"
#include "host/prove/price_file.h"
#include "host/prove/recorded_answers.h"

namespace btk::host {
namespace {

using Loaded = std::shared_ptr<const lua::LoadedCandles>;

// A source whose candles are changed on their way.
class ChangedSource : public lua::CandleSource {
 public:
  using Change = std::function<Loaded(const std::string& symbol, const Loaded& real, Timestamp from)>;
  /// `reach`: candles since then are loaded in any case.
  ChangedSource(std::shared_ptr<lua::CandleSource> real, Change change, Timestamp reach = std::numeric_limits<Timestamp>::max())
      : real_(std::move(real)), change_(std::move(change)), reach_(reach) {}

  Loaded load(const std::string& symbol, Timestamp from, Timestamp to) override {
    return change_(symbol, real_->load(symbol, std::min(from, reach_), to), from);
  }

 private:
  std::shared_ptr<lua::CandleSource> real_;
  Change change_;
  Timestamp reach_;
};

// What the first repetition of a run looked at.
struct Seen {
  std::mutex mutex;
  KnownCandles candles;
  std::map<std::string, std::string> files;  // path: text
  std::set<std::string> outside;
  std::optional<Timestamp> earliest;         // candle asked for of the run's own symbol
  std::vector<std::pair<std::string, PriceFile>> price_files;
  std::shared_ptr<lua::LlmService> recordings;  // of the script's model; null: none
  std::shared_ptr<RecordedAnswers> answers;     // what the repetition was given of them; null: it has no model

  void saw(const std::string& symbol, const Loaded& loaded) {
    const std::lock_guard lock(mutex);
    Loaded& known = candles[symbol];
    if (!known || loaded->series.size() > known->series.size()) known = loaded;
  }

  void looked_back(Timestamp to) {
    const std::lock_guard lock(mutex);
    earliest = std::min(earliest.value_or(to), to);
  }
};

// The script's options for a repetition: silent, without a trace, decisions kept.
lua::ScriptOptions repetition(const lua::ScriptOptions& script, std::shared_ptr<lua::LlmService> answers) {
  lua::ScriptOptions o = script;
  o.llm = std::move(answers);
  o.keep_decisions = true;
  o.print = [](std::string_view) {};
  o.log = [](std::string_view, std::string_view) {};
  o.walker_dump = [](const lua::Walk&, const lua::WalkTables&, const std::string& path) { return path; };
  o.kind_dump = [](const lua::KindReport&, const std::string& path) { return path; };
  o.append_report = [](const std::string& kind, std::string_view) { return kind + ".jsonl"; };
  o.services.write = [](const std::vector<std::string>& path, const std::string&, lua::ServiceHost::Write) {
    return fmt::format("{}", fmt::join(path, "/"));
  };
  o.write_generated = [](const std::string&, const std::vector<lua::GeneratedFile>&) { return std::vector<std::string>(); };
  return o;
}

lua::ScriptOptions watched(const lua::ScriptOptions& script, const std::string& symbol, Seen& seen) {
  lua::ScriptOptions o = repetition(script, seen.answers);
  auto hooks = std::make_shared<lua::ProofHooks>();
  hooks->view_file = [&seen](const std::string& path, std::string text) {
    const std::lock_guard lock(seen.mutex);
    seen.files.try_emplace(path, text);
    return text;
  };
  hooks->view_candles = [&seen, symbol](const std::string& of, Loaded loaded) {
    seen.saw(of, loaded);
    if (of == symbol && !loaded->series.empty()) seen.looked_back(loaded->series.first());
    return loaded;
  };
  hooks->outside = [&seen](std::string_view what) {
    const std::lock_guard lock(seen.mutex);
    seen.outside.emplace(what);
  };
  o.proof = std::move(hooks);
  o.open_exchange = [&seen, symbol, open = script.open_exchange](const lua::ExchangeSchema& schema) {
    return std::make_shared<ChangedSource>(open(schema), [&seen, symbol](const std::string& of, const Loaded& loaded, Timestamp from) -> Loaded {
      seen.saw(of, loaded);
      if (of == symbol) seen.looked_back(from);
      // Nothing that was not asked for: else the run would not ask for it when it looks further back.
      return without_history(*loaded, from);
    });
  };
  return o;
}

// Hooks of a repetition that is not watched.
std::shared_ptr<lua::ProofHooks> plain_hooks() {
  auto hooks = std::make_shared<lua::ProofHooks>();
  hooks->view_file = [](const std::string&, std::string text) { return text; };
  hooks->view_candles = [](const std::string&, Loaded loaded) { return loaded; };
  hooks->outside = [](std::string_view) {};
  return hooks;
}

lua::ScriptOptions in_other_future(const lua::ScriptOptions& script, const Seen& seen, Timestamp moment, OtherFuture::Kind kind,
                                   std::uint64_t seed, std::shared_ptr<lua::LlmService> answers) {
  lua::ScriptOptions o = repetition(script, std::move(answers));
  o.to = moment + kMinute;  // nothing behind is compared
  const auto future = std::make_shared<OtherFuture>(moment, kind, seed, seen.candles);
  auto hooks = plain_hooks();
  const auto texts = std::make_shared<std::map<const PriceFile*, std::string>>();
  hooks->view_file = [future, texts, &seen](const std::string& path, std::string text) {
    for (const auto& [known, file] : seen.price_files) {
      if (known != path || !file.is(text)) continue;
      const auto [it, fresh] = texts->try_emplace(&file);
      if (fresh) it->second = file.seen_in(*future);
      return it->second;
    }
    return text;
  };
  hooks->view_candles = [future](const std::string& symbol, Loaded loaded) { return future->candles(symbol, loaded); };
  o.proof = std::move(hooks);
  o.open_exchange = [future, open = script.open_exchange](const lua::ExchangeSchema& schema) {
    return std::make_shared<ChangedSource>(open(schema), [future](const std::string& symbol, const Loaded& loaded, Timestamp) {
      return future->candles(symbol, loaded);
    });
  };
  return o;
}

// `found`: where the candles of `symbol` began when there were such.
lua::ScriptOptions with_history(const lua::ScriptOptions& script, const std::string& symbol, Timestamp first,
                                const std::shared_ptr<Timestamp>& found, std::shared_ptr<lua::LlmService> answers) {
  lua::ScriptOptions o = repetition(script, std::move(answers));
  auto hooks = plain_hooks();
  hooks->view_candles = [first](const std::string&, Loaded loaded) -> Loaded { return without_history(*loaded, first); };
  o.proof = std::move(hooks);
  o.open_exchange = [=, open = script.open_exchange](const lua::ExchangeSchema& schema) {
    const auto change = [=](const std::string& of, const Loaded& loaded, Timestamp) -> Loaded {
      Loaded kept = without_history(*loaded, first);
      if (of == symbol && !kept->series.empty()) *found = std::min(*found, kept->series.first());
      return kept;
    };
    return std::make_shared<ChangedSource>(open(schema), change, first);
  };
  return o;
}

// One repetition of all runs of a group.
struct Variant {
  enum class Kind { other_future, history };
  Kind kind;
  const std::vector<std::size_t>* group;  // wishes
  Timestamp moment = 0;
  bool cut = false;
  int times = 1;                          // of history
  std::vector<std::shared_ptr<Timestamp>> begins{};  // of the candles, for each of the group
  std::size_t first_run = 0;              // in the list of repetitions
};

class Prover {
 public:
  Prover(const std::vector<ProofWish>& wishes, const ProofOptions& options, Interrupt& interrupt,
         const std::function<void(const PoolProgress&)>& tick)
      : wishes_(wishes), options_(options), interrupt_(interrupt), tick_(tick), proofs_(wishes.size()), unanswered_(wishes.size()) {}

  std::vector<Proof> run() {
    const auto began = std::chrono::steady_clock::now();
    watch();
    for (const auto& group : groups_) plan(group);
    repeat();
    const std::chrono::duration<double> spent = std::chrono::steady_clock::now() - began;
    double run_seconds = 0;
    for (const ProofWish& wish : wishes_) run_seconds += wish.seconds;
    for (Proof& proof : proofs_) proof.seconds = spent.count(), proof.run_seconds = run_seconds;
    return std::move(proofs_);
  }

 private:
  std::vector<RunOutcome> pool(const std::vector<PoolRun>& runs) {
    RunPool pool({.threads = options_.threads}, interrupt_);
    return pool.run(runs, tick_);
  }

  // What a repetition of a run is given of its model; null without one.
  std::shared_ptr<RecordedAnswers> answers_for(std::size_t i) const {
    const auto& model = wishes_[i].script->llm;
    return model ? std::make_shared<RecordedAnswers>(model, seen_[i]->recordings) : nullptr;
  }

  static std::string missing(const std::shared_ptr<RecordedAnswers>& answers) { return answers ? answers->missing() : std::string(); }

  // Repeats every run as it was, to learn what it looks at and whether it decides the same again.
  void watch() {
    std::vector<lua::ScriptOptions> scripts;
    std::vector<lua::PlannedRun> planned;
    for (const ProofWish& wish : wishes_) {
      seen_.push_back(std::make_unique<Seen>());
      seen_.back()->recordings = recordings_of(wish.script->llm);
      seen_.back()->answers = answers_for(seen_.size() - 1);
      scripts.push_back(watched(*wish.script, wish.planned.symbol, *seen_.back()));
      planned.push_back(wish.planned);
    }
    groups_ = lock_step_groups(planned);
    std::vector<PoolRun> runs;
    for (std::size_t i = 0; i < wishes_.size(); ++i) runs.push_back({wishes_[i].planned, &scripts[i]});
    reference_ = pool(runs);
    for (std::size_t i = 0; i < wishes_.size(); ++i) {
      Proof& proof = proofs_[i];
      proof.symbol = wishes_[i].planned.symbol;
      proof.strategy_name = wishes_[i].label.empty() ? wishes_[i].planned.strategy_name : wishes_[i].label;
      proof.exchange_name = wishes_[i].planned.exchange_name;
      proof.frame_name = wishes_[i].planned.frame_name;
      lines_.push_back(read_decisions(reference_[i].report.decisions));
      const auto is_entry = [](const DecisionLine& d) { return d.entry; };
      proof.all_entries = static_cast<std::size_t>(std::ranges::count_if(lines_.back(), is_entry));
      Seen& seen = *seen_[i];
      for (const auto& [path, text] : seen.files) {
        PriceFile file(text, seen.candles);
        const bool lua_file = path.ends_with(".lua");
        if (!lua_file || file.matched() > 0) proof.files.push_back({path, file.symbol(), file.matched()});
        if (file.matched() > 0) seen.price_files.emplace_back(path, std::move(file));
      }
      proof.why = obstacle(i);
    }
  }

  std::string obstacle(std::size_t i) const {
    const lua::RunReport& report = reference_[i].report;
    if (interrupt_.requested()) return "the proof was interrupted";
    if (const std::string why = missing(seen_[i]->answers); !why.empty()) {
      return seen_[i]->recordings ? "a question to the model has no recorded answer: " + why : why;
    }
    if (!seen_[i]->outside.empty()) {
      return fmt::format("the script uses {}, and what comes from there cannot be cut off",
                         fmt::join(seen_[i]->outside, ", "));
    }
    if (!reference_[i].failure.empty()) return "the repeated run failed: " + reference_[i].failure;
    if (report.run_hash != wishes_[i].run_hash) {
      return "the same run, repeated, decided otherwise: it depends on something besides candles and files";
    }
    return {};
  }

  void plan(const std::vector<std::size_t>& group) {
    for (const std::size_t i : group) {
      if (proofs_[i].why.empty()) continue;
      for (const std::size_t other : group) {
        if (proofs_[other].why.empty()) proofs_[other].why = "a run that shares its risk limits could not be repeated";
      }
      return;
    }
    const lua::RunReport& report = reference_[group.front()].report;
    Timestamp end = report.frame_end;  // one of the group may have been left early
    std::vector<Timestamp> entries;
    for (const std::size_t i : group) {
      end = std::max(end, reference_[i].report.frame_end);
      for (const DecisionLine& d : lines_[i]) {
        if (d.entry) entries.push_back(d.time);
      }
    }
    const std::size_t checked = std::min(entries.size(), options_.entries);
    const std::vector<Truncation> chosen = choose_truncations(report.frame_start, end, std::move(entries), options_);
    for (const std::size_t i : group) {
      proofs_[i].moments = options_.moments, proofs_[i].entries = checked;
      if (chosen.empty()) proofs_[i].why = kNothingCut;
    }
    if (chosen.empty()) return;

    for (const auto [moment, cut] : chosen) {
      add({.kind = Variant::Kind::other_future, .group = &group, .moment = moment, .cut = cut}, [&](std::size_t i, auto answers) {
        return in_other_future(*wishes_[i].script, *seen_[i], moment, cut ? OtherFuture::Kind::cut : OtherFuture::Kind::replaced,
                               options_.seed, std::move(answers));
      });
    }
    for (const int times : {1, 2, 4}) {
      Variant variant{.kind = Variant::Kind::history, .group = &group, .times = times};
      for (std::size_t m = 0; m < group.size(); ++m) {
        variant.begins.push_back(std::make_shared<Timestamp>(std::numeric_limits<Timestamp>::max()));
      }
      add(variant, [&](std::size_t i, auto answers) {
        const Timestamp start = reference_[i].report.frame_start;
        const Timestamp back = start - std::min(seen_[i]->earliest.value_or(start), start - kDay);
        proofs_[i].history = back;
        const auto member = static_cast<std::size_t>(std::ranges::find(group, i) - group.begin());
        return with_history(*wishes_[i].script, wishes_[i].planned.symbol, start - back * times, variant.begins[member], std::move(answers));
      });
    }
  }

  template <class Make>
  void add(Variant variant, Make make) {
    variant.first_run = runs_.size();
    for (const std::size_t i : *variant.group) {
      answers_.push_back(answers_for(i));
      scripts_.push_back(std::make_unique<lua::ScriptOptions>(make(i, answers_.back())));
      lua::PlannedRun planned = wishes_[i].planned;
      planned.world = variants_.size();  // shares risk limits with nobody outside this repetition
      runs_.push_back({std::move(planned), scripts_.back().get()});
    }
    variants_.push_back(variant);
  }

  void repeat() {
    if (!runs_.empty()) outcomes_ = pool(runs_);
    for (std::size_t i = 0; i < proofs_.size(); ++i) {
      if (proofs_[i].why.empty() && interrupt_.requested()) proofs_[i].why = "the proof was interrupted";
      if (proofs_[i].why.empty()) proofs_[i].result = ProofResult::holds;
    }
    for (std::size_t v = 0; v < variants_.size(); ++v) {
      const Variant& variant = variants_[v];
      for (std::size_t m = 0; m < variant.group->size(); ++m) {
        const std::size_t i = (*variant.group)[m];
        if (proofs_[i].result == ProofResult::not_proven) continue;
        if (variant.kind == Variant::Kind::other_future) {
          judge(i, variant, variant.first_run + m);
        } else if (variant.times > 1) {
          // The first of the three histories stands before this one by one or two variants.
          const std::size_t base = v - (variant.times == 2 ? 1 : 2);
          compare_history(i, variant, *variant.begins[m], variants_[base].first_run + m, variant.first_run + m);
        }
      }
    }
    for (std::size_t i = 0; i < proofs_.size(); ++i) {
      if (unanswered_[i].empty() || proofs_[i].result != ProofResult::holds) continue;
      proofs_[i].result = ProofResult::not_proven;
      proofs_[i].why = "a repetition decided otherwise, but its model was asked what nobody had recorded: " + unanswered_[i];
    }
  }

  // A decision that changed where the model gave no answer shows nothing.
  void judge(std::size_t i, const Variant& variant, std::size_t run) {
    Proof judged = proofs_[i];
    judge_truncation(judged, lines_[i], outcomes_[run].report.decisions, outcomes_[run].failure, {variant.moment, variant.cut});
    const std::string why = missing(answers_[run]);
    if (judged.identical == proofs_[i].identical && !why.empty()) {
      if (unanswered_[i].empty()) unanswered_[i] = why;
      ++proofs_[i].truncations;
    } else {
      proofs_[i] = std::move(judged);
    }
  }

  void compare_history(std::size_t i, const Variant& variant, Timestamp begin, std::size_t base_run, std::size_t longer_run) {
    Proof& proof = proofs_[i];
    if (!missing(answers_[base_run]).empty() || !missing(answers_[longer_run]).empty()) {
      proof.warmup_gap = "with another history the model is asked what nobody has recorded";
      return;
    }
    const RunOutcome &base = outcomes_[base_run], &longer = outcomes_[longer_run];
    // Up to a minute is rounding.
    if (begin > reference_[i].report.frame_start - proof.history * variant.times + kMinute) {
      proof.warmup_gap = "there are no candles that early for longer histories";
    }
    judge_history(proof, variant.times, base.report.decisions, longer.report.decisions);
  }

  const std::vector<ProofWish>& wishes_;
  const ProofOptions& options_;
  Interrupt& interrupt_;
  const std::function<void(const PoolProgress&)>& tick_;
  std::vector<Proof> proofs_;
  std::vector<std::string> unanswered_;  // why a repetition that decided otherwise was given no answer
  std::vector<std::unique_ptr<Seen>> seen_;
  std::vector<std::vector<std::size_t>> groups_;
  std::vector<RunOutcome> reference_, outcomes_;
  std::vector<std::vector<DecisionLine>> lines_;  // of the reference
  std::vector<std::unique_ptr<lua::ScriptOptions>> scripts_;
  std::vector<std::shared_ptr<RecordedAnswers>> answers_;  // beside them
  std::vector<PoolRun> runs_;
  std::vector<Variant> variants_;
};

}  // namespace

std::string_view to_string(ProofResult result) {
  switch (result) {
    case ProofResult::holds:
      return "holds";
    case ProofResult::saw_the_future:
      return "saw the future";
    case ProofResult::not_proven:
      return "not proven";
  }
  return {};
}

std::vector<Proof> prove(const std::vector<ProofWish>& wishes, const ProofOptions& options, Interrupt& interrupt,
                         const std::function<void(const PoolProgress&)>& tick) {
  if (wishes.empty()) return {};
  return Prover(wishes, options, interrupt, tick).run();
}

}  // namespace btk::host
