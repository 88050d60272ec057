#include "optimizer/sandbox/evaluation.h"

#include <fmt/format.h>
#include <time.h>

#include <algorithm>
#include <chrono>
#include <limits>
#include <new>

#include "engine/error.h"
#include "lua/held_candles.h"
#include "lua/script.h"
#include "optimizer/sandbox/output.h"

namespace btk::optimizer {
namespace {

constexpr Timestamp kSlice = kDay;  ///< simulated time between two questions whether to stop

double cpu_now() {
  timespec now{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec) * 1e-9;
}

// The one symbol that is tried, from memory. Nothing that was not asked for: else nobody would learn how far the
// strategy looks back.
class MemorySource : public lua::CandleSource {
 public:
  MemorySource(const Ground& ground, Timestamp& earliest) : ground_(ground), earliest_(earliest) {}
  std::shared_ptr<const lua::LoadedCandles> load(const std::string& symbol, Timestamp from, Timestamp) override {
    if (symbol != ground_.symbol)
      throw Error(fmt::format("a generated file sees candles of {} only, not of {:.40}", ground_.symbol, symbol));
    earliest_ = earliest_ == 0 ? from : std::min(earliest_, from);
    if (from <= ground_.candles->series.first()) return ground_.candles;
    return lua::part(*ground_.candles, from, ground_.candles->series.end());
  }

 private:
  const Ground& ground_;
  Timestamp& earliest_;
};

// An error of the sandbox's own making on the way to the result.
struct Failed {
  Failure failure;
};

[[noreturn]] void fail(FailureKind kind, std::string reason) { throw Failed{{kind, std::move(reason)}}; }

bool mentions(const std::string& text, std::string_view what) { return text.find(what) != std::string::npos; }

/// The kind of a script error that nobody stopped.
FailureKind kind_of(const std::string& message) {
  if (mentions(message, "a generated file may not use")) return FailureKind::forbidden;
  if (mentions(message, "not enough memory")) return FailureKind::memory;
  if (mentions(message, "s of processor time")) return FailureKind::timeout;
  return FailureKind::script_error;
}

class CandidateRun {
 public:
  CandidateRun(const Evaluation& how, const Candidate& candidate)
      : how_(how), candidate_(candidate), output_(how.limits, how.guards.output_limit) {}

  CandidateResult run() {
    CandidateResult result;
    const auto began = std::chrono::steady_clock::now();
    const double cpu = cpu_now();
    try {
      result.report = make();
      if (!result.report.fatal.empty()) result.failure = {kind_of(result.report.fatal), result.report.fatal};
    } catch (const Failed& failed) {
      result.failure = failed.failure;
    } catch (const lua::ScriptFailure& failure) {
      result.failure = describe(failure);
    } catch (const std::bad_alloc&) {
      result.failure = {FailureKind::memory, "the memory for it is used up"};
    } catch (const std::exception& problem) {
      result.failure = {kind_of(problem.what()), problem.what()};
    }
    script_.reset();
    result.report.symbol = how_.ground.symbol;
    output_.hand_over(result);
    result.earliest = earliest_;
    result.cpu_seconds = cpu_now() - cpu;
    result.wall_seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - began).count();
    return result;
  }

 private:
  lua::ScriptOptions options() {
    const Ground& g = how_.ground;
    const SandboxLimits& limits = how_.limits;
    const Guards& guards = how_.guards;
    lua::ScriptOptions o;
    o.texts = {{candidate_.name, candidate_.text}};
    o.seed = g.seed;
    o.settings = g.settings;
    o.keep_decisions = g.keep_decisions;
    o.unsafe = !guards.allow_list;
    o.guarded = guards.cpu_budget;
    if (guards.memory_cap) o.memory_cap = limits.memory_bytes;
    else o.memory_cap = std::numeric_limits<std::size_t>::max() / 2;
    o.generated = lua::GeneratedProfile{.allow_list = guards.allow_list,
                                        .text_only = guards.text_only,
                                        .bounded_library = guards.bounded_library,
                                        .bounded_answers = guards.bounded_answers,
                                        .compiler = how_.compiler,
                                        .call_seconds = limits.call_cpu_seconds};
    if (guards.cpu_budget) o.cpu = lua::CpuLimits{limits.call_cpu_seconds, limits.cpu_seconds, limits.wall_seconds};
    lua::ExchangeSchema exchange;
    exchange.exchange_name = g.exchange_name;
    exchange.driver = "synthetic";  // open_exchange gives candles from memory whatever stands here
    o.lent_exchange = exchange;
    o.lent_frame = lua::FrameSchema{g.frame_name, "", g.frame_interval, g.from, g.to};
    o.open_exchange = [this](const lua::ExchangeSchema&) { return std::make_shared<MemorySource>(how_.ground, earliest_); };
    o.print = [this](std::string_view line) { say("info", line); };
    o.log = [this](std::string_view level, std::string_view text) { say(level, text); };
    return o;
  }

  void say(std::string_view level, std::string_view text) {
    const Timestamp when = script_ && script_->has_run() ? static_cast<Timestamp>(script_->run().trader().now().when) : 0;
    if (output_.take(level, text, when)) return;
    shouted_ = true;
    if (script_) script_->interrupt();
  }

  void compile() {
    if (how_.guards.text_only && candidate_.text.starts_with(LUA_SIGNATURE[0]))
      fail(FailureKind::syntax, "it is compiled Lua; a generated file is text");
    lua_State* L = script_->isolate().state();
    const char* mode = how_.guards.text_only ? "t" : "bt";
    const int status =
        luaL_loadbufferx(L, candidate_.text.data(), candidate_.text.size(), ("@" + candidate_.name).c_str(), mode);
    const char* text = status != 0 ? lua_tostring(L, -1) : nullptr;
    const std::string problem = text != nullptr ? text : "";
    lua_pop(L, 1);
    if (status == LUA_ERRMEM) fail(FailureKind::memory, "it needs more memory to be compiled than it is allowed");
    if (status != 0) fail(FailureKind::syntax, problem);
  }

  /// Runs the file's main chunk in a state of its own. math.random starts from seed, symbol and strategy.
  void load(const std::string& strategy) {
    script_.reset();
    script_ = std::make_unique<lua::Script>(options_, lua::Script::Role::worker, how_.ground.symbol, strategy);
    compile();
    script_->load();
  }

  /// The name of the strategy that the file registers; `expected` if it is known already.
  std::string find_strategy(const std::string& expected) {
    const lua::WalkerOffer offer = script_->walker_offer();
    const auto& found = offer.strategies;
    if (found.empty()) fail(FailureKind::no_strategy, "it registers no strategy; a generated file registers one with btk.add_strategy");
    if (found.size() > 1 && expected.empty())
      fail(FailureKind::no_strategy, fmt::format("it registers {} strategies; a generated file registers one", found.size()));
    const std::string name = expected.empty() ? found.front().name : expected;
    if (std::ranges::none_of(found, [&](const auto& one) { return one.name == name; }))
      fail(FailureKind::no_strategy, fmt::format("it registers \"{:.100}\", not \"{}\"", found.front().name, name));
    if (!is_strategy_name(name))
      fail(FailureKind::no_strategy, "its strategy has a name that is none: 1 to 100 of A-Z a-z 0-9 . _ - are");
    return name;
  }

  lua::RunReport make() {
    if (candidate_.text.size() > how_.limits.text_bytes)
      fail(FailureKind::too_large,
           fmt::format("the file has {} bytes; a generated file may have {}", candidate_.text.size(), how_.limits.text_bytes));
    options_ = options();
    std::string strategy = how_.ground.strategy_name;
    if (strategy.empty()) {
      load({});
      strategy = find_strategy({});
      output_.begin_again();  // it is loaded once more under its name, and says everything again
    }
    load(strategy);
    find_strategy(strategy);
    lua::PlannedRun planned;
    planned.symbol = how_.ground.symbol;
    planned.strategy_name = strategy;
    planned.exchange_name = how_.ground.exchange_name;
    planned.frame_name = how_.ground.frame_name;
    script_->begin(planned, nullptr);
    for (Timestamp until = how_.ground.from;; until += kSlice) {
      if (how_.stopped && how_.stopped()) fail(FailureKind::interrupted, "it was interrupted");
      if (script_->advance(WorkKey{until, 1})) break;
      if (how_.guards.bounded_answers && script_->run().trader().finished().size() > how_.limits.signals)
        fail(FailureKind::too_much_output, fmt::format("it made more than {} signals", how_.limits.signals));
      const auto next = script_->next_work();
      if (next) until = std::max(until, next->minute);
    }
    return script_->finish();
  }

  Failure describe(const lua::ScriptFailure& failure) const {
    switch (failure.error().stop) {
      case lua::StopReason::memory:
        return {FailureKind::memory,
                fmt::format("it used more than {} MiB of memory", how_.limits.memory_bytes >> 20)};
      case lua::StopReason::deadline:
        return {FailureKind::timeout, late()};
      case lua::StopReason::interrupted:
        if (shouted_)
          return {FailureKind::too_much_output, fmt::format("it logged more than {} KiB", how_.limits.output_bytes >> 10)};
        return {FailureKind::interrupted, "it was interrupted"};
      case lua::StopReason::none:
        break;
    }
    return {kind_of(failure.what()), failure.what()};
  }

  std::string late() const {
    const auto breach = script_ && script_->budget() ? script_->budget()->breach() : lua::CpuBudget::Breach::none;
    const SandboxLimits& limits = how_.limits;
    switch (breach) {
      case lua::CpuBudget::Breach::call:
        return fmt::format("one call of it used more than {:g} s of processor time", limits.call_cpu_seconds);
      case lua::CpuBudget::Breach::wall:
        return fmt::format("it still ran after {:g} s", limits.wall_seconds);
      case lua::CpuBudget::Breach::total:
      case lua::CpuBudget::Breach::none:
        break;
    }
    return fmt::format("it used more than {:g} s of processor time", limits.cpu_seconds);
  }

  const Evaluation& how_;
  const Candidate& candidate_;
  Output output_;
  lua::ScriptOptions options_;
  std::unique_ptr<lua::Script> script_;
  bool shouted_ = false;
  Timestamp earliest_ = 0;
};

}  // namespace

CandidateResult evaluate_here(const Evaluation& how, const Candidate& candidate) { return CandidateRun(how, candidate).run(); }

}  // namespace btk::optimizer
