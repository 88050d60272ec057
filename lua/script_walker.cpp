// Walks: the parts of Script that compare strategies.
#include "lua/bindings.h"
#include "lua/convert.h"
#include "lua/script.h"

namespace btk::lua {
namespace {

// The list in field `key` of the table at the top.
template <class Visit>
void each(lua_State* L, const char* key, Visit visit) {
  lua_getfield(L, -1, key);
  for (int i = 1, n = static_cast<int>(lua_objlen(L, -1)); i <= n; ++i) {
    lua_rawgeti(L, -1, i);
    visit();
    lua_pop(L, 1);
  }
  lua_pop(L, 1);
}

}  // namespace

WalkerOffer Script::walker_offer() {
  lua_State* L = isolate_->state();
  call_module("walker_offer", 0, 1);
  const int table = lua_gettop(L);
  WalkerOffer offer;
  offer.walker_name = text_field(L, table, "walker_name");
  offer.metric = text_field(L, table, "metric");
  offer.exchange_name = text_field(L, table, "exchange");
  offer.frame_name = text_field(L, table, "frame");
  each(L, "symbols", [&] { offer.symbols.push_back(text_arg(L, -1)); });
  each(L, "strategies", [&] {
    WalkerOffer::Strategy strategy{text_field(L, lua_gettop(L), "strategy_name"), {}};
    each(L, "risks", [&] { strategy.risks.push_back(text_arg(L, -1)); });
    offer.strategies.push_back(std::move(strategy));
  });
  lua_pop(L, 1);
  return offer;
}

FrameSchema Script::frame(const std::string& name) {
  lua_State* L = isolate_->state();
  push_text(L, name);
  call_module("frame", 1, 1);
  const int table = lua_gettop(L);
  FrameSchema frame;
  frame.frame_name = name;
  frame.interval = *parse_interval(text_field(L, table, "interval", "1m"));
  frame.start = static_cast<Timestamp>(number_field(L, table, "from"));
  frame.end = static_cast<Timestamp>(number_field(L, table, "to"));
  lua_pop(L, 1);
  return frame;
}

void Script::lend(const ExchangeSchema& e) {
  lua_State* L = isolate_->state();
  lua_pushliteral(L, "exchange");
  lua_newtable(L);
  set_text(L, "exchange_name", e.exchange_name);
  set_text(L, "driver", e.driver);
  set_text(L, "gaps", e.gaps == GapPolicy::error ? "error" : "fill");
  set_text(L, "path", e.path);
  set_text(L, "market", e.market);
  set_text(L, "base_url", e.base_url);
  set_field(L, "seed", static_cast<double>(e.seed));
  set_field(L, "start_price", e.start_price);
  set_field(L, "volatility", e.volatility);
  push_text(L, e.base_dir);
  call_module("lend", 3, 0);
}

void Script::lend(const FrameSchema& f) {
  lua_State* L = isolate_->state();
  lua_pushliteral(L, "frame");
  lua_newtable(L);
  set_text(L, "frame_name", f.frame_name);
  set_text(L, "interval", std::string(to_string(f.interval)));
  set_field(L, "start_date", static_cast<double>(f.start));
  set_field(L, "end_date", static_cast<double>(f.end));
  lua_pushnil(L);
  call_module("lend", 3, 0);
}

void Script::join_walk(std::shared_ptr<Walk> walk) {
  lua_State* L = isolate_->state();
  lua_newtable(L);
  set_text(L, "walker_name", walk->walker_name);
  set_text(L, "symbol", walk->symbol);
  set_text(L, "exchange_name", walk->exchange_name);
  set_text(L, "frame_name", walk->frame_name);
  set_text(L, "metric", walk->ranking.metric());
  set_field(L, "total_strategies", static_cast<double>(walk->total_strategies));
  set_field(L, "index", static_cast<double>(walks_.size()));
  walks_.push_back(std::move(walk));
  call_module("walk_joins", 1, 0);
}

bool Script::announce_walk_part(std::size_t walk, const std::string& strategy, const std::string& failure) {
  lua_State* L = isolate_->state();
  lua_pushnumber(L, static_cast<double>(walk));
  push_text(L, strategy);
  if (failure.empty()) {
    lua_pushnil(L);
  } else {
    push_text(L, failure);
  }
  call_module("walk_part", 3, 1);
  const bool on = lua_toboolean(L, -1) != 0;
  lua_pop(L, 1);
  return on;
}

bool Script::walk_goes_on(std::size_t walk) {
  lua_State* L = isolate_->state();
  lua_pushnumber(L, static_cast<double>(walk));
  call_module("walk_goes_on", 1, 1);
  const bool on = lua_toboolean(L, -1) != 0;
  lua_pop(L, 1);
  return on;
}

void Script::announce_walk_ended(std::size_t walk) {
  lua_pushnumber(isolate_->state(), static_cast<double>(walk));
  call_module("walk_ended", 1, 0);
}

}  // namespace btk::lua
