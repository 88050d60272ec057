// Configuration, names, dates and statistics for the Lua half of the module.
#include <cmath>
#include <cstdlib>
#include <optional>

#include <fmt/format.h>

#include "engine/config_changes.h"
#include "engine/error.h"
#include "engine/stats_live.h"
#include "engine/text.h"
#include "lua/bindings.h"
#include "lua/convert.h"
#include "lua/not_specified.h"
#include "lua/sandbox.h"

namespace btk::lua {
namespace {

// nearest(name, list): the entry most like the name, or nil.
int nearest_name(lua_State* L, Script&) {
  std::vector<std::string> names;
  for (int i = 1, n = static_cast<int>(lua_objlen(L, 2)); i <= n; ++i) {
    lua_rawgeti(L, 2, i);
    names.push_back(text_arg(L, -1));
    lua_pop(L, 1);
  }
  const std::vector<std::string_view> views(names.begin(), names.end());
  const std::string name = text_arg(L, 1);
  const std::string_view found = nearest(name, views);
  if (found.empty()) return 0;
  lua_pushlstring(L, found.data(), found.size());
  return 1;
}

// parse_date(text[, last_minute]): ms, or nothing.
int date(lua_State* L, Script&) {
  const auto t = parse_date(text_arg(L, 1), lua_toboolean(L, 2) ? DayEdge::last_minute : DayEdge::first_minute);
  if (!t) return 0;
  lua_pushnumber(L, static_cast<double>(*t));
  return 1;
}

int format_time(lua_State* L, Script&) {
  const std::string text = format_minute(static_cast<Timestamp>(lua_tonumber(L, 1)));
  lua_pushlstring(L, text.data(), text.size());
  return 1;
}

int iso(lua_State* L, Script&) {
  const std::string text = format_iso(static_cast<Timestamp>(lua_tonumber(L, 1)));
  lua_pushlstring(L, text.data(), text.size());
  return 1;
}

int environment(lua_State* L, Script& script) {
  const std::string name = text_arg(L, 1);
  const char* value = std::getenv(name.c_str());
  for (const auto& [given, text] : script.options().variables) {
    if (given == name) value = text.c_str();
  }
  if (!value) return 0;
  lua_pushstring(L, value);
  return 1;
}

int fixed_text(lua_State* L, Script&) {
  const std::string text = fixed(lua_tonumber(L, 1), static_cast<int>(lua_tonumber(L, 2)));
  lua_pushlstring(L, text.data(), text.size());
  return 1;
}

int check_driver(lua_State* L, Script&) {
  static constexpr std::string_view kDrivers[] = {"csv", "synthetic", "sqlite", "binance"};
  const std::string name = text_arg(L, 1);
  for (const std::string_view driver : kDrivers) {
    if (name == driver) return 0;
  }
  const std::string_view near = nearest(name, kDrivers);
  throw Error(fmt::format("unknown driver \"{}\"{}; there are csv, synthetic, sqlite, binance", name,
                          near.empty() ? "" : fmt::format(" (did you mean \"{}\"?)", near)));
}

void push_config(lua_State* L, const Config& config) {
  lua_createtable(L, 0, static_cast<int>(config_keys().size()));
  for (const ConfigKey& key : config_keys()) {
    const ConfigValue value = get(config, key);
    if (const auto* flag = std::get_if<bool>(&value)) {
      set_field(L, std::string(key.name).c_str(), *flag);
    } else {
      set_field(L, std::string(key.name).c_str(), std::get<double>(value));
    }
  }
}

int get_config(lua_State* L, Script& script) {
  push_config(L, script.config());
  return 1;
}

int default_config(lua_State* L, Script&) {
  push_config(L, Config{});
  return 1;
}

// What a manifest has, and what command lines take.
int changed_config(lua_State* L, Script& script) {
  lua_createtable(L, 0, 0);
  for (const auto& [name, value] : changed_settings(script.config())) {
    lua_pushlstring(L, value.data(), value.size());
    lua_setfield(L, -2, name.c_str());
  }
  return 1;
}

Config read_config(lua_State* L, Config config) {
  lua_pushnil(L);
  while (lua_next(L, 1) != 0) {
    if (lua_type(L, -2) != LUA_TSTRING) throw Error("set_config: keys are names such as CC_PERCENT_FEE");
    const std::string name = text_arg(L, -2);
    const ConfigKey* key = find_config_key(name);
    if (!key) {
      std::vector<std::string_view> names;
      for (const ConfigKey& known : config_keys()) names.push_back(known.name);
      const std::string_view near = nearest(name, names);
      throw Error(fmt::format("set_config: unknown key {}{}", name, near.empty() ? "; docs/settings.md lists them" : fmt::format(" (did you mean {}?)", near)));
    }
    if (lua_isboolean(L, -1)) {
      set(config, *key, lua_toboolean(L, -1) != 0);
    } else if (lua_type(L, -1) == LUA_TNUMBER) {
      set(config, *key, lua_tonumber(L, -1));
    } else {
      throw Error(fmt::format("set_config: {} must be a number or true/false, got {}", name, type_name(L, -1)));
    }
    lua_pop(L, 1);
  }
  return config;
}

// set_config(table, unsafe): all keys or none.
int set_config(lua_State* L, Script& script) {
  if (script.run_has_begun()) {
    throw Error("set_config: a run has begun and keeps its settings; call it before the first run");
  }
  const Config config = read_config(L, script.config());
  if (!lua_toboolean(L, 2)) {
    const auto broken = check(config);
    if (!broken.empty()) {
      std::string text = "set_config: ";
      for (std::size_t i = 0; i < broken.size(); ++i) text += (i ? "; " : "") + broken[i];
      throw Error(text);
    }
  }
  script.config() = config;
  script.apply_settings();  // what the command line says wins
  return 0;
}

// random_seed(symbol, strategy): where math.random starts in a run of these.
int random_seed(lua_State* L, Script& script) {
  lua_pushnumber(L, random_start(script.options().seed, text_arg(L, 1), text_arg(L, 2)));
  return 1;
}

std::optional<double> optional_number(lua_State* L, int table, const char* outer, const char* inner) {
  std::optional<double> value;
  lua_getfield(L, table, outer);
  if (inner && lua_istable(L, -1)) {
    lua_getfield(L, -1, inner);
    lua_remove(L, -2);
  }
  if (lua_type(L, -1) == LUA_TNUMBER) value = lua_tonumber(L, -1);
  lua_pop(L, 1);
  return value;
}

// A closed signal in any of its shapes: a result of run(), a row of signal_list, or the flat golden form.
ClosedTrade read_trade(lua_State* L, int index, int number) {
  if (!lua_istable(L, index)) {
    throw Error(fmt::format("stats.closed_signals: item {} is a {}, not a table", number, luaL_typename(L, index)));
  }
  ClosedTrade t;
  const auto first = [&](std::initializer_list<std::pair<const char*, const char*>> places) -> std::optional<double> {
    for (const auto& [outer, inner] : places) {
      if (auto v = optional_number(L, index, outer, inner)) return v;
    }
    return std::nullopt;
  };
  t.pending_at = first({{"pending_at", nullptr}, {"signal", "pending_at"}}).value_or(0);
  t.close_timestamp = first({{"close_timestamp", nullptr}}).value_or(0);
  t.close_price = first({{"current_price", nullptr}}).value_or(0);
  const auto pnl = first({{"pnl_percentage", nullptr}, {"pnl", "pnl_percentage"}});
  if (!pnl) throw Error(fmt::format("stats.closed_signals: item {} has no pnl_percentage and no pnl", number));
  t.pnl_percentage = *pnl;
  const auto excursion = [&](const char* flat, const char* name) {
    if (auto v = first({{flat, nullptr}, {name, "pnl_percentage"}})) return v;
    lua_getfield(L, index, "signal");
    std::optional<double> v;
    if (lua_istable(L, -1)) v = optional_number(L, lua_gettop(L), name, "pnl_percentage");
    lua_pop(L, 1);
    return v;
  };
  t.peak_pnl = excursion("peak_pnl", "peak_profit");
  t.fall_pnl = excursion("fall_pnl", "max_drawdown");
  return t;
}

// closed_signals(list, cap): statistics of a plain list, oldest first.
int closed_signals(lua_State* L, Script&) {
  std::vector<ClosedTrade> trades;
  for (int i = 1, n = static_cast<int>(lua_objlen(L, 1)); i <= n; ++i) {
    lua_rawgeti(L, 1, i);
    trades.push_back(read_trade(L, lua_gettop(L), i));
    lua_pop(L, 1);
  }
  std::optional<std::size_t> cap;
  if (lua_isnumber(L, 2) && lua_tonumber(L, 2) >= 0) cap = static_cast<std::size_t>(lua_tonumber(L, 2));
  push_stats(L, trade_stats(trades, cap));
  return 1;
}

bool names_match(lua_State* L, const std::string& symbol, const std::string& strategy, const std::string& exchange,
                 const std::string& frame) {
  return symbol == text_arg(L, 1) && strategy == text_arg(L, 2) && exchange == text_arg(L, 3) && frame == text_arg(L, 4);
}

// The newest run of the key on the stack, made here or by the host.
std::optional<RunReport> newest_report(lua_State* L, Script& script) {
  // What the host is asking for at this moment is handed over with the question.
  if (const KindReport* asked = script.asked(); asked != nullptr && !asked->runs.empty() &&
      names_match(L, asked->symbol, asked->strategy_name, asked->exchange_name, asked->frame_name)) {
    return asked->runs.back();
  }
  auto& runs = script.runs();
  for (auto it = runs.rbegin(); it != runs.rend(); ++it) {
    const TraderSetup& t = (*it)->trader().setup();
    if (names_match(L, t.symbol, t.strategy_name, t.exchange_name, t.frame_name)) return (*it)->report();
  }
  auto& kept = script.kept_reports();
  for (auto it = kept.rbegin(); it != kept.rend(); ++it) {
    if (names_match(L, it->symbol, it->strategy_name, it->exchange_name, it->frame_name)) return *it;
  }
  return std::nullopt;
}

RunReport report_or_empty(lua_State* L, Script& script) {
  if (auto found = newest_report(L, script)) return std::move(*found);
  RunReport r;
  r.symbol = text_arg(L, 1), r.strategy_name = text_arg(L, 2);
  r.exchange_name = text_arg(L, 3), r.frame_name = text_arg(L, 4);
  r.stats = trade_stats({});
  r.config = script.config();
  return r;
}

// What a row of a session has of its signal.
void set_live_signal(lua_State* L, const LiveEvent& e) {
  const Signal& s = *e.signal;
  set_field(L, "signal_id", s.id);
  set_field(L, "position", to_string(s.position));
  set_field(L, "note", s.note);
  set_field(L, "isolated", s.isolated);
  for (const auto& [name, value] : std::initializer_list<std::pair<const char*, double>>{
           {"price_open", effective_price(s)},
           {"price_take_profit", s.take()},
           {"price_stop_loss", s.stop()},
           {"original_price_open", s.price_open},
           {"original_price_take_profit", s.price_take_profit},
           {"original_price_stop_loss", s.price_stop_loss},
           {"multiplier", s.multiplier},
           {"total_entries", static_cast<double>(s.entries.size())},
           {"total_partials", static_cast<double>(s.partials.size())},
           {"partial_executed", closed_percent(s)},
           {"scheduled_at", static_cast<double>(s.scheduled_at)}}) {
    set_field(L, name, value);
  }
  if (e.close_reason != CloseReason::none) set_field(L, "close_reason", to_string(e.close_reason));
  if (e.cancel_reason != CancelReason::none) set_field(L, "cancel_reason", to_string(e.cancel_reason));
  set_optional(L, "pnl_percentage", e.pnl);
  set_optional(L, "pnl_cost", e.pnl_cost);
  set_optional(L, "pending_at", e.pending_at);
  set_optional(L, "peak_pnl", e.peak_pnl);
  set_optional(L, "fall_pnl", e.fall_pnl);
  set_optional(L, "percent_tp", e.percent_tp);
  set_optional(L, "percent_sl", e.percent_sl);
  if (e.action == Action::closed && e.pending_at) set_field(L, "duration", (e.timestamp - *e.pending_at) / static_cast<double>(kMinute));
}

// What a live run's statistics have beside those of a back-test: total_events, total_closed, event_list (newest first).
void push_live_stats(lua_State* L, const std::string& symbol, std::span<const LiveEvent> events) {
  const LiveStats stats = live_stats(events);
  set_field(L, "total_events", static_cast<double>(stats.total_events));
  set_field(L, "total_closed", static_cast<double>(stats.trades.total_signals));
  lua_createtable(L, static_cast<int>(events.size()), 0);
  int n = 0;
  for (auto e = events.rbegin(); e != events.rend(); ++e) {
    lua_createtable(L, 0, 8);
    set_field(L, "action", to_string(e->action));
    set_field(L, "symbol", symbol);
    set_field(L, "timestamp", e->timestamp);
    set_field(L, "current_price", e->current_price);
    if (e->signal) set_live_signal(L, *e);
    lua_rawseti(L, -2, ++n);
  }
  lua_setfield(L, -2, "event_list");
}

// run_stats(symbol, strategy, exchange, frame): statistics and signal_list (newest first) of the newest run of that key.
int run_stats(lua_State* L, Script& script) {
  push_run_stats(L, script, report_or_empty(L, script));
  return 1;
}

// given_params(): values of `params` that the host was given, as text by name.
int given_params(lua_State* L, Script& script) {
  lua_newtable(L);
  for (const auto& [name, text] : script.options().params) set_field(L, name.c_str(), std::string_view(text));
  return 1;
}

// not_specified(kind): the sentence of a command that needs one.
int none_registered(lua_State* L, Script& script) {
  const std::string text = not_specified(text_arg(L, 1), script.options().files);
  lua_pushlstring(L, text.data(), text.size());
  return 1;
}

int in_charge(lua_State*, Script& script) {
  script.set_in_charge();
  return 0;
}

int is_worker(lua_State* L, Script& script) {
  lua_pushboolean(L, script.role() == Script::Role::worker);
  return 1;
}

constexpr NamedBinding kSettingBindings[] = {
    {"nearest", bound<nearest_name>},     {"parse_date", bound<date>},
    {"format_time", bound<format_time>},  {"fixed", bound<fixed_text>},
    {"iso", bound<iso>},                  {"env", bound<environment>},
    {"check_driver", bound<check_driver>}, {"get_config", bound<get_config>}, {"changed_config", bound<changed_config>},
    {"default_config", bound<default_config>}, {"set_config", bound<set_config>},
    {"closed_signals", bound<closed_signals>}, {"run_stats", bound<run_stats>},
    {"random_seed", bound<random_seed>}, {"given_params", bound<given_params>},
    {"not_specified", bound<none_registered>},
    {"in_charge", bound<in_charge>},      {"is_worker", bound<is_worker>},
};

}  // namespace

std::span<const NamedBinding> setting_bindings() { return kSettingBindings; }

TraderSetup names_of(const RunReport& r) {
  TraderSetup names;
  names.symbol = r.symbol, names.strategy_name = r.strategy_name;
  names.exchange_name = r.exchange_name, names.frame_name = r.frame_name;
  return names;
}

void push_run_stats(lua_State* L, Script& script, const RunReport& r) {
  const TraderSetup setup = names_of(r);
  const Costs costs(r.config);
  push_stats(L, r.stats);
  lua_newtable(L);
  int n = 0;
  for (auto it = r.signals.rbegin(); it != r.signals.rend(); ++it) {
    if (it->action != Action::closed) continue;
    push_finished(L, {setup, costs, script.options().mode == "backtest"}, *it);
    lua_rawseti(L, -2, ++n);
  }
  lua_setfield(L, -2, "signal_list");
  if (r.live) push_live_stats(L, r.symbol, r.live_events);
}

}  // namespace btk::lua
