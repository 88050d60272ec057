// A script state with the host's Lua libraries in `btk`, for tests of lua/btk/*.lua.
#pragma once

#include <catch2/catch.hpp>
#include <string>
#include <utility>
#include <vector>

#include "lua/isolate.h"

namespace btk::test {

class LibraryScript {
 public:
  LibraryScript() : isolate_(options()) {
    lua_State* L = isolate_.state();
    lua_newtable(L);
    for (const auto& [name, module] :
         {std::pair{"ta", "ta"}, {"json", "json"}, {"date", "date"}, {"log", "log"}, {"math", "mathx"}}) {
      isolate_.push_module(module);
      lua_setfield(L, -2, name);
    }
    isolate_.provide("btk");
  }

  /// What `code` returns, as text; `btk` is at hand in it.
  std::string run(const std::string& code) {
    const lua::Ref value = isolate_.run_text("local btk = require 'btk'\n" + code, "test.lua");
    lua_State* L = isolate_.state();
    value.push(L);
    std::size_t size = 0;
    const bool truth = lua_isboolean(L, -1) != 0;
    std::string text = truth ? (lua_toboolean(L, -1) != 0 ? "true" : "false") : "nil";
    if (const char* given = lua_tolstring(L, -1, &size)) text.assign(given, size);
    lua_pop(L, 1);
    return text;
  }

  /// The value of one expression, as text.
  std::string value(const std::string& expression) { return run("return " + expression); }

  /// The message of the error that `code` ends with, with "test.lua:line: " in front of it.
  std::string error(const std::string& code) {
    try {
      run(code);
    } catch (const lua::ScriptFailure& failure) {
      return failure.what();
    }
    return "no error";
  }

  lua::Isolate& isolate() { return isolate_; }
  std::vector<std::string>& lines() { return lines_; }

 private:
  lua::IsolateOptions options() {
    lua::IsolateOptions given;
    given.log = [this](std::string_view level, std::string_view text) {
      lines_.push_back(std::string(level) + ": " + std::string(text));
    };
    return given;
  }

  std::vector<std::string> lines_;
  lua::Isolate isolate_;
};

}  // namespace btk::test
