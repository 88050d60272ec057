// Commands on the order or position of a run, and what scripts may ask about it
// (lua/btk/commands.lua, lua/btk/position.lua).
#include <algorithm>

#include <fmt/format.h>

#include "engine/error.h"
#include "engine/pnl.h"
#include "lua/bindings.h"
#include "lua/convert.h"

namespace btk::lua {
namespace {

std::optional<double> number_or_none(lua_State* L, int index) {
  return lua_isnumber(L, index) ? std::optional<double>(lua_tonumber(L, index)) : std::nullopt;
}

int push_answer(lua_State* L, bool value) {
  lua_pushboolean(L, value);
  return 1;
}

int partial(lua_State* L, Script&) {
  return push_answer(L, run_arg(L).commanded().commit_partial(lua_toboolean(L, 2) != 0, lua_tonumber(L, 3), number_or_none(L, 4)));
}
int partial_cost(lua_State* L, Script&) {
  return push_answer(L, run_arg(L).commanded().commit_partial_cost(lua_toboolean(L, 2) != 0, lua_tonumber(L, 3), number_or_none(L, 4)));
}
int trailing_stop(lua_State* L, Script&) {
  return push_answer(L, run_arg(L).commanded().commit_trailing_stop(lua_tonumber(L, 2), lua_tonumber(L, 3)));
}
int trailing_take(lua_State* L, Script&) {
  return push_answer(L, run_arg(L).commanded().commit_trailing_take(lua_tonumber(L, 2), lua_tonumber(L, 3)));
}
int trailing_stop_cost(lua_State* L, Script&) {
  return push_answer(L, run_arg(L).commanded().commit_trailing_stop_cost(lua_tonumber(L, 2), number_or_none(L, 3)));
}
int trailing_take_cost(lua_State* L, Script&) {
  return push_answer(L, run_arg(L).commanded().commit_trailing_take_cost(lua_tonumber(L, 2), number_or_none(L, 3)));
}
int breakeven(lua_State* L, Script&) { return push_answer(L, run_arg(L).commanded().commit_breakeven(number_or_none(L, 2))); }
int average_buy(lua_State* L, Script&) {
  return push_answer(L, run_arg(L).commanded().commit_average_buy(number_or_none(L, 2), number_or_none(L, 3)));
}

template <void (Trader::*Command)(std::string, std::string)>
int deferred(lua_State* L, Script&) {
  (run_arg(L).commanded().*Command)(text_arg(L, 2), text_arg(L, 3));
  return push_answer(L, true);
}

int create_signal(lua_State* L, Script&) {
  run_arg(L).commanded().commit_create_signal(read_signal(L, 2));
  return push_answer(L, true);
}
// probe(run, on): commands are tried on a copy of the trader, until it is taken away.
int probe(lua_State* L, Script&) {
  run_arg(L).probe(lua_toboolean(L, 2) != 0);
  return 0;
}
int set_paused(lua_State* L, Script&) {
  run_arg(L).commanded().set_paused(lua_toboolean(L, 2) != 0);
  return push_answer(L, true);
}
int paused(lua_State* L, Script&) { return push_answer(L, run_arg(L).commanded().paused()); }
int stop(lua_State* L, Script&) {
  run_arg(L).commanded().stop();
  return push_answer(L, true);
}

int visible_price(lua_State* L, Script&) {
  lua_pushnumber(L, run_arg(L).commanded().visible_price());
  return 1;
}

// row(run, waiting[, price]): the open position or the waiting order as a public row, or nil.
int row(lua_State* L, Script&) {
  Run& run = run_arg(L);
  const bool waiting = lua_toboolean(L, 2) != 0;
  const Signal* signal = waiting ? run.commanded().scheduled() : run.commanded().pending();
  if (!signal) {
    lua_pushnil(L);
    return 1;
  }
  push_row_at(L, run.row_context(), *signal, number_or_none(L, 3).value_or(run.commanded().visible_price()), waiting);
  return 1;
}

// holds(run, waiting): is there an open position (a waiting order)?
int holds(lua_State* L, Script&) {
  Trader& t = run_arg(L).commanded();
  return push_answer(L, (lua_toboolean(L, 2) != 0 ? t.scheduled() : t.pending()) != nullptr);
}

// status(run): what waits for its moment, and the question that has no answer yet.
int status(lua_State* L, Script&) {
  Run& run = run_arg(L);
  const Trader& t = run.commanded();
  push_status(L, run.row_context(), t.state_so_far(), t.visible_price());
  if (t.pending()) set_field(L, "pending_signal_id", t.pending()->id);
  if (t.scheduled()) set_field(L, "scheduled_signal_id", t.scheduled()->id);
  set_field(L, "is_stopped", t.stopped());
  return 1;
}

// finished(run, limit): the newest finished signals, as tick results, newest first; those of earlier sessions after them.
int finished_signals(lua_State* L, Script&) {
  Run& run = run_arg(L);
  const auto &now = run.trader().finished(), &earlier = run.earlier();
  const auto count = std::min<std::size_t>(now.size() + earlier.size(), static_cast<std::size_t>(lua_tonumber(L, 2)));
  lua_createtable(L, static_cast<int>(count), 0);
  for (std::size_t i = 0; i < count; ++i) {
    push_finished(L, run.row_context(), i < now.size() ? now[now.size() - 1 - i] : earlier[earlier.size() - 1 - (i - now.size())]);
    lua_rawseti(L, -2, static_cast<int>(i + 1));
  }
  return 1;
}

// basis(run): dollars still held, percent closed; nothing without a position.
int basis(lua_State* L, Script&) {
  const Signal* p = run_arg(L).commanded().pending();
  if (!p) return 0;
  lua_pushnumber(L, remaining_basis(*p));
  lua_pushnumber(L, closed_percent(*p));
  return 2;
}

int breakeven_possible(lua_State* L, Script&) {
  return push_answer(L, run_arg(L).commanded().breakeven_possible(lua_tonumber(L, 2)));
}

constexpr NamedBinding kCommandBindings[] = {
    {"partial", bound<partial>},
    {"partial_cost", bound<partial_cost>},
    {"trailing_stop", bound<trailing_stop>},
    {"trailing_take", bound<trailing_take>},
    {"trailing_stop_cost", bound<trailing_stop_cost>},
    {"trailing_take_cost", bound<trailing_take_cost>},
    {"breakeven", bound<breakeven>},
    {"average_buy", bound<average_buy>},
    {"close_pending", bound<deferred<&Trader::commit_close_pending>>},
    {"cancel_scheduled", bound<deferred<&Trader::commit_cancel_scheduled>>},
    {"activate_scheduled", bound<deferred<&Trader::commit_activate_scheduled>>},
    {"create_take_profit", bound<deferred<&Trader::commit_create_take_profit>>},
    {"create_stop_loss", bound<deferred<&Trader::commit_create_stop_loss>>},
    {"signal_notify", bound<deferred<&Trader::commit_signal_notify>>},
    {"create_signal", bound<create_signal>},
    {"probe", bound<probe>},
    {"set_paused", bound<set_paused>},
    {"paused", bound<paused>},
    {"stop", bound<stop>},
    {"visible_price", bound<visible_price>},
    {"row", bound<row>},
    {"holds", bound<holds>},
    {"status", bound<status>},
    {"finished", bound<finished_signals>},
    {"basis", bound<basis>},
    {"breakeven_possible", bound<breakeven_possible>},
};

}  // namespace

std::span<const NamedBinding> command_bindings() { return kCommandBindings; }

}  // namespace btk::lua
