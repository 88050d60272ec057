// core.host functions of btk.sweep: the host keeps ideas, candles and results, Lua
// tells of them. Points count from 1.
#include <algorithm>
#include <functional>
#include <numeric>

#include <fmt/format.h>

#include "engine/error.h"
#include "lua/bindings.h"
#include "lua/convert.h"

namespace btk::lua {
namespace {

IdeaSweep& sweep_arg(lua_State* L, Script& script) {
  return *script.sweeps().at(static_cast<std::size_t>(lua_tonumber(L, 1)));
}

const SweepReport& report_arg(lua_State* L, Script& script) {
  return sweep_arg(L, script).reports.at(static_cast<std::size_t>(lua_tonumber(L, 2)) - 1);
}

std::string_view direction_name(IdeaDirection direction) {
  if (direction == IdeaDirection::neutral) return "NEUTRAL";
  return direction == IdeaDirection::long_side ? "LONG" : "SHORT";
}

std::vector<Idea> read_ideas(lua_State* L, int list, const std::string& symbol) {
  std::vector<Idea> ideas;
  for (int i = 1, n = static_cast<int>(lua_objlen(L, list)); i <= n; ++i) {
    lua_rawgeti(L, list, i);
    const int row = lua_gettop(L);
    const std::string direction = text_field(L, row, "direction");
    Idea idea{number_field(L, row, "id"), static_cast<Timestamp>(number_field(L, row, "ts")), text_field(L, row, "symbol"),
              IdeaDirection::neutral, text_field(L, row, "author")};
    if (direction == "LONG") idea.direction = IdeaDirection::long_side;
    if (direction == "SHORT") idea.direction = IdeaDirection::short_side;
    if (idea.symbol == symbol) ideas.push_back(std::move(idea));
    lua_pop(L, 1);
  }
  return ideas;
}

void read_values(lua_State* L, int table, const char* name, std::vector<double>& axis) {
  lua_getfield(L, table, name);
  if (lua_istable(L, -1)) {
    axis.clear();
    for (int i = 1, n = static_cast<int>(lua_objlen(L, -1)); i <= n; ++i) {
      lua_rawgeti(L, -1, i);
      axis.push_back(lua_tonumber(L, -1));
      lua_pop(L, 1);
    }
  }
  lua_pop(L, 1);
}

void push_ideas(lua_State* L, const std::vector<Idea>& ideas) {
  lua_newtable(L);
  int n = 0;
  for (const Idea& idea : ideas) {
    lua_newtable(L);
    set_field(L, "id", idea.id);
    set_field(L, "ts", static_cast<double>(idea.ts));
    set_field(L, "symbol", std::string_view(idea.symbol));
    set_field(L, "direction", direction_name(idea.direction));
    set_field(L, "author", std::string_view(idea.author));
    lua_rawseti(L, -2, ++n);
  }
}

void set_point(lua_State* L, const SweepPoint& point) {
  set_field(L, "hard_stop_percent", point.hard_stop_percent);
  set_field(L, "trailing_take_percent", point.trailing_take_percent);
  set_field(L, "hold_minutes", point.hold_minutes);
  set_field(L, "profit_lock_percent", point.profit_lock_percent);
}

// sweep_new(symbol, ideas, axes): handle, the symbol's ideas, those that are traded, and the range of candles they need.
int sweep_new(lua_State* L, Script& script) {
  const std::string symbol = text_arg(L, 1);
  SweepAxes axes;
  read_values(L, 3, "hard_stop_percent", axes.hard_stop_percent);
  read_values(L, 3, "trailing_take_percent", axes.trailing_take_percent);
  read_values(L, 3, "hold_minutes", axes.hold_minutes);
  read_values(L, 3, "profit_lock_percent", axes.profit_lock_percent);
  const std::vector<Idea> ideas = read_ideas(L, 2, symbol), kept = directional_ideas(ideas, symbol);
  const std::size_t horizon = sweep_horizon(axes);
  auto sweep = std::make_shared<IdeaSweep>();
  sweep->grid = sweep_grid(axes);
  sweep->horizon = horizon;
  sweep->ideas = kept;
  sweep->costs = {script.config().percent_slippage, script.config().percent_fee};
  script.sweeps().push_back(std::move(sweep));
  lua_pushnumber(L, static_cast<double>(script.sweeps().size() - 1));
  push_ideas(L, ideas);
  push_ideas(L, kept);
  if (kept.empty()) return 3;
  lua_pushnumber(L, static_cast<double>(idea_entry(kept.front())));
  lua_pushnumber(L, static_cast<double>(idea_entry(kept.back()) + static_cast<Timestamp>(horizon) * kMinute));
  return 5;
}

// sweep_candles(handle, symbol, from, to, { builder = } or { exchange =, folder = })
int sweep_candles(lua_State* L, Script& script) {
  IdeaSweep& sweep = sweep_arg(L, script);
  const auto from = static_cast<Timestamp>(lua_tonumber(L, 3)), to = static_cast<Timestamp>(lua_tonumber(L, 4));
  std::shared_ptr<const LoadedCandles> loaded;
  lua_getfield(L, 5, "builder");
  if (lua_isuserdata(L, -1)) {
    loaded = built_candles(L, -1);
  } else {
    lua_getfield(L, 5, "exchange");
    ExchangeSchema exchange = read_exchange(L, lua_gettop(L));
    exchange.base_dir = text_field(L, 5, "folder");
    loaded = script.options().open_exchange(exchange)->load(text_arg(L, 2), from, to);
  }
  loaded = part(*loaded, from, to);
  for (std::size_t i = 0; i < loaded->series.size(); ++i) sweep.minutes.push_back(loaded->series.at(i));
  sweep.profiles = idea_profiles(sweep.ideas, sweep.minutes, sweep.horizon);
  return 0;
}

// sweep_profiles(handle): the list, and how many of them lack candles at their end.
int sweep_profiles(lua_State* L, Script& script) {
  IdeaSweep& sweep = sweep_arg(L, script);
  lua_newtable(L);
  int n = 0;
  double truncated = 0;
  for (const IdeaProfile& p : sweep.profiles) {
    const IdeaFigures f = idea_figures(p);
    truncated += p.truncated ? 1 : 0;
    lua_newtable(L);
    set_field(L, "idea_id", p.idea.id);
    set_field(L, "author", std::string_view(p.idea.author));
    set_field(L, "direction", direction_name(p.idea.direction));
    set_field(L, "entry_timestamp", static_cast<double>(p.entry_time));
    set_field(L, "entry_price", f.entry_price);
    set_field(L, "candles", static_cast<double>(p.candles.size()));
    set_field(L, "truncated", p.truncated);
    set_field(L, "max_mfe_percent", f.max_mfe_percent);
    set_field(L, "max_mae_percent", f.max_mae_percent);
    set_field(L, "minutes_to_mfe", f.minutes_to_mfe);
    set_field(L, "minutes_to_mae", f.minutes_to_mae);
    set_field(L, "shakeout_mae_percent", f.shakeout_mae_percent);
    set_field(L, "median_move_percent", f.median_move_percent);
    set_field(L, "hit", f.hit);
    set_field(L, "outcome_known_at", static_cast<double>(f.outcome_known_at));
    lua_rawseti(L, -2, ++n);
  }
  lua_pushnumber(L, truncated);
  return 2;
}

int sweep_points(lua_State* L, Script& script) {
  lua_pushnumber(L, static_cast<double>(sweep_arg(L, script).grid.size()));
  return 1;
}

// sweep_try(handle, point): replays the ideas at the next point; the authors' tracks under its rule.
int sweep_try(lua_State* L, Script& script) {
  IdeaSweep& sweep = sweep_arg(L, script);
  const SweepPoint& point = sweep.grid.at(static_cast<std::size_t>(lua_tonumber(L, 2)) - 1);
  sweep.reports.push_back(sweep_point(point, sweep.profiles, sweep.costs));
  lua_newtable(L);
  int n = 0;
  for (const AuthorTrack& track : author_tracks(point, sweep.profiles)) {
    lua_newtable(L);
    set_point(L, track.rule);
    set_field(L, "author", std::string_view(track.author));
    set_field(L, "ideas", static_cast<double>(track.ideas));
    set_field(L, "hits", static_cast<double>(track.hits));
    set_field(L, "hit_rate", track.hit_rate);
    lua_rawseti(L, -2, ++n);
  }
  return 1;
}

// sweep_report(handle, point): the figures of a point that was tried. A ratio without a loss in it is infinite: nil.
int sweep_report(lua_State* L, Script& script) {
  const SweepReport& r = report_arg(L, script);
  lua_newtable(L);
  lua_newtable(L);
  set_point(L, r.point);
  lua_setfield(L, -2, "point");
  const auto ratio = [&](const char* key, double value) {
    if (finite(value)) set_field(L, key, value);
  };
  set_field(L, "trades", static_cast<double>(r.trades.size()));
  set_field(L, "skipped_busy", static_cast<double>(r.skipped_busy));
  set_field(L, "total_pnl_percent", r.total_pnl_percent);
  set_field(L, "avg_pnl_percent", r.avg_pnl_percent);
  set_field(L, "win_rate", r.win_rate);
  ratio("profit_factor", r.profit_factor);
  set_field(L, "max_series_drawdown_percent", r.max_series_drawdown_percent);
  ratio("calmar_ratio", r.calmar_ratio);
  ratio("recovery_factor", r.recovery_factor);
  set_field(L, "avg_hold_minutes", r.avg_hold_minutes);
  set_field(L, "p95_hold_minutes", r.p95_hold_minutes);
  set_field(L, "p99_hold_minutes", r.p99_hold_minutes);
  ratio("sharpe", r.sharpe);
  ratio("sortino", r.sortino);
  lua_newtable(L);
  for (const auto& [reason, count] : r.exit_reasons) set_field(L, std::string(reason).c_str(), static_cast<double>(count));
  lua_setfield(L, -2, "exit_reasons");
  return 1;
}

int sweep_trades(lua_State* L, Script& script) {
  lua_newtable(L);
  int n = 0;
  for (const SweepTrade& t : report_arg(L, script).trades) {
    lua_newtable(L);
    set_field(L, "idea_id", t.idea_id);
    set_field(L, "author", std::string_view(t.author));
    set_field(L, "direction", std::string_view(t.is_long ? "LONG" : "SHORT"));
    set_field(L, "entry_timestamp", static_cast<double>(t.entry_time));
    set_field(L, "exit_timestamp", static_cast<double>(t.exit_time));
    set_field(L, "exit_reason", t.exit_reason);
    set_field(L, "hold_minutes_actual", t.hold_minutes);
    set_field(L, "pnl_percent", t.pnl_percent);
    lua_newtable(L);
    int k = 0;
    for (const double id : t.absorbed_ideas) {
      lua_pushnumber(L, id);
      lua_rawseti(L, -2, ++k);
    }
    lua_setfield(L, -2, "absorbed_ideas");
    lua_rawseti(L, -2, ++n);
  }
  return 1;
}

// sweep_order(handle, criterion): points, best first, equal ones in grid order.
int sweep_order(lua_State* L, Script& script) {
  const auto& reports = sweep_arg(L, script).reports;
  const std::string criterion = text_arg(L, 2);
  std::vector<std::size_t> order(reports.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::ranges::stable_sort(order, std::greater{}, [&](std::size_t i) { return sweep_criterion(reports[i], criterion); });
  lua_createtable(L, static_cast<int>(order.size()), 0);
  for (std::size_t i = 0; i < order.size(); ++i) {
    lua_pushnumber(L, static_cast<double>(order[i] + 1));
    lua_rawseti(L, -2, static_cast<int>(i + 1));
  }
  return 1;
}

// sweep_figures(handle): how long all trades of all points were held.
int sweep_figures(lua_State* L, Script& script) {
  const HoldFigures holds = hold_figures(sweep_arg(L, script).reports);
  lua_newtable(L);
  set_field(L, "avg_hold_minutes", holds.average);
  set_field(L, "p95_hold_minutes", holds.p95);
  set_field(L, "p99_hold_minutes", holds.p99);
  return 1;
}

constexpr NamedBinding kSweepBindings[] = {
    {"sweep_new", bound<sweep_new>},         {"sweep_candles", bound<sweep_candles>}, {"sweep_profiles", bound<sweep_profiles>},
    {"sweep_points", bound<sweep_points>},   {"sweep_try", bound<sweep_try>},         {"sweep_report", bound<sweep_report>},
    {"sweep_trades", bound<sweep_trades>},   {"sweep_order", bound<sweep_order>},     {"sweep_figures", bound<sweep_figures>},
};

}  // namespace

std::span<const NamedBinding> sweep_bindings() { return kSweepBindings; }

}  // namespace btk::lua
