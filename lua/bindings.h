// How C++ functions become members of `core.host`: one table of names per file,
// one template around every function that hands it its Script and turns what it
// throws into a Lua error.
#pragma once

#include <string>

#include <lua.hpp>

#include "lua/protect.h"
#include "lua/script.h"

namespace btk::lua {

using Binding = int (*)(lua_State*, Script&);

struct NamedBinding {
  const char* name;
  lua_CFunction function;
};

template <Binding F>
int bound(lua_State* L) {
  Script& script = *static_cast<Script*>(lua_touserdata(L, lua_upvalueindex(1)));
  return protect(L, [&] { return F(L, script); });
}

// Arguments of bindings come from the host's own Lua, which has checked them.
inline Run& run_arg(lua_State* L, int index = 1) { return *static_cast<Run*>(lua_touserdata(L, index)); }
inline std::string text_arg(lua_State* L, int index) {
  std::size_t size = 0;
  const char* text = lua_tolstring(L, index, &size);
  return text ? std::string(text, size) : std::string();
}

// Fields of a table.
inline double number_field(lua_State* L, int table, const char* key, double otherwise = 0) {
  lua_getfield(L, table, key);
  const double value = lua_isnumber(L, -1) ? lua_tonumber(L, -1) : otherwise;
  lua_pop(L, 1);
  return value;
}
inline std::string text_field(lua_State* L, int table, const char* key, const char* otherwise = "") {
  lua_getfield(L, table, key);
  std::string value = lua_isstring(L, -1) ? lua_tostring(L, -1) : otherwise;
  lua_pop(L, 1);
  return value;
}

/// An exchange as it was registered; its base_dir is not in the table.
ExchangeSchema read_exchange(lua_State* L, int table);

/// Throws btk::Error for a name that no interval has.
Interval interval_of(const std::string& name);

/// The candles of a builder (lua/btk/hook.lua) at `index`, without those that only fill gaps.
std::vector<Candle> real_candles(lua_State* L, int index);

/// All candles of a builder at `index`, which is empty afterwards.
std::shared_ptr<const LoadedCandles> built_candles(lua_State* L, int index);

/// built_candles(), as a proof wants them seen.
std::shared_ptr<const LoadedCandles> seen_candles(Script& script, const std::string& symbol, lua_State* L, int index);

/// Whose run a report is of, for RowContext.
TraderSetup names_of(const RunReport& report);
/// Statistics of a run with `signal_list`, newest first.
void push_run_stats(lua_State* L, Script& script, const RunReport& report);
/// A list of { key =, label =, visible =, cells = }.
void push_usual(lua_State* L, const std::vector<UsualColumn>& columns);

// One table of functions per file.
std::span<const NamedBinding> report_bindings();   // bindings_reports.cpp: heat map and event reports
std::span<const NamedBinding> run_bindings();      // bindings_run.cpp: making and driving runs
std::span<const NamedBinding> candle_bindings();   // bindings_candles.cpp: candles of runs
std::span<const NamedBinding> command_bindings();  // bindings_commands.cpp: commands and getters
std::span<const NamedBinding> helper_bindings();   // bindings_helpers.cpp: what scripts compute without a run
std::span<const NamedBinding> live_bindings();     // bindings_live.cpp: orders and market data of paper and live runs
std::span<const NamedBinding> service_bindings();  // bindings_services.cpp: what scripts keep, files they write
std::span<const NamedBinding> net_bindings();      // bindings_net.cpp: requests and cryptography
std::span<const NamedBinding> optimizer_bindings();  // bindings_optimizer.cpp: language models, generated files
std::span<const NamedBinding> walker_bindings();   // bindings_walker.cpp: walks
std::span<const NamedBinding> series_bindings();   // bindings_series.cpp: indicator columns
std::span<const NamedBinding> test_bindings();     // bindings_test.cpp: runs that a test makes
std::span<const NamedBinding> sweep_bindings();    // bindings_sweep.cpp: idea sweeps
std::span<const NamedBinding> setting_bindings();  // bindings_settings.cpp: configuration, dates, names, statistics

}  // namespace btk::lua
