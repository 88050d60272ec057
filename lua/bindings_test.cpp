// core.host functions of btk.test (lua/btk/test.lua).
#include <array>

#include <fmt/format.h>

#include "engine/config.h"
#include "engine/error.h"
#include "engine/text.h"
#include "lua/bindings.h"
#include "lua/convert.h"
#include "lua/memory_source.h"
#include "lua/test_run.h"

namespace btk::lua {
namespace {

// Names of EventKind, in its order.
constexpr std::array<std::string_view, 30> kKinds{
    "before_start",   "after_end",   "progress",      "tick",           "write",           "position",      "order",
    "commit",         "active_ping", "schedule_ping", "idle_ping",      "partial_profit",  "partial_loss",  "breakeven",
    "profit_progress", "loss_progress", "highest_profit", "max_drawdown", "risk_rejection", "refusal",      "pause",
    "notify",         "order_sync",  "order_check",   "order_fill",     "order_reject",    "order_continue", "order_stop",
    "alarm",          "exit_alarm"};

std::string price_text(double value) { return shortest(value); }

/// "BTCUSDT 2024-01-01 10:03 open 1 high 2 low 1 close 2", the candle of that minute; empty without one.
std::string candle_text(const CandleSeries& series, const std::string& symbol, Timestamp when) {
  if (!series.contains(when)) return {};
  const Candle c = series.at(static_cast<std::size_t>(series.index_of(when)));
  return fmt::format("{} {} open {} high {} low {} close {}", symbol, format_minute(c.timestamp), price_text(c.open), price_text(c.high),
                     price_text(c.low), price_text(c.close));
}

void set_candle(lua_State* L, const CandleSeries& series, const std::string& symbol, Timestamp when) {
  const std::string text = candle_text(series, symbol, when);
  if (!text.empty()) set_field(L, "candle", std::string_view(text));
}

void push_errors(lua_State* L, const RunReport& r, const CandleSeries& series) {
  lua_newtable(L);
  int n = 0;
  for (const ReportedError& e : r.errors) {
    lua_newtable(L);
    set_field(L, "where", std::string_view(e.where));
    set_field(L, "message", std::string_view(e.message));
    set_field(L, "file", std::string_view(e.file));
    set_field(L, "line", static_cast<double>(e.line));
    set_field(L, "count", static_cast<double>(e.count));
    set_field(L, "first_at", static_cast<double>(e.first_at));
    set_candle(L, series, r.symbol, e.first_at - kMinute);  // the newest closed one of that moment
    lua_rawseti(L, -2, ++n);
  }
}

void push_report(lua_State* L, const TestRunResult& result, bool backtest) {
  const RunReport& r = result.report;
  const TraderSetup setup = names_of(r);
  const Costs costs(r.config);
  const RowContext context{setup, costs, backtest};
  lua_newtable(L);
  set_names(L, context);
  set_field(L, "run_hash", std::string_view(r.run_hash));
  set_field(L, "decisions", std::string_view(r.decisions));
  set_field(L, "warmup_ticks", static_cast<double>(r.warmup_ticks));
  set_field(L, "signal_calls", static_cast<double>(r.signal_calls));
  set_field(L, "data_ended", r.data_ended);
  set_field(L, "broker_calls", std::string_view(result.broker_calls));
  if (!result.failure.empty()) set_field(L, "failure", std::string_view(result.failure));
  push_stats(L, r.stats);
  lua_setfield(L, -2, "stats");
  lua_newtable(L);
  int n = 0;
  for (const FinishedSignal& f : r.signals) {
    push_finished(L, context, f);
    set_candle(L, result.candles, r.symbol, f.close_timestamp);
    lua_rawseti(L, -2, ++n);
  }
  lua_setfield(L, -2, "signals");
  lua_newtable(L);
  n = 0;
  for (const Event& e : r.events) {
    push_event(L, context, e);
    set_field(L, "kind", kKinds.at(static_cast<std::size_t>(e.kind)));
    lua_rawseti(L, -2, ++n);
  }
  lua_setfield(L, -2, "events");
  push_errors(L, r, result.candles);
  lua_setfield(L, -2, "errors");
}

std::optional<Timestamp> moment_field(lua_State* L, const char* key) {
  lua_getfield(L, 1, key);
  std::optional<Timestamp> value;
  if (lua_isnumber(L, -1)) value = static_cast<Timestamp>(lua_tonumber(L, -1));
  lua_pop(L, 1);
  return value;
}

std::vector<Candle> read_candles(lua_State* L) {
  std::vector<Candle> rows;
  for (int i = 1, n = static_cast<int>(lua_objlen(L, -1)); i <= n; ++i) {
    lua_rawgeti(L, -1, i);
    const int row = lua_gettop(L);
    rows.push_back({static_cast<Timestamp>(number_field(L, row, "timestamp")), number_field(L, row, "open"),
                    number_field(L, row, "high"), number_field(L, row, "low"), number_field(L, row, "close"),
                    number_field(L, row, "volume")});
    lua_pop(L, 1);
  }
  return rows;
}

// spec.candles: { SYMBOL = { candle, ... } }
std::shared_ptr<CandleSource> read_market(lua_State* L) {
  std::shared_ptr<CandleSource> source;
  lua_getfield(L, 1, "candles");
  if (lua_istable(L, -1)) {
    std::map<std::string, std::vector<Candle>> candles;
    for (lua_pushnil(L); lua_next(L, -2) != 0; lua_pop(L, 1)) candles[text_arg(L, -2)] = read_candles(L);
    source = std::make_shared<MemorySource>(candles);
  }
  lua_pop(L, 1);
  return source;
}

// A field { { name, value }, ... }.
std::vector<std::pair<std::string, std::string>> read_pairs(lua_State* L, const char* key) {
  std::vector<std::pair<std::string, std::string>> out;
  lua_getfield(L, 1, key);
  for (int i = 1, n = static_cast<int>(lua_objlen(L, -1)); i <= n; ++i) {
    lua_rawgeti(L, -1, i);
    lua_rawgeti(L, -1, 1);
    lua_rawgeti(L, -2, 2);
    out.emplace_back(text_arg(L, -2), text_arg(L, -1));
    lua_pop(L, 3);
  }
  lua_pop(L, 1);
  return out;
}

TestRunSpec read_spec(lua_State* L, Script& script) {
  TestRunSpec spec;
  const std::filesystem::path folder = script.options().files.front().parent_path();
  const std::string file = text_field(L, 1, "script");
  if (!file.empty()) spec.file = (folder / file).lexically_normal();
  spec.text = text_field(L, 1, "text");
  if (file.empty() && spec.text.empty()) throw Error("run: script_text is empty");
  spec.strategy_name = text_field(L, 1, "strategy_name");
  spec.exchange_name = text_field(L, 1, "exchange_name");
  spec.mode = text_field(L, 1, "mode", "backtest");
  spec.broker = text_field(L, 1, "broker");
  spec.from = moment_field(L, "from");
  spec.to = moment_field(L, "to");
  if (const auto seed = moment_field(L, "seed")) spec.seed = static_cast<std::uint64_t>(*seed);
  spec.candles = read_market(L);
  lua_getfield(L, 1, "exchange");
  if (lua_istable(L, -1)) {
    spec.exchange = read_exchange(L, lua_gettop(L));
    spec.exchange->base_dir = folder.string();
    if (spec.exchange->exchange_name.empty()) spec.exchange->exchange_name = "exchange of the test";
    if (spec.exchange->driver.empty()) throw Error("run: exchange needs a driver, \"csv\" or \"synthetic\"");
  }
  lua_pop(L, 1);
  lua_getfield(L, 1, "has_symbols");
  const bool has_symbols = lua_toboolean(L, -1) != 0;
  lua_pop(L, 1);
  lua_getfield(L, 1, "symbols");
  for (int i = 1, n = static_cast<int>(lua_objlen(L, -1)); has_symbols && i <= n; ++i) {
    lua_rawgeti(L, -1, i);
    spec.symbols.push_back(text_arg(L, -1));
    lua_pop(L, 1);
  }
  lua_pop(L, 1);
  spec.settings = read_pairs(L, "settings");
  spec.variables = read_pairs(L, "env");
  return spec;
}

// test_run(spec): a list of reports, one per symbol.
int test_run(lua_State* L, Script& script) {
  const TestRunSpec spec = read_spec(L, script);
  const std::vector<TestRunResult> results = make_test_runs(script.options(), spec);
  lua_newtable(L);
  int n = 0;
  for (const TestRunResult& result : results) {
    push_report(L, result, spec.mode == "backtest");
    lua_rawseti(L, -2, ++n);
  }
  return 1;
}

// test_report(): of the newest run of this state.
int test_report(lua_State* L, Script& script) {
  Run& run = *script.runs().back();
  TestRunResult result;
  result.report = run.report();
  result.failure = result.report.fatal;
  result.candles = run.series(result.report.symbol, Interval::m1);
  push_report(L, result, true);
  return 1;
}

// test_config(values, unsafe): the next run's settings, whatever runs there were. All rules are checked unless `unsafe`.
int test_config(lua_State* L, Script& script) {
  Config config = script.config();
  for (lua_pushnil(L); lua_next(L, 1) != 0; lua_pop(L, 1)) {
    const std::string name = lua_type(L, -2) == LUA_TSTRING ? text_arg(L, -2) : "";
    const ConfigKey* key = find_config_key(name);
    if (key == nullptr) throw Error(fmt::format("run: settings has the unknown key \"{}\"; keys are names such as CC_PERCENT_FEE", name));
    if (lua_isboolean(L, -1)) {
      set(config, *key, lua_toboolean(L, -1) != 0);
    } else {
      set(config, *key, lua_tonumber(L, -1));
    }
  }
  if (const auto broken = check(config); !lua_toboolean(L, 2) && !broken.empty()) throw Error("run: settings: " + broken.front());
  script.config() = config;
  return 0;
}

// test_clock(ms): what os.time() shows outside of runs.
int test_clock(lua_State* L, Script& script) {
  script.set_idle_clock(static_cast<Timestamp>(lua_tonumber(L, 1)));
  return 0;
}

constexpr NamedBinding kTestBindings[] = {
    {"test_run", bound<test_run>},
    {"test_report", bound<test_report>},
    {"test_config", bound<test_config>},
    {"test_clock", bound<test_clock>},
};

}  // namespace

std::span<const NamedBinding> test_bindings() { return kTestBindings; }

}  // namespace btk::lua
