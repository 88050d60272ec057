// Indicator columns of a run (lua/btk/series.lua).
#include "lua/bindings.h"
#include "lua/series_columns.h"

namespace btk::lua {
namespace {

// An indicator: name, source, three parameters, from the stack index `at` on.
IndicatorSpec spec_arg(lua_State* L, int at) {
  IndicatorSpec spec{text_arg(L, at), {}, text_arg(L, at + 1)};
  for (int i = 0; i < 3; ++i) spec.parameters[static_cast<std::size_t>(i)] = lua_tonumber(L, at + 2 + i);
  return spec;
}

// series_shape(name, source, p1, p2, p3): candles needed, number of results, whether it remembers.
int series_shape(lua_State* L, Script&) {
  const IndicatorShape shape = shape_of(spec_arg(L, 1));
  lua_pushinteger(L, shape.needs);
  lua_pushinteger(L, shape.results);
  lua_pushboolean(L, shape.remembers);
  return 3;
}

// series_column(run, symbol, interval, anchor, name, source, p1, p2, p3): the column, then its three views.
int series_column(lua_State* L, Script&) {
  BoundColumn& bound = run_arg(L).column(text_arg(L, 2), interval_of(text_arg(L, 3)), spec_arg(L, 5),
                                         static_cast<Timestamp>(lua_tonumber(L, 4)));
  lua_pushlightuserdata(L, &bound);
  for (SeriesView& view : bound.views) lua_pushlightuserdata(L, &view);
  return 4;
}

// series_extend(run, symbol, interval, column, rows): computes up to so many rows, as far as there are candles.
int series_extend(lua_State* L, Script&) {
  const CandleSeries& series = run_arg(L).series(text_arg(L, 2), interval_of(text_arg(L, 3)));
  auto& bound = *static_cast<BoundColumn*>(lua_touserdata(L, 4));
  bound.views = bound.column->extend(series, static_cast<std::int64_t>(lua_tonumber(L, 5)));
  return 0;
}

constexpr NamedBinding kSeriesBindings[] = {
    {"series_shape", bound<series_shape>},
    {"series_column", bound<series_column>},
    {"series_extend", bound<series_extend>},
};

}  // namespace

std::span<const NamedBinding> series_bindings() { return kSeriesBindings; }

}  // namespace btk::lua
