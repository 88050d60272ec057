#include "lua/definitions.h"

#include <fmt/format.h>

#include <algorithm>
#include <lua.hpp>
#include <map>
#include <set>

#include "engine/text.h"
#include "lua/definition_comments.h"
#include "lua/script.h"

namespace btk::lua {
namespace {

class Reader {
 public:
  Reader() : modules_(lua_modules()), comments_(read_comments(modules_)) { api_.meta = comments_.meta; }

  Api read() {
    ScriptOptions options;
    options.guarded = false;
    options.named_modules = true;
    options.log = [](std::string_view, std::string_view) {};
    Script script(options, Script::Role::main);
    Isolate& isolate = script.isolate();
    lua_State* L = isolate.state();
    walk_loaded(isolate, "btk");
    isolate.push_module("market");  // btk looks it up when it is first asked for
    walk(L, "btk.market");
    isolate.push_module("test");  // as `btkhost test` does
    walk_loaded(isolate, "btk.test");
    isolate.push_module("expect");
    lua_getfield(L, -1, "spoken");  // what btk.test.assert makes sentences of
    walk_fields(L, "btk.test.assert");
    lua_pop(L, 4);
    methods();
    follow();
    std::ranges::sort(api_.functions, {}, &ApiFunction::path);
    return std::move(api_);
  }

 private:
  // What `require` of the name gives.
  void walk_loaded(Isolate& isolate, const char* name) {
    lua_State* L = isolate.state();
    isolate.push_core();
    lua_getfield(L, -1, "loaded");
    lua_getfield(L, -1, name);
    walk(L, name);
    lua_pop(L, 3);
  }

  // The table on top of the stack; it stays there.
  void walk(lua_State* L, const std::string& path) {
    if (!seen_.insert(lua_topointer(L, -1)).second) return;
    if (path != "btk" && path != "btk.test") api_.tables.push_back(path);
    walk_fields(L, path);
    // A table that can be called.
    if (luaL_getmetafield(L, -1, "__call") != 0) {
      add(L, path);
      lua_pop(L, 1);
    }
  }

  void walk_fields(lua_State* L, const std::string& path) {
    std::map<std::string, int> names;
    lua_pushnil(L);
    while (lua_next(L, -2) != 0) {
      if (lua_type(L, -2) == LUA_TSTRING) names[lua_tostring(L, -2)] = lua_type(L, -1);
      lua_pop(L, 1);
    }
    for (const auto& [name, type] : names) {
      const std::string inner = path + "." + name;
      lua_pushlstring(L, name.data(), name.size());
      lua_rawget(L, -2);
      if (type == LUA_TFUNCTION) {
        add(L, inner);
      } else if (type == LUA_TTABLE) {
        walk(L, inner);
      } else {
        api_.constants.push_back(type == LUA_TNUMBER
                                     ? fmt::format("{} = {}", inner, shortest(lua_tonumber(L, -1)))
                                     : fmt::format("{} = nil ---@type {}", inner, lua_typename(L, type)));
      }
      lua_pop(L, 1);
    }
  }

  const LuaModule* module_of(std::string_view source) const {
    for (const LuaModule& module : modules_) {
      if (source == "=[btk]/" + module.file.substr(8)) return &module;
    }
    return nullptr;
  }

  // The function on top of the stack; it stays there.
  void add(lua_State* L, const std::string& path) {
    ApiFunction function;
    function.path = path;
    lua_Debug ar;
    lua_pushvalue(L, -1);
    lua_getinfo(L, ">S", &ar);
    const LuaModule* module = module_of(ar.source);
    if (module != nullptr) {
      function.file = module->file;
      function.line = ar.linedefined;
      read_parameters(L, function, module->lines.at(static_cast<std::size_t>(ar.linedefined) - 1));
    }
    CommentBlock block = module != nullptr ? comment_above(*module, ar.linedefined) : CommentBlock{};
    const CommentFamily* family = family_of(comments_.families, path);
    const bool own_words = has_own_words(block);
    if (family != nullptr && (!own_words || family->pattern == path)) {
      const bool for_others = own_words || (!block.lines.empty() && block.lines.front().starts_with("@api "));
      const std::vector<std::string> own = for_others ? std::vector<std::string>{} : block.lines;
      block = family->block;
      block.lines.insert(block.lines.end(), own.begin(), own.end());
      if (family->parameters) {
        function.parameters.clear();
        for (const std::string& name : *family->parameters)
          function.parameters.push_back(parameter_named(name));
      }
      if (function.file.empty()) function.file = family->block.file, function.line = family->block.end;
      std::string star;
      if (!family->like.empty() && fits(family->pattern, path, &star)) {
        std::string other = family->like;
        if (const std::size_t at = other.find('*'); at != std::string::npos) other.replace(at, 1, star);
        likes_[path] = other;
      }
    }
    describe(function, block, api_.mistakes);
    api_.functions.push_back(std::move(function));
  }

  // The names of the parameters of the function on top of the stack, whose text begins in line `head`.
  static void read_parameters(lua_State* L, ApiFunction& function, const std::string& head) {
    lua_pushvalue(L, -1);
    for (int i = 1; const char* name = lua_getlocal(L, nullptr, i); ++i)
      function.parameters.push_back(parameter_named(name));
    lua_pop(L, 1);
    const std::size_t word = head.find("function");
    if (word != std::string::npos &&
        head.substr(word, head.find(')', word) - word).find("...") != std::string::npos) {
      function.parameters.push_back(parameter_named("..."));
    }
    // A table that is called is its function's first argument.
    if (!function.parameters.empty() && function.parameters.front().name == "_")
      function.parameters.erase(function.parameters.begin());
  }

  // Words of functions that are like others; then everything must have some.
  void follow() {
    for (ApiFunction& function : api_.functions) {
      if (const auto like = likes_.find(function.path); like != likes_.end()) {
        const auto other = std::ranges::find(api_.functions, like->second, &ApiFunction::path);
        if (other != api_.functions.end()) take_after(function, *other);
      }
      if (std::ranges::all_of(function.words, [](const std::string& line) { return line.empty(); })) {
        api_.mistakes.push_back(fmt::format(
            "{}:{}: {} has no comment; write \"--- What it does.\" right above the function, or "
            "\"--- @api {}(...)\" and the words below it anywhere in that file",
            function.file.empty() ? "lua/btk" : function.file, function.line, function.path, function.path));
      }
    }
  }

  static void take_after(ApiFunction& function, const ApiFunction& other) {
    std::vector<std::string> words = other.words;
    words.insert(words.end(), function.words.begin(), function.words.end());
    function.words = std::move(words);
    if (function.returns.empty()) function.returns = other.returns;
    // Made by a function that does not know the names: they are those of the other, with the run's names in
    // front.
    if (std::ranges::count(function.parameters, "first", &ApiParameter::name) > 0) {
      function.parameters = other.parameters;
      if (function.parameters.empty()) function.parameters.push_back({"symbol", "string", {}});
      function.parameters.insert(
          function.parameters.begin() + 1,
          ApiParameter{"names", "table", "{ strategy_name =, exchange_name =, frame_name = }"});
    }
    for (ApiParameter& parameter : function.parameters) {
      const auto same = std::ranges::find(other.parameters, parameter.name, &ApiParameter::name);
      if (same != other.parameters.end() && parameter.words.empty()) parameter = *same;
    }
  }

  // The functions "NAME:x(...)" of files that say so.
  void methods() {
    for (const CommentBlock& block : comments_.methods) {
      std::string_view rest = std::string_view(block.lines.front());
      take_word(rest);  // @methods
      const std::string name = take_word(rest);
      take_word(rest);  // of
      const std::string type(rest);
      const auto module = std::ranges::find(modules_, block.file, &LuaModule::file);
      const std::string head = "function " + name + ":";
      for (std::size_t i = 0; i < module->lines.size(); ++i) {
        const std::string& line = module->lines[i];
        if (!line.starts_with(head)) continue;
        const std::size_t open = line.find('('), close = line.find(')', open);
        ApiFunction function;
        function.path = type + ":" + line.substr(head.size(), open - head.size());
        function.file = module->file;
        function.line = static_cast<int>(i) + 1;
        for (const std::string& parameter : names_in(line.substr(open + 1, close - open - 1)))
          function.parameters.push_back(parameter_named(parameter));
        describe(function, comment_above(*module, function.line), api_.mistakes);
        api_.functions.push_back(std::move(function));
      }
    }
  }

  std::vector<LuaModule> modules_;
  Comments comments_;
  std::map<std::string, std::string> likes_;
  std::set<const void*> seen_;
  Api api_;
};

}  // namespace

Api script_api() { return Reader().read(); }

}  // namespace btk::lua
