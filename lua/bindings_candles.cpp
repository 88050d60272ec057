// The candles of runs: those that a script's own get_candles gives (lua/btk/hook.lua), and what lists of candles point into
// (lua/btk/data.lua).
#include <chrono>
#include <cmath>
#include <iterator>
#include <thread>

#include <fmt/format.h>

#include "engine/candle_check.h"
#include "engine/error.h"
#include "lua/bindings.h"
#include "lua/convert.h"
#include "lua/host_work.h"

namespace btk::lua {
namespace {

// interval_length(name): milliseconds.
int interval_length(lua_State* L, Script&) {
  lua_pushnumber(L, static_cast<double>(length(interval_of(text_arg(L, 1)))));
  return 1;
}

// Pages of a script's get_candles on their way to a series.
struct Builder {
  SeriesBuilder series;
  Interval interval;
};

int new_builder(lua_State* L, Script&) {
  const Interval interval = interval_of(text_arg(L, 1));
  auto* b = new (lua_newuserdata(L, sizeof(Builder)))
      Builder{SeriesBuilder(interval, text_arg(L, 2) == "error" ? GapPolicy::error : GapPolicy::fill), interval};
  static_cast<void>(b);
  lua_createtable(L, 0, 1);
  lua_pushcfunction(L, [](lua_State* state) {
    static_cast<Builder*>(lua_touserdata(state, 1))->~Builder();
    return 0;
  });
  lua_setfield(L, -2, "__gc");
  lua_setmetatable(L, -2);
  return 1;
}

Candle read_candle(lua_State* L, int row) {
  if (!lua_istable(L, -1)) throw Error(fmt::format("get_candles: row {} is a {}, not a table", row, luaL_typename(L, -1)));
  const auto value = [&](const char* key) {
    lua_getfield(L, -1, key);
    if (lua_type(L, -1) != LUA_TNUMBER) {
      throw Error(fmt::format("get_candles: row {} has no number '{}', got {}", row, key, type_name(L, -1)));
    }
    const double v = lua_tonumber(L, -1);
    lua_pop(L, 1);
    return v;
  };
  Candle c;
  const double t = value("timestamp");
  if (!std::isfinite(t) || std::floor(t) != t || std::abs(t) > 9e15) {
    throw Error(fmt::format("get_candles: row {} has the timestamp {}; whole milliseconds are needed", row, t));
  }
  c.timestamp = static_cast<Timestamp>(t);
  c.open = value("open"), c.high = value("high"), c.low = value("low"), c.close = value("close");
  c.volume = value("volume");
  return c;
}

std::vector<Candle> read_rows(lua_State* L, int index, const Config& config) {
  if (!lua_istable(L, index)) {
    throw Error(fmt::format("get_candles must return a list of candles, got {}", type_name(L, index)));
  }
  std::vector<Candle> rows;
  for (int i = 1, n = static_cast<int>(lua_objlen(L, index)); i <= n; ++i) {
    lua_rawgeti(L, index, i);
    rows.push_back(read_candle(L, i));
    lua_pop(L, 1);
  }
  if (const std::string fault = answer_fault(rows, config); !fault.empty()) throw Error("get_candles: " + fault);
  return rows;
}

// check_rows(rows): the number of rows, or an error saying what is wrong with them.
int check_rows(lua_State* L, Script& script) {
  lua_pushnumber(L, static_cast<double>(read_rows(L, 1, script.config()).size()));
  return 1;
}

// add_rows(builder, rows, from, to): takes the rows of [from, to); the number of candles so far.
int add_rows(lua_State* L, Script& script) {
  auto& builder = *static_cast<Builder*>(lua_touserdata(L, 1));
  const double from = lua_tonumber(L, 3), to = lua_tonumber(L, 4);
  std::size_t row = 0;
  fmt::memory_buffer place;
  for (const Candle& c : read_rows(L, 2, script.config())) {
    ++row;
    const auto t = static_cast<double>(c.timestamp);
    if (t < from || t >= to) continue;
    place.clear();
    fmt::format_to(std::back_inserter(place), "get_candles: row {}", row);
    builder.series.add(c, {place.data(), place.size()});
  }
  lua_pushnumber(L, static_cast<double>(builder.series.size()));
  return 1;
}

// stored_stretch(exchange, symbol, from, to): is all of it stored or nothing, and until when?
int stored_stretch(lua_State* L, Script& script) {
  const auto to = static_cast<Timestamp>(lua_tonumber(L, 4));
  StoredCandles::Stretch found{false, to};
  if (const auto& stored = script.options().stored) {
    found = stored->stretch(text_arg(L, 1), text_arg(L, 2), static_cast<Timestamp>(lua_tonumber(L, 3)), to);
  }
  lua_pushboolean(L, found.stored);
  lua_pushnumber(L, static_cast<double>(found.until));
  return 2;
}

// add_stored(builder, exchange, symbol, from, to): takes what is stored of such a stretch; the number of candles so far.
int add_stored(lua_State* L, Script& script) {
  auto& builder = *static_cast<Builder*>(lua_touserdata(L, 1));
  const HostWork reading;
  for (const Candle& c : script.options().stored->read(text_arg(L, 2), text_arg(L, 3), static_cast<Timestamp>(lua_tonumber(L, 4)),
                                                       static_cast<Timestamp>(lua_tonumber(L, 5)))) {
    builder.series.add(c, "candle store");
  }
  lua_pushnumber(L, static_cast<double>(builder.series.size()));
  return 1;
}

// first_stored(exchange, symbol, from, to): the first candle of such a stretch as a list of one, or an empty list.
int first_stored(lua_State* L, Script& script) {
  const auto candles = script.options().stored->read(text_arg(L, 1), text_arg(L, 2), static_cast<Timestamp>(lua_tonumber(L, 3)),
                                                     static_cast<Timestamp>(lua_tonumber(L, 4)));
  lua_newtable(L);
  if (candles.empty()) return 1;
  push_candle(L, candles.front());
  lua_rawseti(L, -2, 1);
  return 1;
}

// builder_end(builder): the first moment behind its candles, of which there are some.
int builder_end(lua_State* L, Script&) {
  lua_pushnumber(L, static_cast<double>(static_cast<Builder*>(lua_touserdata(L, 1))->series.next()));
  return 1;
}

std::shared_ptr<const LoadedCandles> take(Builder& b) {
  LoadedCandles loaded;
  loaded.gaps = b.series.gaps();
  loaded.duplicates = b.series.duplicates();
  loaded.series = b.series.take();
  return std::make_shared<const LoadedCandles>(std::move(loaded));
}

// extend(run, symbol, builder): the builder's candles go in front of those of the symbol, or are its first ones.
int extend(lua_State* L, Script& script) {
  const std::string symbol = text_arg(L, 2);
  run_arg(L).add_candles(symbol, seen_candles(script, symbol, L, 3));
  return 0;
}

// look_back(run, symbol, since): did the source have a longer history?
int look_back(lua_State* L, Script&) {
  lua_pushboolean(L, run_arg(L).look_back(text_arg(L, 2), static_cast<Timestamp>(lua_tonumber(L, 3))));
  return 1;
}

// Wall-clock pause between two tries of a script's get_candles; an interrupt ends it.
int sleep(lua_State* L, Script& script) {
  const auto end = std::chrono::steady_clock::now() + std::chrono::milliseconds(static_cast<std::int64_t>(lua_tonumber(L, 1)));
  while (std::chrono::steady_clock::now() < end && !script.isolate().control().stopped()) {
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
  }
  return 0;
}

// series(run, symbol, interval): first, step, size and the five columns.
int series(lua_State* L, Script&) {
  const std::string name = text_arg(L, 3);
  const Interval interval = interval_of(name);
  if (!is_candle_interval(interval)) throw Error(fmt::format("there are no candles of {}; use 6h, 8h or 1d", name));
  const CandleSeries& s = run_arg(L).series(text_arg(L, 2), interval);
  lua_pushnumber(L, static_cast<double>(s.first()));
  lua_pushnumber(L, static_cast<double>(s.step()));
  lua_pushnumber(L, static_cast<double>(s.size()));
  for (const auto& column : {s.open(), s.high(), s.low(), s.close(), s.volume()}) {
    lua_pushlightuserdata(L, const_cast<double*>(column.data()));
  }
  return 8;
}

constexpr NamedBinding kCandleBindings[] = {
    {"new_builder", bound<new_builder>}, {"add_rows", bound<add_rows>}, {"builder_end", bound<builder_end>},
    {"stored_stretch", bound<stored_stretch>}, {"add_stored", bound<add_stored>}, {"first_stored", bound<first_stored>},
    {"check_rows", bound<check_rows>}, {"extend", bound<extend>},
    {"sleep", bound<sleep>}, {"look_back", bound<look_back>},
    {"interval_length", bound<interval_length>}, {"series", bound<series>},
};

}  // namespace

std::span<const NamedBinding> candle_bindings() { return kCandleBindings; }

Interval interval_of(const std::string& name) {
  const auto interval = parse_interval(name);
  if (!interval) throw Error(fmt::format("unknown interval \"{}\"; use 1m 3m 5m 15m 30m 1h 2h 4h 6h 8h 1d", name));
  return *interval;
}

std::shared_ptr<const LoadedCandles> built_candles(lua_State* L, int index) {
  return take(*static_cast<Builder*>(lua_touserdata(L, index)));
}

std::vector<Candle> real_candles(lua_State* L, int index) { return real_candles(*built_candles(L, index)); }

std::shared_ptr<const LoadedCandles> seen_candles(Script& script, const std::string& symbol, lua_State* L, int index) {
  const auto& proof = script.options().proof;
  return proof ? proof->view_candles(symbol, built_candles(L, index)) : built_candles(L, index);
}

}  // namespace btk::lua
