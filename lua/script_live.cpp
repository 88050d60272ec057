// Paper and live: the parts of Script that a back-test has no use for.
#include <chrono>
#include <utility>

#include <fmt/format.h>

#include "engine/error.h"
#include "lua/bindings.h"
#include "lua/convert.h"
#include "lua/script.h"

namespace btk::lua {
namespace {

std::string field_at(lua_State* L, const char* key) {
  lua_getfield(L, -1, key);
  std::string text = text_arg(L, -1);
  lua_pop(L, 1);
  return text;
}

std::vector<std::string> list_at(lua_State* L) {
  std::vector<std::string> out;
  for (int i = 1, n = static_cast<int>(lua_objlen(L, -1)); i <= n; ++i) {
    lua_rawgeti(L, -1, i);
    out.push_back(text_arg(L, -1));
    lua_pop(L, 1);
  }
  return out;
}

}  // namespace

void Script::begin_live(const PlannedRun& planned, LiveSetup setup) {
  live_setup_ = std::move(setup);
  loading_candles_ = false;
  push_context(planned);
  call_module("begin_live", 2, 0);
}

void Script::append_candles(std::span<const Candle> candles) { run().append_candles(run().trader().setup().symbol, candles); }

Timestamp Script::candles_end() { return run().candles_end(run().trader().setup().symbol); }

std::vector<SeenCandles> Script::take_seen() { return run().take_seen(); }

std::vector<Candle> Script::closed_candles(Timestamp from, Timestamp to) {
  if (CandleSource* source = run().source()) return source->closed(run().trader().setup().symbol, from, to);
  lua_State* L = isolate_->state();
  lua_pushnumber(L, static_cast<double>(from));
  lua_pushnumber(L, static_cast<double>(to));
  call_module("closed_candles", 2, 1);
  std::vector<Candle> candles = real_candles(L, -1);
  lua_pop(L, 1);
  return candles;
}

Timestamp Script::exchange_ahead() {
  CandleSource* source = run().source();
  return source != nullptr ? source->ahead() : 0;
}

void Script::command(const std::string& name) {
  if (!run().take_command(name)) {
    throw Error(fmt::format("a run has no command \"{}\"; there are stop, pause, resume, flatten, block, unblock", name));
  }
}

bool Script::broker_enabled() {
  lua_State* L = isolate_->state();
  call_module("broker_enabled", 0, 1);
  const bool enabled = lua_toboolean(L, -1) != 0;
  lua_pop(L, 1);
  return enabled;
}

std::span<const std::string_view> broker_commits() {
  static constexpr std::string_view kCommits[] = {"signal-open", "signal-close",  "partial-profit", "partial-loss",
                                                  "average-buy", "trailing-stop", "trailing-take",  "breakeven"};
  return kCommits;
}

namespace {

// Nobody keeps what a trial does; its clock goes on from the moment of the order.
class TrialHooks final : public LiveHooks {
 public:
  explicit TrialHooks(Timestamp now) : now_(now) {}
  void before_order(const OrderQuery&) override {}
  void record(RunInput) override {}
  bool replaying() const override { return false; }
  std::optional<RunInput> recorded(RunInput::Kind, std::string_view, std::string_view) override { return std::nullopt; }
  Timestamp clock_now() override {
    const auto spent = std::chrono::steady_clock::now() - began_;
    return now_ + std::chrono::duration_cast<std::chrono::milliseconds>(spent).count();
  }

 private:
  const Timestamp now_;
  const std::chrono::steady_clock::time_point began_ = std::chrono::steady_clock::now();
};

}  // namespace

BrokerTrial Script::try_broker(const std::string& commit, const TraderSetup& names, const OrderQuery& query) {
  lua_State* L = isolate_->state();
  moment_ = query.time;
  TrialHooks hooks(query.signal.observed_at);
  LiveSetup setup;
  setup.mode = "live";
  setup.start = align(query.time, kMinute);
  setup.risk = std::make_shared<RiskBook>();
  setup.use_broker = true;
  setup.hooks = &hooks;
  setup.state.emplace();  // nothing is held, and it is that minute
  setup.state->minute = setup.start;
  setup.state->stage = 1;
  setup.state->next_tick = setup.start + kMinute;
  live_setup_ = std::move(setup);
  struct End {  // of the run, before its hooks go
    Script& script;
    ~End() {
      script.set_current(nullptr);
      script.watches_.clear();
      script.runs_.clear();
    }
  };
  const End end{*this};
  push_text(L, commit);
  const Costs costs(config_);
  push_order_query(L, {names, costs, false}, query);
  call_module("try_broker", 2, 2);
  BrokerTrial trial{text_arg(L, -2), read_fill(L, lua_gettop(L), trial.problem)};
  lua_pop(L, 2);
  return trial;
}

void Script::announce_done_live(const RunReport& report) {
  push_names(report);
  call_module("live_done", 1, 0);
}

void Script::announce_reload(const ReloadNotice& notice) {
  lua_State* L = isolate_->state();
  lua_createtable(L, 0, 5);
  push_text(L, notice.file);
  lua_setfield(L, -2, "file");
  lua_pushboolean(L, notice.ok);
  lua_setfield(L, -2, "ok");
  if (!notice.error.empty()) {
    push_text(L, notice.error);
    lua_setfield(L, -2, "error");
  }
  lua_pushinteger(L, notice.version);
  lua_setfield(L, -2, "version");
  lua_createtable(L, static_cast<int>(notice.symbols.size()), 0);
  int i = 0;
  for (const std::string& symbol : notice.symbols) {
    push_text(L, symbol);
    lua_rawseti(L, -2, ++i);
  }
  lua_setfield(L, -2, "symbols");
  call_module("reload_event", 1, 0);
}

// Hot reload ------------------------------------------------------------------

std::optional<RunShape> Script::shape(const PlannedRun& planned, std::string& why) {
  lua_State* L = isolate_->state();
  push_context(planned);
  call_module("shape", 2, 1);
  if (lua_isstring(L, -1)) {
    why = text_arg(L, -1);
    lua_pop(L, 1);
    return std::nullopt;
  }
  RunShape shape{field_at(L, "interval"), field_at(L, "exchange")};
  lua_pop(L, 1);
  return shape;
}

std::string reload_refusal(Script& running, Script& fresh, const PlannedRun& planned) {
  std::string why;
  const auto after = fresh.shape(planned, why);
  if (!after) return why;
  const auto before = running.shape(planned, why);
  if (!before) return why;
  if (after->interval != before->interval) {
    return fmt::format("strategy \"{}\" would change its interval from {} to {}; stop and start for that", planned.strategy_name,
                       before->interval, after->interval);
  }
  if (after->exchange != before->exchange) {
    return fmt::format("exchange \"{}\" would change from {} to {}; stop and start for that", planned.exchange_name,
                       before->exchange, after->exchange);
  }
  return {};
}

std::unique_ptr<Run> Script::release_run() {
  call_module("let_go", 0, 0);
  set_current(nullptr);
  watches_.clear();
  std::unique_ptr<Run> run = std::move(runs_.back());
  runs_.clear();
  return run;
}

void Script::adopt_run(std::unique_ptr<Run> run, const PlannedRun& planned, LiveSetup setup) {
  live_setup_ = setup;
  run->move_to(kept_series_, std::move(setup));
  add_run(std::move(run));
  lua_State* L = isolate_->state();
  push_context(planned);
  lua_pushlightuserdata(L, runs_.back().get());
  call_module("adopt", 3, 0);
}

// A list of the tables that the files returned; false for a file that returned none.
void Script::push_returned_tables() {
  lua_State* L = isolate_->state();
  lua_createtable(L, static_cast<int>(returned_.size()), 0);
  int i = 0;
  for (const Ref& value : returned_) {
    value.push(L);
    if (!lua_istable(L, -1)) {
      lua_pop(L, 1);
      lua_pushboolean(L, 0);
    }
    lua_rawseti(L, -2, ++i);
  }
}

std::string Script::save_state() {
  lua_State* L = isolate_->state();
  push_returned_tables();
  call_module("save_state", 1, 1);
  std::string state = text_arg(L, -1);
  lua_pop(L, 1);
  return state;
}

void Script::restore_state(const std::string& state, int old_version) {
  lua_State* L = isolate_->state();
  push_returned_tables();
  push_text(L, state);
  lua_pushinteger(L, old_version);
  call_module("restore_state", 3, 0);
}

// Persistence in Lua ------------------------------------------------------------

bool Script::has_persist() {
  lua_State* L = isolate_->state();
  call_module("has_persist", 0, 1);
  const bool has = lua_toboolean(L, -1) != 0;
  lua_pop(L, 1);
  return has;
}

std::optional<std::string> Script::persist_read(const std::string& kind, const std::string& key) {
  lua_State* L = isolate_->state();
  push_text(L, kind);
  push_text(L, key);
  call_module("persist_read", 2, 1);
  std::optional<std::string> value;
  if (lua_isstring(L, -1)) value = text_arg(L, -1);
  lua_pop(L, 1);
  return value;
}

void Script::persist_write(const std::string& kind, const std::string& key, const std::string& json) {
  lua_State* L = isolate_->state();
  push_text(L, kind);
  push_text(L, key);
  push_text(L, json);
  call_module("persist_write", 3, 0);
}

std::vector<std::string> Script::persist_keys(const std::string& kind) {
  lua_State* L = isolate_->state();
  push_text(L, kind);
  call_module("persist_keys", 1, 1);
  std::vector<std::string> keys = list_at(L);
  lua_pop(L, 1);
  return keys;
}

}  // namespace btk::lua
