// One LuaJIT state with one copy of the user's script, its own memory cap and
// its own libraries (lua/sandbox.h). Isolates share nothing; each is used by one
// thread at a time, only interrupt() may come from anywhere.
//
// Host code reaches scripts through pcall(), call() and run_file(): there errors
// become ScriptError values with the script's file and line. The Lua half of the
// host (lua/btk/*.lua) is reached through module() and the table `core`, which
// scripts never see.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <lua.hpp>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "engine/error.h"
#include "engine/time.h"
#include "lua/allocator.h"
#include "lua/control.h"
#include "lua/guard.h"
#include "lua/loader.h"
#include "lua/proof_hooks.h"
#include "lua/traceback.h"

namespace btk::lua {

struct IsolateOptions {
  std::size_t memory_cap = std::size_t{1} << 30;  ///< bytes
  bool named_modules = false;                     ///< the modules of lua/btk keep names and line numbers
  std::uint64_t seed = 1;                         ///< with symbol and strategy: where math.random starts
  std::string symbol{};
  std::string strategy{};
  std::filesystem::path
      folder{};         ///< where `require` looks besides the folders of the files that are run; may be empty
  bool unsafe = false;  ///< io, os.execute, ffi, debug, package.loadlib
  bool bytecode = false;  ///< run_text takes compiled Lua too, which can break out of anything
  bool guarded = false;                ///< a running loop can be stopped (lua/guard.h); costs 3 % to 60 %
  std::function<Timestamp()> clock{};  ///< simulated time; empty: the real one
  std::function<void(std::string_view)> print{};  ///< one line without its end; empty: stderr
  std::function<void(std::string_view level, std::string_view text)> log{};  ///< empty: stderr
  std::shared_ptr<const ProofHooks> proof{};  ///< a run that is repeated to prove something; usually none
};

/// A script error as an exception; what() is "strategy.lua:12: message".
class ScriptFailure : public Error {
 public:
  explicit ScriptFailure(ScriptError error) : Error(error.where_and_what()), error_(std::move(error)) {}
  const ScriptError& error() const { return error_; }

 private:
  ScriptError error_;
};

/// A Lua value kept by the host. Must not outlive its isolate.
class Ref {
 public:
  Ref() = default;
  /// Takes the value on top of the stack.
  explicit Ref(lua_State* L) : L_(L), ref_(luaL_ref(L, LUA_REGISTRYINDEX)) {}
  Ref(Ref&& other) noexcept : L_(std::exchange(other.L_, nullptr)), ref_(other.ref_) {}
  Ref& operator=(Ref&& other) noexcept {
    std::swap(L_, other.L_);
    std::swap(ref_, other.ref_);
    return *this;
  }
  ~Ref() {
    if (L_ != nullptr) luaL_unref(L_, LUA_REGISTRYINDEX, ref_);
  }
  /// Pushes the value (nil for an empty Ref).
  void push(lua_State* L) const {
    if (L_ != nullptr)
      lua_rawgeti(L, LUA_REGISTRYINDEX, ref_);
    else
      lua_pushnil(L);
  }
  explicit operator bool() const { return L_ != nullptr; }

 private:
  lua_State* L_ = nullptr;
  int ref_ = LUA_NOREF;
};

class Isolate {
 public:
  explicit Isolate(IsolateOptions options);
  ~Isolate();
  Isolate(const Isolate&) = delete;
  Isolate& operator=(const Isolate&) = delete;

  lua_State* state() const { return L_; }
  const IsolateOptions& options() const { return options_; }

  /// Runs a script file and returns what its main chunk returned (its first value).
  /// Throws ScriptFailure, or btk::Error when the file cannot be read.
  Ref run_file(const std::filesystem::path& path);
  /// The same for a text; `name` is what messages show.
  Ref run_text(std::string_view text, const std::string& name);

  /// Calls the function below its `nargs` arguments, as lua_pcall does; both are taken off the stack.
  /// After an error nothing is left on the stack.
  std::optional<ScriptError> pcall(int nargs, int nresults);
  /// The same, but throws ScriptFailure.
  void call(int nargs, int nresults);

  /// Pushes the module table of lua/btk/<name>.lua, running it with `core` the first time. Throws
  /// ScriptFailure.
  void push_module(std::string_view name);
  /// The same for what every isolate starts with. Nothing is compiled to machine code and no garbage is looked for meanwhile:
  /// the code runs once, and nearly all that it makes stays.
  void push_first_module(std::string_view name);
  /// Pushes the table that host modules share and scripts never see.
  void push_core();
  /// Takes the value on top of the stack: scripts get it from `require(name)`.
  void provide(const std::string& name);

  /// Files that scripts were loaded from, with content hashes.
  const std::vector<LoadedFile>& files() const { return loader_.files(); }
  Loader& loader() { return loader_; }

  /// Moment that os.time shows.
  Timestamp now() const;

  /// Ends the running script as soon as it can be ended: at once in an isolate made with `guarded`, else when
  /// it calls the host or fails. Callable from any thread and from a signal handler, also again. The isolate
  /// stays stopped, whatever its script catches, until resume().
  void interrupt();
  /// Lets the isolate run again after an interrupt or a deadline.
  void resume();

  bool memory_exhausted() const { return control_.memory_exhausted(); }
  std::size_t memory_used() const { return allocator_.used(); }
  /// What the system gave for it.
  std::size_t memory_held() const { return allocator_.held(); }
  StopReason stop_reason() const { return control_.reason(); }
  Control& control() { return control_; }
  Execution& execution() { return execution_; }

  /// Where a script first did what no two machines do alike, "file:line"; empty when it did not.
  const std::string& not_reproducible() const { return not_reproducible_; }
  void mark_not_reproducible(const std::string& where);

 private:
  struct StateCloser {
    Allocator* allocator;
    void operator()(lua_State* L) const { allocator->close(L); }
  };

  IsolateOptions options_;
  Control control_;
  Allocator allocator_;
  std::unique_ptr<lua_State, StateCloser> owner_;
  lua_State* L_ = nullptr;
  Loader loader_;
  Execution execution_;
  std::string not_reproducible_;
};

/// Whose C function runs: functions that the sandbox makes have their isolate as the first upvalue.
inline Isolate& isolate_of(lua_State* L) { return *static_cast<Isolate*>(lua_touserdata(L, lua_upvalueindex(1))); }

}  // namespace btk::lua
