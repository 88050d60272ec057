#include "lua/test_run.h"

#include <algorithm>
#include <limits>

#include <fmt/format.h>

#include "engine/error.h"
#include "lua/test_services.h"

namespace btk::lua {
namespace {

constexpr WorkKey kForEver{std::numeric_limits<Timestamp>::max(), 1};
constexpr const char* kMarket = "market";

WorkKey before(WorkKey key) { return key.stage > 0 ? WorkKey{key.minute, key.stage - 1} : WorkKey{key.minute - 1, 1}; }

/// A session whose clock is the simulated minute: nothing is ever late, nothing is written.
class TestHooks final : public LiveHooks {
 public:
  void watch(Script& script) { script_ = &script; }
  void before_order(const OrderQuery&) override {}
  void record(RunInput) override {}
  bool replaying() const override { return false; }
  std::optional<RunInput> recorded(RunInput::Kind, std::string_view, std::string_view) override { return {}; }
  Timestamp clock_now() override {
    return script_->has_run() ? static_cast<Timestamp>(script_->run().trader().now().when) : Timestamp{0};
  }

 private:
  Script* script_ = nullptr;
};

ScriptOptions options_of(const ScriptOptions& host, const TestRunSpec& spec) {
  ScriptOptions o = host;
  o.files.clear();
  if (spec.text.empty()) {
    o.files.push_back(spec.file);
  } else {
    o.texts.push_back({"script_text", spec.text});
  }
  o.services.kept = std::make_shared<MemoryKeyValueStore>();
  o.services.passing = std::make_shared<MemoryKeyValueStore>();
  o.from = spec.from;
  o.to = spec.to;
  o.settings.insert(o.settings.end(), spec.settings.begin(), spec.settings.end());
  if (spec.seed) o.seed = *spec.seed;
  o.strategy_name = spec.strategy_name;
  o.exchange_name = spec.candles ? kMarket : spec.exchange ? spec.exchange->exchange_name : spec.exchange_name;
  o.symbols = spec.symbols;
  o.variables = spec.variables;
  o.mode = spec.mode;
  o.keep_decisions = true;
  o.collect = test_event_kinds();
  if (spec.candles) o.open_exchange = [source = spec.candles](const ExchangeSchema&) { return source; };
  return o;
}

/// A script with what the test puts into it. `quiet`: what its main chunk prints was printed before.
class Member {
 public:
  Member(const ScriptOptions& options, std::filesystem::path test_file, const TestRunSpec& spec, Script::Role role, const PlannedRun* planned,
         bool quiet)
      : options_(options), test_file_(std::move(test_file)), spec_(spec), quiet_(quiet) {
    if (quiet_) options_.print = [this, &options](std::string_view line) { if (!loading_ && options.print) options.print(line); };
    if (options_.tests && options_.http) {
      options_.http = [this, send = options_.http](const HttpRequest& request) {
        options_.tests->asked_at = script_->isolate().now();
        return send(request);
      };
    }
    script_ = planned != nullptr ? std::make_unique<Script>(options_, role, planned->symbol, planned->strategy_name)
                                 : std::make_unique<Script>(options_, role);
    if (options_.tests && options_.tests->guard) guard_ = options_.tests->guard(script_->isolate());
    hooks_.watch(*script_);
    load();
    loading_ = false;
    if (!options_.tests) return;
    for (const LoadedFile& file : script_->isolate().files()) options_.tests->files.emplace(file.name, file.path);
  }

  Script& script() { return *script_; }
  TestHooks& hooks() { return hooks_; }
  bool over() const { return over_; }
  const std::string& failure() const { return failure_; }

  /// Does something with the script; what it throws ends the run.
  template <class Action>
  void attempt(Action action) {
    try {
      action();
    } catch (const std::exception& e) {
      failure_ = e.what();
      over_ = true;
    }
  }

  WorkKey key() { return script_->next_work().value_or(WorkKey{std::numeric_limits<Timestamp>::min(), 0}); }
  void advance(WorkKey horizon) {
    attempt([&] { over_ = script_->advance(horizon); });
  }

  std::string broker_calls() {
    if (spec_.broker.empty()) return "[]";
    lua_State* L = script_->isolate().state();
    script_->isolate().push_module("test_broker");
    lua_getfield(L, -1, "calls");
    lua_remove(L, -2);
    script_->isolate().call(0, 1);
    std::size_t size = 0;
    const char* text = lua_tolstring(L, -1, &size);
    std::string calls(text != nullptr ? std::string(text, size) : "[]");
    lua_pop(L, 1);
    return calls;
  }

 private:
  void load() {
    if (options_.files.empty()) add_test_folders(script_->isolate().loader(), test_file_);
    script_->load();
    if (spec_.candles) {
      ExchangeSchema market;
      market.exchange_name = kMarket;
      market.driver = "csv";  // never opened: open_exchange hands out the test's candles
      script_->lend(market);
    } else if (spec_.exchange) {
      script_->lend(*spec_.exchange);
    }
    if (spec_.broker.empty()) return;
    lua_State* L = script_->isolate().state();
    script_->isolate().push_module("test_broker");
    lua_getfield(L, -1, "install");
    lua_remove(L, -2);
    lua_pushlstring(L, spec_.broker.data(), spec_.broker.size());
    script_->isolate().call(1, 0);
  }

  ScriptOptions options_;
  std::filesystem::path test_file_;  ///< that asked for the run
  const TestRunSpec& spec_;
  bool quiet_, loading_ = true, over_ = false;
  std::string failure_;
  TestHooks hooks_;
  std::unique_ptr<Script> script_;
  std::shared_ptr<void> guard_;  ///< goes before the script
};

using Members = std::vector<std::unique_ptr<Member>>;

// The order of `btkhost run` for runs that share a risk profile: always the earliest work, of equals the first in the list.
void drive(Members& members) {
  while (true) {
    std::vector<std::pair<WorkKey, Member*>> open;
    for (auto& member : members) {
      if (!member->over()) open.emplace_back(member->key(), member.get());
    }
    if (open.empty()) return;
    const auto first = std::min_element(open.begin(), open.end(), [](const auto& a, const auto& b) { return a.first < b.first; });
    WorkKey horizon = kForEver;
    for (auto it = open.begin(); it != open.end(); ++it) {
      if (it != first) horizon = std::min(horizon, it < first ? before(it->first) : it->first);
    }
    first->second->advance(std::max(first->first, horizon));
  }
}

void begin_live(Member& member, const PlannedRun& planned, const TestRunSpec& spec, const std::shared_ptr<RiskBook>& risk) {
  Script& script = member.script();
  LiveSetup setup;
  setup.mode = spec.mode;
  setup.start = align(spec.from.value(), kMinute);
  setup.risk = risk;
  setup.use_broker = !spec.broker.empty() || (spec.mode == "live" && script.broker_enabled());
  setup.hooks = &member.hooks();
  script.begin_live(planned, std::move(setup));
  script.append_candles(script.closed_candles(script.candles_end(), spec.to.value() + kMinute));
}

// Minute by minute, in the order of the list.
void drive_live(Members& members, const TestRunSpec& spec) {
  for (Timestamp minute = align(spec.from.value(), kMinute); minute <= spec.to.value() + kMinute; minute += kMinute) {
    for (auto& member : members) {
      if (!member->over()) member->advance({minute, 1});
    }
  }
}

TestRunResult result_of(Member& member, const PlannedRun& planned) {
  TestRunResult result;
  Script& script = member.script();
  result.failure = member.failure();
  if (script.has_run()) {
    result.report = script.finish();
    if (result.failure.empty()) result.failure = result.report.fatal;
    result.candles = script.run().series(planned.symbol, Interval::m1);
    if (result.failure.empty()) result.broker_calls = member.broker_calls();
  } else {
    result.report.symbol = planned.symbol;
    result.report.strategy_name = planned.strategy_name;
    result.report.exchange_name = planned.exchange_name;
    result.report.frame_name = planned.frame_name;
    result.report.stats = trade_stats({});
  }
  return result;
}

}  // namespace

void add_test_folders(Loader& loader, const std::filesystem::path& test_file) {
  const std::filesystem::path folder = test_file.parent_path();
  loader.add_folder(folder);
  const std::string name = std::filesystem::absolute(test_file).lexically_normal().parent_path().filename().string();
  if (name == "tests" || name == "test" || name == "spec") loader.add_folder((folder / "..").lexically_normal());
}

std::uint32_t test_event_kinds() {
  std::uint32_t kinds = 0;
  for (const EventKind kind :
       {EventKind::position, EventKind::order, EventKind::commit, EventKind::partial_profit, EventKind::partial_loss,
        EventKind::breakeven, EventKind::risk_rejection, EventKind::refusal, EventKind::pause, EventKind::notify,
        EventKind::order_fill, EventKind::order_reject, EventKind::order_continue, EventKind::order_stop, EventKind::alarm,
        EventKind::exit_alarm}) {
    kinds |= 1U << static_cast<unsigned>(kind);
  }
  return kinds;
}

std::vector<TestRunResult> make_test_runs(const ScriptOptions& host, const TestRunSpec& spec) {
  const ScriptOptions options = options_of(host, spec);
  const std::filesystem::path& test_file = host.files.front();
  const bool backtest = spec.mode == "backtest";
  std::vector<PlannedRun> planned;
  std::vector<TestRunResult> results;
  {
    Member main(options, test_file, spec, Script::Role::main, nullptr, false);
    planned = backtest ? main.script().plan() : main.script().plan_live();
    for (RunReport& report : main.script().own_reports()) {
      std::string failure = report.fatal;
      results.push_back({.report = std::move(report), .failure = std::move(failure)});
    }
  }
  const auto risk = std::make_shared<RiskBook>();
  Members members;
  for (const PlannedRun& run : planned) {
    members.push_back(std::make_unique<Member>(options, test_file, spec, Script::Role::worker, &run, true));
    Member& member = *members.back();
    member.attempt([&] { backtest ? member.script().begin(run, risk) : begin_live(member, run, spec, risk); });
  }
  backtest ? drive(members) : drive_live(members, spec);
  for (std::size_t i = 0; i < members.size(); ++i) results.push_back(result_of(*members[i], planned[i]));
  if (results.empty()) throw Error("run: the script makes no run");
  return results;
}

}  // namespace btk::lua
