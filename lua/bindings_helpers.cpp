// What scripts compute without a run: rules of a signal, liquidation prices
// (lua/btk/helpers.lua).
#include <fmt/format.h>

#include "engine/error.h"
#include "engine/pnl.h"
#include "engine/validate.h"
#include "lua/bindings.h"
#include "lua/convert.h"

namespace btk::lua {
namespace {

// broken_rules(signal, price): a list of sentences, empty for a sound signal. Defaults are not filled in.
int broken_rules(lua_State* L, Script& script) {
  std::vector<std::string> sentences;
  try {
    for (Refusal& refusal : validate(read_signal(L, 1), lua_tonumber(L, 2), script.config())) {
      if (!refusal.sentence.empty()) sentences.push_back(std::move(refusal.sentence));
    }
  } catch (const Error& e) {
    sentences.emplace_back(e.what());
  }
  lua_createtable(L, static_cast<int>(sentences.size()), 0);
  int i = 0;
  for (const std::string& sentence : sentences) {
    lua_pushlstring(L, sentence.data(), sentence.size());
    lua_rawseti(L, -2, ++i);
  }
  return 1;
}

// Unlike number_field() and text_field(): a number that is written as a text is none.
double strict_number(lua_State* L, int table, const char* key, double otherwise) {
  lua_getfield(L, table, key);
  const double value = lua_type(L, -1) == LUA_TNUMBER ? lua_tonumber(L, -1) : otherwise;
  lua_pop(L, 1);
  return value;
}

template <class Visit>
void each_row(lua_State* L, int table, const char* key, Visit visit) {
  lua_getfield(L, table, key);
  if (lua_istable(L, -1)) {
    for (int i = 1, n = static_cast<int>(lua_objlen(L, -1)); i <= n; ++i) {
      lua_rawgeti(L, -1, i);
      if (!lua_istable(L, -1)) throw Error(fmt::format("get_liquidation_price: {}[{}] is no table", key, i));
      visit(lua_gettop(L));
      lua_pop(L, 1);
    }
  }
  lua_pop(L, 1);
}

std::string strict_text(lua_State* L, int table, const char* key) {
  lua_getfield(L, table, key);
  std::string text = lua_type(L, -1) == LUA_TSTRING ? lua_tostring(L, -1) : "";
  lua_pop(L, 1);
  return text;
}

// A public row, or the table of a signal with price_open.
Signal read_row(lua_State* L, int row, const Config& config) {
  Signal s;
  const std::string side = strict_text(L, row, "position");
  if (side != "long" && side != "short") {
    throw Error("get_liquidation_price: the row needs position = \"long\" or \"short\"");
  }
  s.position = side == "long" ? Side::long_side : Side::short_side;
  s.price_open = strict_number(L, row, "original_price_open", strict_number(L, row, "price_open", 0));
  if (!(s.price_open > 0)) throw Error("get_liquidation_price: the row needs a price_open above zero");
  s.cost = strict_number(L, row, "cost", config.position_entry_cost);
  s.multiplier = strict_number(L, row, "multiplier", config.signal_leverage_multiplier);
  each_row(L, row, "entries", [&](int entry) {
    s.entries.push_back({strict_number(L, entry, "price", 0), strict_number(L, entry, "cost", 0), 0});
  });
  if (s.entries.empty()) s.entries.push_back({s.price_open, s.cost, 0});
  each_row(L, row, "partials", [&](int partial) {
    s.partials.push_back({.profit = strict_text(L, partial, "type") != "loss",
                          .percent = strict_number(L, partial, "percent", 0),
                          .current_price = strict_number(L, partial, "current_price", 0),
                          .cost_basis_at_close = strict_number(L, partial, "cost_basis_at_close", 0),
                          .entry_count_at_close = static_cast<std::size_t>(strict_number(L, partial, "entry_count_at_close", 1))});
  });
  return s;
}

// liquidation_price(row): the price, or nil when there is none above zero.
int row_liquidation_price(lua_State* L, Script& script) {
  const auto price = liquidation_price(read_row(L, 1, script.config()), Costs(script.config()));
  if (!price) return 0;
  lua_pushnumber(L, *price);
  return 1;
}

constexpr NamedBinding kHelperBindings[] = {
    {"broken_rules", bound<broken_rules>},
    {"liquidation_price", bound<row_liquidation_price>},
};

}  // namespace

std::span<const NamedBinding> helper_bindings() { return kHelperBindings; }

}  // namespace btk::lua
