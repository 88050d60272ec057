// core.host functions of btk.walker: the host keeps the walks, Lua tells of them.
#include <fmt/format.h>

#include "engine/error.h"
#include "lua/bindings.h"
#include "lua/convert.h"

namespace btk::lua {
namespace {

Walk& walk_arg(lua_State* L, Script& script) { return *script.walks().at(static_cast<std::size_t>(lua_tonumber(L, 1))); }

void set_walk_names(lua_State* L, const Walk& walk) {
  set_field(L, "walker_name", std::string_view(walk.walker_name));
  set_field(L, "symbol", std::string_view(walk.symbol));
  set_field(L, "exchange_name", std::string_view(walk.exchange_name));
  set_field(L, "frame_name", std::string_view(walk.frame_name));
  set_field(L, "metric", std::string_view(walk.ranking.metric()));
  set_field(L, "total_strategies", static_cast<double>(walk.total_strategies));
  set_field(L, "backtest", true);
}

// Which strategy leads, and by what.
void set_best(lua_State* L, const WalkerResult* best) {
  if (best == nullptr) return;
  set_field(L, "best_strategy", std::string_view(best->strategy_name));
  set_optional(L, "best_metric", best->metric_value);
}

void set_result(lua_State* L, Script& script, const Walk& walk, std::size_t part) {
  const WalkerResult& result = walk.ranking.results()[part];
  set_field(L, "strategy_name", std::string_view(result.strategy_name));
  set_optional(L, "metric_value", result.metric_value);
  set_optional(L, "first_event_time", result.first_event_time);
  set_optional(L, "last_event_time", result.last_event_time);
  push_run_stats(L, script, *walk.reports[part]);
  lua_setfield(L, -2, "stats");
}

// What the best one is worth: verdict, reasons, honest.
void set_evidence(lua_State* L, const Walk& walk) {
  const Evidence* e = walk.evidence();
  if (e == nullptr) return;
  set_field(L, "verdict", to_string(e->verdict));
  lua_newtable(L);
  int n = 0;
  for (const std::string& reason : e->reasons) {
    lua_pushlstring(L, reason.data(), reason.size());
    lua_rawseti(L, -2, ++n);
  }
  lua_setfield(L, -2, "reasons");
  lua_newtable(L);
  set_field(L, "trials", static_cast<double>(e->trials));
  set_field(L, "independent_trials", e->independent);
  set_optional(L, "luck_probability", e->luck);
  set_optional(L, "probabilistic_sharpe_ratio", e->probabilistic_sharpe);
  set_optional(L, "deflated_sharpe_ratio", e->deflated_sharpe);
  if (e->overfitting) set_field(L, "overfitting_probability", e->overfitting->probability);
  if (e->mean_trade) {
    set_field(L, "mean_trade_low_95", e->mean_trade->low);
    set_field(L, "mean_trade_high_95", e->mean_trade->high);
  }
  if (e->drawdown) set_field(L, "shuffled_drawdown_p95", e->drawdown->p95);
  lua_setfield(L, -2, "honest");
}

double last_moment(const Walk& walk, std::size_t part) { return static_cast<double>(walk.reports[part]->frame_end); }

// walk_new(names): index of a new walk.
int walk_new(lua_State* L, Script& script) {
  auto walk = std::make_shared<Walk>();
  walk->walker_name = text_field(L, 1, "walker_name");
  walk->symbol = text_field(L, 1, "symbol");
  walk->exchange_name = text_field(L, 1, "exchange_name");
  walk->frame_name = text_field(L, 1, "frame_name");
  walk->total_strategies = static_cast<std::size_t>(number_field(L, 1, "total_strategies"));
  walk->ranking = WalkerRanking(text_field(L, 1, "metric", std::string(kDefaultMetric).c_str()));
  script.walks().push_back(std::move(walk));
  lua_pushnumber(L, static_cast<double>(script.walks().size() - 1));
  return 1;
}

// walk_add(index, run, strategy): the run is over; why it failed, or nothing when it was added.
int walk_add(lua_State* L, Script& script) {
  auto report = std::make_shared<RunReport>(run_arg(L, 2).report());
  if (!report->fatal.empty()) {
    lua_pushlstring(L, report->fatal.data(), report->fatal.size());
    return 1;
  }
  walk_arg(L, script).add(text_arg(L, 3), std::move(report));
  return 0;
}

// walk_size(index): strategies tested so far.
int walk_size(lua_State* L, Script& script) {
  lua_pushnumber(L, static_cast<double>(walk_arg(L, script).reports.size()));
  return 1;
}

// walk_event(index): what listen_walker hears of the strategy that was tested last.
int walk_event(lua_State* L, Script& script) {
  const Walk& walk = walk_arg(L, script);
  const std::size_t part = walk.reports.size() - 1;
  lua_newtable(L);
  set_walk_names(L, walk);
  set_result(L, script, walk, part);
  set_best(L, walk.ranking.best());
  set_field(L, "strategies_tested", static_cast<double>(part + 1));
  set_field(L, "when", last_moment(walk, part));
  return 1;
}

void set_best_stats(lua_State* L, Script& script, const Walk& walk) {
  const WalkerResult* best = walk.ranking.best();
  set_best(L, best);
  if (best == nullptr) return;
  push_run_stats(L, script, *walk.reports[static_cast<std::size_t>(best - walk.ranking.results().data())]);
  lua_setfield(L, -2, "best_stats");
}

// walk_final(index): what listen_walker_complete hears.
int walk_final(lua_State* L, Script& script) {
  const Walk& walk = walk_arg(L, script);
  lua_newtable(L);
  set_walk_names(L, walk);
  set_best_stats(L, script, walk);
  if (!walk.reports.empty()) set_field(L, "when", last_moment(walk, walk.reports.size() - 1));
  return 1;
}

// walk_data(index): btk.walker.get_data. Results newest first.
int walk_data(lua_State* L, Script& script) {
  const Walk& walk = walk_arg(L, script);
  walk_final(L, script);
  lua_newtable(L);
  int n = 0;
  for (std::size_t part = walk.reports.size(); part-- > 0;) {
    lua_newtable(L);
    set_result(L, script, walk, part);
    lua_rawseti(L, -2, ++n);
  }
  lua_setfield(L, -2, "strategy_results");
  set_evidence(L, walk);
  return 1;
}

// walk_report(index, strategies, trades): Markdown, with tables of a script's own or empty texts.
int walk_report(lua_State* L, Script& script) {
  if (!script.options().walker_report) throw Error("walker.get_report: this program makes no Markdown reports");
  const std::string text = script.options().walker_report(walk_arg(L, script), {text_arg(L, 2), text_arg(L, 3)});
  lua_pushlstring(L, text.data(), text.size());
  return 1;
}

// walk_dump(index, strategies, trades, path): the path of the file written.
int walk_dump(lua_State* L, Script& script) {
  if (!script.options().walker_dump) throw Error("walker.dump: this program writes no reports");
  const std::string path = script.options().walker_dump(walk_arg(L, script), {text_arg(L, 2), text_arg(L, 3)}, text_arg(L, 4));
  lua_pushlstring(L, path.data(), path.size());
  return 1;
}

// walk_columns(trades[, index]): as usual_columns, of either table.
int walk_columns(lua_State* L, Script& script) {
  if (!script.options().walker_columns) return 0;
  const bool trades = lua_toboolean(L, 1) != 0;
  const Walk none;
  const bool of_walk = !lua_isnoneornil(L, 2);
  push_usual(L, script.options().walker_columns(of_walk ? *script.walks().at(static_cast<std::size_t>(lua_tonumber(L, 2))) : none, trades));
  return 1;
}

// is_metric(name): can strategies be compared by it?
int known_metric(lua_State* L, Script&) {
  lua_pushboolean(L, is_metric(text_arg(L, 1)));
  return 1;
}

constexpr NamedBinding kWalkerBindings[] = {
    {"walk_new", bound<walk_new>},       {"walk_add", bound<walk_add>},   {"walk_size", bound<walk_size>},
    {"walk_event", bound<walk_event>},   {"walk_final", bound<walk_final>}, {"walk_data", bound<walk_data>},
    {"walk_report", bound<walk_report>}, {"walk_dump", bound<walk_dump>},     {"walk_columns", bound<walk_columns>}, {"is_metric", bound<known_metric>},
};

}  // namespace

std::span<const NamedBinding> walker_bindings() { return kWalkerBindings; }

}  // namespace btk::lua
