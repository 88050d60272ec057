#include "lua/isolate.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>

#include "lua/embedded.h"
#include "lua/sandbox.h"

namespace btk::lua {

Isolate::Isolate(IsolateOptions options)
    : options_(std::move(options)),
      owner_(allocator_.open(options_.memory_cap, control_), StateCloser{&allocator_}),
      L_(owner_.get()),
      loader_(options_.unsafe),
      execution_(control_) {
  if (L_ == nullptr)
    throw Error("there is not enough memory for another script state; run fewer in parallel");
  if (options_.proof) loader_.view_files(options_.proof->view_file);
  if (!options_.folder.empty()) loader_.add_folder(options_.folder);
  execution_.attach(L_, options_.guarded);
  if (options_.guarded) allocator_.stop_with([](void* execution) { static_cast<Execution*>(execution)->take_notice(); }, &execution_);
  open_sandbox(*this);
  execution_.compile(true);
}

Isolate::~Isolate() = default;

std::optional<ScriptError> Isolate::pcall(int nargs, int nresults) {
  const Execution::Scope running(execution_);
  const int function = lua_gettop(L_) - nargs;
  lua_pushcfunction(L_, traceback_handler);
  lua_insert(L_, function);
  const int status = lua_pcall(L_, nargs, nresults, function);
  lua_remove(L_, function);
  if (status == 0) return std::nullopt;
  ScriptError error = read_error(L_, -1, control_);
  lua_pop(L_, 1);
  if (control_.memory_exhausted()) {
    lua_gc(L_, LUA_GCCOLLECT, 0);
    allocator_.settle();
  }
  return error;
}

void Isolate::call(int nargs, int nresults) {
  if (auto error = pcall(nargs, nresults)) throw ScriptFailure(std::move(*error));
}

Ref Isolate::run_file(const std::filesystem::path& path) {
  loader_.add_folder(path.parent_path());
  const Source source = loader_.read(path);
  return run_text(source.text, source.name);
}

Ref Isolate::run_text(std::string_view text, const std::string& name) {
  if (!options_.bytecode && !text.empty() && text.front() == LUA_SIGNATURE[0])
    throw Error(fmt::format("{}: compiled Lua is not accepted; give the source text", name));
  if (text.substr(0, 1) == "#") text.remove_prefix(std::min(text.find('\n'), text.size()));
  const char* mode = options_.bytecode ? "bt" : "t";
  if (luaL_loadbufferx(L_, text.data(), text.size(), ("@" + name).c_str(), mode) != 0) {
    ScriptError error = read_error(L_, -1, control_);
    lua_pop(L_, 1);
    error.file = name;
    throw ScriptFailure(std::move(error));
  }
  call(0, 1);
  return Ref(L_);
}

void Isolate::push_module(std::string_view name) {
  push_core();
  lua_getfield(L_, -1, "module");
  lua_remove(L_, -2);
  lua_pushlstring(L_, name.data(), name.size());
  call(1, 1);
}

void Isolate::push_first_module(std::string_view name) {
  constexpr int kAfterThePause = -1;  // of LUA_GCRESTART: not at once
  execution_.compile(false);
  lua_gc(L_, LUA_GCSTOP, 0);
  push_module(name);
  lua_gc(L_, LUA_GCRESTART, kAfterThePause);
  execution_.compile(true);
}

void Isolate::push_core() { push_core_table(L_); }

void Isolate::provide(const std::string& name) {
  push_core();
  lua_getfield(L_, -1, "loaded");
  lua_pushvalue(L_, -3);
  lua_setfield(L_, -2, name.c_str());
  lua_pop(L_, 3);
}

Timestamp Isolate::now() const {
  if (options_.clock) return options_.clock();
  const auto since_epoch = std::chrono::system_clock::now().time_since_epoch();
  return std::chrono::duration_cast<std::chrono::milliseconds>(since_epoch).count();
}

void Isolate::interrupt() {
  control_.stop(StopReason::interrupted);
  execution_.poke();
}

void Isolate::resume() { control_.clear(); }

void Isolate::mark_not_reproducible(const std::string& where) {
  if (not_reproducible_.empty()) not_reproducible_ = where.empty() ? "an unknown place" : where;
}

}  // namespace btk::lua
