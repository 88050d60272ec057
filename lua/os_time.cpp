#include "lua/os_time.h"

#include <array>
#include <cmath>
#include <ctime>
#include <string>

#include "lua/isolate.h"
#include "lua/protect.h"

namespace btk::lua {
namespace {

std::time_t seconds_now(lua_State* L) {
  return static_cast<std::time_t>(align(isolate_of(L).now(), 1000) / 1000);
}

int field(lua_State* L, const char* name, int missing) {
  lua_getfield(L, 1, name);
  if (lua_isnil(L, -1) && missing < 0) return luaL_error(L, "field '%s' missing in date table", name);
  if (!lua_isnil(L, -1) && lua_isnumber(L, -1) == 0)
    return luaL_error(L, "field '%s' must be a number", name);
  const int value = lua_isnil(L, -1) ? missing : static_cast<int>(lua_tointeger(L, -1));
  lua_pop(L, 1);
  return value;
}

int os_time(lua_State* L) {
  if (lua_isnoneornil(L, 1)) {
    lua_pushnumber(L, static_cast<double>(seconds_now(L)));
    return 1;
  }
  luaL_checktype(L, 1, LUA_TTABLE);
  std::tm date{};
  date.tm_sec = field(L, "sec", 0);
  date.tm_min = field(L, "min", 0);
  date.tm_hour = field(L, "hour", 12);
  date.tm_mday = field(L, "day", -1);
  date.tm_mon = field(L, "month", -1) - 1;
  date.tm_year = field(L, "year", -1) - 1900;
  lua_pushnumber(L, static_cast<double>(timegm(&date)));
  return 1;
}

void set_date_field(lua_State* L, const char* name, int value) {
  lua_pushinteger(L, value);
  lua_setfield(L, -2, name);
}

int os_date(lua_State* L) {
  const char* format = luaL_optstring(L, 1, "%c");
  const std::time_t when =
      lua_isnoneornil(L, 2) ? seconds_now(L) : static_cast<std::time_t>(std::floor(luaL_checknumber(L, 2)));
  if (*format == '!') ++format;
  std::tm date{};
  if (gmtime_r(&when, &date) == nullptr) return 0;
  if (format[0] == '*' && format[1] == 't') {
    lua_createtable(L, 0, 9);
    set_date_field(L, "sec", date.tm_sec);
    set_date_field(L, "min", date.tm_min);
    set_date_field(L, "hour", date.tm_hour);
    set_date_field(L, "day", date.tm_mday);
    set_date_field(L, "month", date.tm_mon + 1);
    set_date_field(L, "year", date.tm_year + 1900);
    set_date_field(L, "wday", date.tm_wday + 1);
    set_date_field(L, "yday", date.tm_yday + 1);
    lua_pushboolean(L, 0);
    lua_setfield(L, -2, "isdst");
    return 1;
  }
  luaL_Buffer text;
  luaL_buffinit(L, &text);
  for (; *format != '\0'; ++format) {
    if (*format != '%' || format[1] == '\0') {
      luaL_addchar(&text, *format);
      continue;
    }
    // One conversion at a time: an empty result (%p in some locales) is not an overflow then.
    const char conversion[] = {'%', *++format, '\0'};
    std::array<char, 128> piece{};
    luaL_addlstring(&text, piece.data(), std::strftime(piece.data(), piece.size(), conversion, &date));
  }
  luaL_pushresult(&text);
  return 1;
}

/// In back-tests the simulated moment in seconds, so that differences make sense; else processor time.
int os_clock(lua_State* L) {
  const Isolate& isolate = isolate_of(L);
  lua_pushnumber(L, isolate.options().clock ? static_cast<double>(isolate.now()) / 1000.0
                                            : static_cast<double>(std::clock()) / CLOCKS_PER_SEC);
  return 1;
}

int os_difftime(lua_State* L) {
  lua_pushnumber(L, luaL_checknumber(L, 1) - luaL_optnumber(L, 2, 0));
  return 1;
}

template <lua_CFunction Function>
int protected_call(lua_State* L) {
  return protect(L, [L] { return Function(L); });
}

}  // namespace

void push_os_time(lua_State* L, Isolate& isolate) {
  lua_createtable(L, 0, 4);
  const std::array<std::pair<const char*, lua_CFunction>, 4> functions{{
      {"time", protected_call<os_time>},
      {"date", protected_call<os_date>},
      {"clock", protected_call<os_clock>},
      {"difftime", os_difftime},
  }};
  for (const auto& [name, function] : functions) {
    lua_pushlightuserdata(L, &isolate);
    lua_pushcclosure(L, function, 1);
    lua_setfield(L, -2, name);
  }
}

}  // namespace btk::lua
