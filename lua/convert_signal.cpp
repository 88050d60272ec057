// The signal that a script asks for, read out of its table.
#include <array>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "engine/error.h"
#include "engine/text.h"
#include "lua/convert.h"

namespace btk::lua {
namespace {

constexpr std::array<std::string_view, 11> kSignalFields = {
    "id", "symbol", "position", "price_open", "price_take_profit", "price_stop_loss",
    "minute_estimated_time", "cost", "multiplier", "isolated", "note"};

GivenNumber* given_number_field(SignalRequest& r, std::string_view key) {
  if (key == "price_open") return &r.price_open;
  if (key == "price_take_profit") return &r.price_take_profit;
  if (key == "price_stop_loss") return &r.price_stop_loss;
  if (key == "minute_estimated_time") return &r.minute_estimated_time;
  if (key == "cost") return &r.cost;
  if (key == "multiplier") return &r.multiplier;
  return nullptr;
}

std::string read_text(lua_State* L, std::string_view key) {
  if (lua_type(L, -1) != LUA_TSTRING) {
    throw Error(fmt::format("the signal's {} must be a text, got {}", key, type_name(L, -1)));
  }
  std::size_t size = 0;
  const char* text = lua_tolstring(L, -1, &size);
  return {text, size};
}

void read_signal_field(lua_State* L, SignalRequest& r, std::string_view key) {
  if (GivenNumber* number = given_number_field(r, key)) {
    if (lua_type(L, -1) != LUA_TNUMBER) {
      throw Error(fmt::format("the signal's {} must be a number, got {}", key, type_name(L, -1)));
    }
    *number = lua_tonumber(L, -1);
  } else if (key == "isolated") {
    if (!lua_isboolean(L, -1)) throw Error("the signal's isolated must be true or false, got " + type_name(L, -1));
    r.isolated = lua_toboolean(L, -1) ? SignalRequest::Flag::yes : SignalRequest::Flag::no;
  } else if (key == "id") {
    r.id = read_text(L, key);
  } else if (key == "note") {
    r.note = read_text(L, key);
  } else if (key == "symbol") {
    r.symbol = read_text(L, key);
  } else if (key == "position") {
    r.position = read_text(L, key);
  } else {
    const std::string_view near = nearest(key, kSignalFields);
    throw Error(fmt::format("a signal has no field '{}'{}", key,
                            near.empty() ? fmt::format("; it has {}", fmt::join(kSignalFields, ", ")) : fmt::format("; did you mean '{}'?", near)));
  }
}

}  // namespace

SignalRequest read_signal(lua_State* L, int index) {
  if (!lua_istable(L, index)) {
    throw Error(fmt::format("a signal must be a table or nil, got {}", type_name(L, index)));
  }
  SignalRequest r;
  lua_pushvalue(L, index);
  lua_pushnil(L);
  while (lua_next(L, -2) != 0) {
    if (lua_type(L, -2) != LUA_TSTRING) {
      throw Error(fmt::format("a signal's fields have names, got a key of type {}", luaL_typename(L, -2)));
    }
    std::size_t size = 0;
    const char* key = lua_tolstring(L, -2, &size);
    read_signal_field(L, r, {key, size});
    lua_pop(L, 1);
  }
  lua_pop(L, 1);
  if (!r.position) throw Error("the signal has no position; give position = \"long\" or \"short\"");
  if (r.position != "long" && r.position != "short") {
    throw Error(fmt::format("the signal's position must be \"long\" or \"short\", got \"{}\"", *r.position));
  }
  if (r.price_take_profit.absent()) throw Error("the signal has no price_take_profit; give a price");
  if (r.price_stop_loss.absent()) throw Error("the signal has no price_stop_loss; give a price");
  return r;
}

}  // namespace btk::lua
