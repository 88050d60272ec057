#include "lua/nesting.h"

#include <string_view>

#include "lua/isolate.h"
#include "lua/string_lib.h"
#include "lua/traceback.h"

namespace btk::lua {
namespace {

/// Why `co` cannot be resumed, or nullptr.
const char* obstacle(lua_State* co) {
  lua_Debug ar;
  if (lua_status(co) == LUA_YIELD) return nullptr;
  if (lua_status(co) != 0) return "cannot resume dead coroutine";
  if (lua_getstack(co, 0, &ar) != 0) return "cannot resume non-suspended coroutine";
  return lua_gettop(co) == 0 ? "cannot resume dead coroutine" : nullptr;
}

/// Moves the arguments over and resumes. The number of results on L, or -1 with the error value on top of L.
int run_coroutine(lua_State* L, lua_State* co, int arguments) {
  const char* problem = obstacle(co);
  if (problem == nullptr && lua_checkstack(co, arguments) == 0) problem = "too many arguments to resume";
  if (problem != nullptr) {
    lua_pushstring(L, problem);
    return -1;
  }
  lua_xmove(L, co, arguments);
  const int status = lua_resume(co, arguments);
  if (status != 0 && status != LUA_YIELD) {
    lua_xmove(co, L, 1);
    return -1;
  }
  const int results = lua_gettop(co);
  luaL_checkstack(L, results + 1, "too many results to resume");
  lua_xmove(co, L, results);
  return results;
}

void raise_if_stopped(lua_State* L, Isolate& isolate) {
  if (isolate.control().stopped()) luaL_error(L, "%s", describe(isolate.stop_reason()).data());
}

int coroutine_resume(lua_State* L) {
  Isolate& isolate = isolate_of(L);
  lua_State* co = lua_tothread(L, 1);
  luaL_argcheck(L, co != nullptr, 1, "coroutine expected");
  enter_nested(L, isolate, &co, "coroutines");
  const int results = run_coroutine(L, co, lua_gettop(L) - 1);
  if (results < 0) {
    raise_if_stopped(L, isolate);
    lua_pushcfunction(L, push_error_value);
    lua_insert(L, -2);
    lua_call(L, 1, 1);
  }
  lua_pushboolean(L, results >= 0 ? 1 : 0);
  const int count = results < 0 ? 1 : results;
  lua_insert(L, -count - 1);
  return count + 1;
}

int wrapped_coroutine(lua_State* L) {
  Isolate& isolate = isolate_of(L);
  lua_State* co = lua_tothread(L, lua_upvalueindex(2));
  enter_nested(L, isolate, &co, "coroutines");
  const bool alive = obstacle(co) == nullptr;
  const int results = run_coroutine(L, co, lua_gettop(L));
  if (results >= 0) return results;
  raise_if_stopped(L, isolate);
  if (!alive) return luaL_error(L, "%s", lua_tostring(L, -1));
  push_coroutine_error(L, co);  // the frames of the coroutine, not those of its caller, tell where it failed
  return lua_error(L);
}

int coroutine_wrap(lua_State* L) {
  luaL_checktype(L, 1, LUA_TFUNCTION);
  lua_pushlightuserdata(L, &isolate_of(L));
  lua_State* co = lua_newthread(L);
  lua_pushvalue(L, 1);
  lua_xmove(L, co, 1);
  lua_pushcclosure(L, wrapped_coroutine, 2);
  return 1;
}

/// Upvalue 2 is LuaJIT's table.sort.
int table_sort(lua_State* L) {
  luaL_checktype(L, 1, LUA_TTABLE);
  if (!lua_isnoneornil(L, 2)) luaL_checktype(L, 2, LUA_TFUNCTION);
  lua_settop(L, 2);
  enter_nested(L, isolate_of(L), &L, "calls of table.sort");
  lua_pushvalue(L, lua_upvalueindex(2));
  lua_insert(L, 1);
  lua_call(L, 2, 0);
  return 0;
}

}  // namespace

void enter_nested(lua_State* L, Isolate& isolate, const void* frame, const char* what) {
  if (!isolate.execution().nesting().enter(frame))
    luaL_error(L, "%s are nested more than %d deep", what, static_cast<int>(Nesting::kLimit));
}

void push_nesting(lua_State* L, Isolate& isolate) {
  lua_createtable(L, 0, 7);
  add_string_functions(L, isolate);
  lua_pushlightuserdata(L, &isolate);
  lua_pushcclosure(L, coroutine_resume, 1);
  lua_setfield(L, -2, "coroutine.resume");
  lua_pushlightuserdata(L, &isolate);
  lua_pushcclosure(L, coroutine_wrap, 1);
  lua_setfield(L, -2, "coroutine.wrap");
  lua_pushlightuserdata(L, &isolate);
  lua_getglobal(L, "table");
  lua_getfield(L, -1, "sort");
  lua_remove(L, -2);
  lua_pushcclosure(L, table_sort, 2);
  lua_setfield(L, -2, "table.sort");
}

}  // namespace btk::lua
