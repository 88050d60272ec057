#include "lua/definitions.h"

#include <algorithm>
#include <map>
#include <optional>
#include <set>
#include <sstream>

#include <fmt/format.h>
#include <lua.hpp>

#include "engine/text.h"
#include "lua/embedded.h"
#include "lua/script.h"

namespace btk::lua {
namespace {

/// A comment of `---` lines, without them.
struct Block {
  std::vector<std::string> lines;
  std::string file;
  int end = 0;  ///< number of the line after it
};

/// "--- @api PATTERN(parameters) like PATTERN"
struct Family {
  std::string pattern, like;
  std::optional<std::vector<std::string>> parameters;
  Block block;
};

struct Module {
  std::string file;
  std::vector<std::string> lines;
};

std::string_view trim(std::string_view text) {
  const auto from = text.find_first_not_of(" \t");
  if (from == std::string_view::npos) return {};
  return text.substr(from, text.find_last_not_of(" \t") - from + 1);
}

std::vector<std::string> split(std::string_view text, char by) {
  std::vector<std::string> parts;
  for (std::size_t at = 0; at <= text.size();) {
    const std::size_t end = std::min(text.find(by, at), text.size());
    parts.emplace_back(trim(text.substr(at, end - at)));
    at = end + 1;
  }
  return parts;
}

/// What stands behind "---", or nothing.
std::optional<std::string_view> comment(std::string_view line) {
  line = trim(line);
  if (!line.starts_with("---") || line.starts_with("----")) return std::nullopt;
  line.remove_prefix(3);
  return trim(line);
}

/// The first word, taken off.
std::string take_word(std::string_view& text) {
  text = trim(text);
  const std::size_t end = std::min(text.find_first_of(" \t"), text.size());
  std::string word(text.substr(0, end));
  text.remove_prefix(end);
  text = trim(text);
  return word;
}

/// A type: as far as brackets go, and over the spaces behind a colon or around a bar.
std::string take_type(std::string_view& text) {
  text = trim(text);
  int depth = 0;
  std::size_t end = 0;
  for (; end < text.size(); ++end) {
    const char c = text[end];
    if (c == '{' || c == '(' || c == '<') ++depth;
    if (c == '}' || c == ')' || c == '>') --depth;
    if (c == ' ' && depth == 0 && (end == 0 || (text[end - 1] != ':' && text[end - 1] != '|'))) break;
  }
  std::string type(text.substr(0, end));
  text.remove_prefix(end);
  text = trim(text);
  return type.empty() ? "any" : type;
}

std::vector<Module> read_modules() {
  std::vector<Module> modules;
  for (const EmbeddedModule& module : embedded_modules()) {
    Module m{fmt::format("lua/btk/{}.lua", module.name), {}};
    std::istringstream text{std::string(module.source)};
    for (std::string line; std::getline(text, line);) m.lines.push_back(line);
    modules.push_back(std::move(m));
  }
  return modules;
}

/// The comment that ends right above line `line` (from 1), or an empty one.
Block block_above(const Module& module, int line) {
  Block block{{}, module.file, line};
  auto i = static_cast<std::size_t>(line) - 1;
  while (i > 0 && i <= module.lines.size() && comment(module.lines[i - 1])) --i;
  for (; i + 1 < static_cast<std::size_t>(line); ++i) block.lines.emplace_back(*comment(module.lines[i]));
  return block;
}

bool matches(std::string_view pattern, std::string_view path, std::string* star = nullptr) {
  const std::size_t at = pattern.find('*');
  if (at == std::string_view::npos) return pattern == path;
  const std::string_view head = pattern.substr(0, at), tail = pattern.substr(at + 1);
  if (path.size() <= head.size() + tail.size() || !path.starts_with(head) || !path.ends_with(tail)) return false;
  const std::string_view middle = path.substr(head.size(), path.size() - head.size() - tail.size());
  if (middle.find('.') != std::string_view::npos) return false;
  if (star != nullptr) *star = middle;
  return true;
}

/// Reads @param, @return and words of a comment into the function.
void describe(ApiFunction& function, const Block& block, std::vector<std::string>& mistakes) {
  std::string* goes_on = nullptr;
  for (const std::string& line : block.lines) {
    std::string_view rest = line;
    if (!rest.starts_with("@")) {
      if (goes_on != nullptr) {
        *goes_on += fmt::format(" {}", rest);
      } else {
        function.words.emplace_back(rest);
      }
      continue;
    }
    const std::string tag = take_word(rest);
    if (tag == "@param") {
      std::string name = take_word(rest);
      const bool optional = name.ends_with("?");
      if (optional) name.pop_back();
      const auto found = std::ranges::find(function.parameters, name, &ApiParameter::name);
      if (found == function.parameters.end()) {
        mistakes.push_back(fmt::format("{}:{}: the comment of {} has @param {}, but the function has no such parameter; correct the name",
                                       block.file, block.end, function.path, name));
        continue;
      }
      found->type = take_type(rest) + (optional ? "?" : "");
      found->words = rest;
      goes_on = &found->words;
    } else if (tag == "@return") {
      function.returns.emplace_back(rest);
      goes_on = &function.returns.back();
    }
  }
}

class Reader {
 public:
  Reader() : modules_(read_modules()) { find_comments(); }

  Api read() {
    ScriptOptions options;
    options.guarded = false;
    options.named_modules = true;
    options.log = [](std::string_view, std::string_view) {};
    Script script(options, Script::Role::main);
    lua_State* L = script.isolate().state();
    script.isolate().push_core();
    lua_getfield(L, -1, "loaded");
    lua_getfield(L, -1, "btk");
    walk(L, "btk");
    lua_pop(L, 3);
    methods();
    follow();
    std::ranges::sort(api_.functions, {}, &ApiFunction::path);
    return std::move(api_);
  }

 private:
  void find_comments() {
    for (const Module& module : modules_) {
      for (std::size_t i = 0; i < module.lines.size(); ++i) {
        const auto text = comment(module.lines[i]);
        if (!text) continue;
        std::vector<std::string> lines;
        while (i < module.lines.size() && comment(module.lines[i])) lines.emplace_back(*comment(module.lines[i++]));
        const int end = static_cast<int>(i) + 1;
        if (lines.front() == "@meta") {
          api_.meta.insert(api_.meta.end(), lines.begin() + 1, lines.end());
          api_.meta.emplace_back();
        }
        if (lines.front().starts_with("@methods ")) {
          method_blocks_.push_back({std::move(lines), module.file, end});
        } else {
          add_families(lines, module.file, end);
        }
      }
    }
  }

  void add_families(const std::vector<std::string>& lines, const std::string& file, int end) {
    std::vector<Family> found;
    Block words{{}, file, end};
    for (const std::string& line : lines) {
      if (!line.starts_with("@api ")) {
        if (!found.empty()) words.lines.push_back(line);
        continue;
      }
      std::string_view rest = std::string_view(line).substr(5);
      Family family;
      const std::size_t open = rest.find('(');
      if (open != std::string_view::npos) {
        const std::size_t close = rest.find(')', open);
        const std::string_view inner = trim(rest.substr(open + 1, close - open - 1));
        family.parameters = inner.empty() ? std::vector<std::string>{} : split(inner, ',');
        family.pattern = trim(rest.substr(0, open));
        rest = close == std::string_view::npos ? std::string_view() : rest.substr(close + 1);
      } else {
        family.pattern = take_word(rest);
      }
      if (take_word(rest) == "like") family.like = take_word(rest);
      found.push_back(std::move(family));
    }
    for (Family& family : found) {
      family.block = words;
      families_.push_back(std::move(family));
    }
  }

  void walk(lua_State* L, const std::string& path) {
    if (!seen_.insert(lua_topointer(L, -1)).second) return;
    if (path != "btk") api_.tables.push_back(path);
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
        api_.constants.push_back(type == LUA_TNUMBER ? fmt::format("{} = {}", inner, shortest(lua_tonumber(L, -1)))
                                                     : fmt::format("{} = nil ---@type {}", inner, lua_typename(L, type)));
      }
      lua_pop(L, 1);
    }
    // A table that can be called.
    if (luaL_getmetafield(L, -1, "__call") != 0) {
      add(L, path);
      lua_pop(L, 1);
    }
  }

  const Module* module_of(std::string_view source) const {
    for (const Module& module : modules_) {
      if (source == "=[btk]/" + module.file.substr(8)) return &module;
    }
    return nullptr;
  }

  Family* family_of(const std::string& path) {
    Family* best = nullptr;
    for (Family& family : families_) {
      if (matches(family.pattern, path)) best = better(best, &family);
    }
    return best;
  }

  // The function on top of the stack; it stays there.
  void add(lua_State* L, const std::string& path) {
    ApiFunction function;
    function.path = path;
    lua_Debug ar;
    lua_pushvalue(L, -1);
    lua_getinfo(L, ">S", &ar);
    const Module* module = module_of(ar.source);
    if (module != nullptr) {
      function.file = module->file;
      function.line = ar.linedefined;
      lua_pushvalue(L, -1);
      for (int i = 1; const char* name = lua_getlocal(L, nullptr, i); ++i) function.parameters.push_back({name, "any", {}});
      lua_pop(L, 1);
      const std::string& head = module->lines.at(static_cast<std::size_t>(ar.linedefined) - 1);
      const std::size_t word = head.find("function");
      if (word != std::string::npos && head.substr(word, head.find(')', word) - word).find("...") != std::string::npos) {
        function.parameters.push_back({"...", "any", {}});
      }
      if (!function.parameters.empty() && function.parameters.front().name == "_") function.parameters.erase(function.parameters.begin());
    }
    Family* family = family_of(path);
    Block block = module != nullptr ? block_above(*module, ar.linedefined) : Block{};
    const bool own_words = std::ranges::any_of(block.lines, [](const std::string& line) { return !line.empty() && line[0] != '@'; }) &&
                           !block.lines.front().starts_with("@api ");
    if (family != nullptr && (!own_words || family->pattern == path)) {
      std::vector<std::string> own = own_words || (!block.lines.empty() && block.lines.front().starts_with("@api ")) ? std::vector<std::string>{} : block.lines;
      block = family->block;
      block.lines.insert(block.lines.end(), own.begin(), own.end());
      if (family->parameters) {
        function.parameters.clear();
        for (std::string name : *family->parameters) {
          const bool optional = name.ends_with("?");
          if (optional) name.pop_back();
          function.parameters.push_back({name, optional ? "any?" : "any", {}});
        }
      }
      if (function.file.empty()) function.file = family->block.file, function.line = family->block.end;
      std::string star;
      if (!family->like.empty() && matches(family->pattern, path, &star)) {
        std::string other = family->like;
        if (const std::size_t at = other.find('*'); at != std::string::npos) other.replace(at, 1, star);
        likes_[path] = other;
      }
    }
    describe(function, block, api_.mistakes);
    api_.functions.push_back(std::move(function));
  }

  // Words of functions that are like others; then everything must have some.
  void follow() {
    for (ApiFunction& function : api_.functions) {
      if (const auto like = likes_.find(function.path); like != likes_.end()) {
        const auto other = std::ranges::find(api_.functions, like->second, &ApiFunction::path);
        if (other != api_.functions.end()) {
          std::vector<std::string> words = other->words;
          words.insert(words.end(), function.words.begin(), function.words.end());
          function.words = std::move(words);
          if (function.returns.empty()) function.returns = other->returns;
          // Made by a function that does not know the names: they are those of the other, with the run's names in front.
          if (std::ranges::count(function.parameters, "first", &ApiParameter::name) > 0) {
            function.parameters = other->parameters;
            if (function.parameters.empty()) function.parameters.push_back({"symbol", "string", {}});
            function.parameters.insert(function.parameters.begin() + 1, ApiParameter{"names", "table", "{ strategy_name =, exchange_name =, frame_name = }"});
          }
          for (ApiParameter& parameter : function.parameters) {
            const auto same = std::ranges::find(other->parameters, parameter.name, &ApiParameter::name);
            if (same != other->parameters.end() && parameter.words.empty()) parameter = *same;
          }
        }
      }
      if (std::ranges::all_of(function.words, [](const std::string& line) { return line.empty(); })) {
        api_.mistakes.push_back(fmt::format("{}:{}: {} has no comment; write \"--- What it does.\" right above the function, or "
                                            "\"--- @api {}(...)\" and the words below it anywhere in that file",
                                            function.file.empty() ? "lua/btk" : function.file, function.line, function.path, function.path));
      }
    }
  }

  // The functions "NAME:x(...)" of files that say so.
  void methods() {
    for (const Block& block : method_blocks_) {
      std::string_view rest = std::string_view(block.lines.front()).substr(9);
      const std::string name = take_word(rest);
      take_word(rest);
      const std::string type(trim(rest));
      const auto module = std::ranges::find(modules_, block.file, &Module::file);
      const std::string head = "function " + name + ":";
      for (std::size_t i = 0; i < module->lines.size(); ++i) {
        const std::string& line = module->lines[i];
        if (!line.starts_with(head)) continue;
        const std::size_t open = line.find('('), close = line.find(')', open);
        ApiFunction function;
        function.path = type + ":" + line.substr(head.size(), open - head.size());
        function.file = module->file;
        function.line = static_cast<int>(i) + 1;
        const std::string inner = line.substr(open + 1, close - open - 1);
        if (!inner.empty()) {
          for (const std::string& parameter : split(inner, ',')) function.parameters.push_back({parameter, "any", {}});
        }
        describe(function, block_above(*module, function.line), api_.mistakes);
        api_.functions.push_back(std::move(function));
      }
    }
  }

  static Family* better(Family* a, Family* b) {
    if (a == nullptr) return b;
    const bool a_exact = a->pattern.find('*') == std::string::npos, b_exact = b->pattern.find('*') == std::string::npos;
    if (a_exact != b_exact) return a_exact ? a : b;
    return b->pattern.size() > a->pattern.size() ? b : a;
  }

  std::vector<Module> modules_;
  std::vector<Family> families_;
  std::vector<Block> method_blocks_;
  std::map<std::string, std::string> likes_;
  std::set<const void*> seen_;
  Api api_;
};

std::string signature(const ApiFunction& function) {
  std::string names;
  for (const ApiParameter& p : function.parameters) names += (names.empty() ? "" : ", ") + p.name;
  return fmt::format("{}({})", function.path, names);
}

std::string first_of_path(const std::string& path) { return path.substr(0, path.find_last_of(".:")); }

}  // namespace

Api script_api() { return Reader().read(); }

std::string editor_definitions(const Api& api) {
  std::string text = "---@meta btk\n-- Made by `btkhost definitions`: the functions of btk for the Lua language server.\n\nlocal btk = {}\n";
  for (const std::string& table : api.tables) text += fmt::format("{} = {{}}\n", table);
  text += "\n";
  for (const std::string& line : api.meta) text += line.empty() ? "\n" : "---" + line + "\n";
  std::set<std::string> classes;
  for (const ApiFunction& f : api.functions) {
    const std::size_t colon = f.path.find(':');
    std::string path = f.path;
    if (colon != std::string::npos) {
      const std::string type = f.path.substr(0, colon);
      std::string local = type;
      std::ranges::replace(local, '.', '_');
      if (classes.insert(type).second) text += fmt::format("---@class {}\nlocal {} = {{}}\n\n", type, local);
      path = local + f.path.substr(colon);
    }
    for (const std::string& line : f.words) text += fmt::format("---{}\n", line);
    std::string names;
    for (const ApiParameter& p : f.parameters) {
      names += (names.empty() ? "" : ", ") + p.name;
      const bool optional = p.type.ends_with("?") && p.name != "...";
      const std::string type = p.type.ends_with("?") ? p.type.substr(0, p.type.size() - 1) : p.type;
      text += fmt::format("---@param {}{} {}{}{}\n", p.name, optional ? "?" : "", type, p.words.empty() ? "" : " ", p.words);
    }
    for (const std::string& line : f.returns) text += fmt::format("---@return {}\n", line);
    // A table that is called, too, is told as an overload of a field.
    if (std::ranges::count(api.tables, f.path) > 0) {
      text += fmt::format("---@overload fun({}): any\n{} = {}\n\n", names, path, path);
      continue;
    }
    text += fmt::format("function {}({}) end\n\n", path, names);
  }
  for (const std::string& constant : api.constants) text += constant + "\n";
  return text + "\nreturn btk\n";
}

std::string reference_page(const Api& api) {
  std::string text = "# Reference: every function\n\nMade by `btkhost definitions --manual`, from the comments above the functions; do not edit it by hand. Times are Unix\n"
                     "milliseconds UTC, percentages in percent, prices in quote currency. `?`: may be left out.\n";
  std::map<std::string, std::vector<const ApiFunction*>> groups;
  for (const ApiFunction& f : api.functions) groups[first_of_path(f.path)].push_back(&f);
  for (const auto& [group, functions] : groups) {
    text += fmt::format("\n## {}\n", group);
    for (const ApiFunction* f : functions) {
      text += fmt::format("\n### `{}`\n", signature(*f));
      if (!f->words.empty()) text += "\n";
      for (const std::string& line : f->words) text += line + "\n";
      bool listed = false;
      const auto item = [&](const std::string& line) {
        if (!listed) text += "\n";
        listed = true;
        text += line;
      };
      for (const ApiParameter& p : f->parameters) {
        if (p.type == "any" && p.words.empty()) continue;
        item(fmt::format("- `{}` {}{}{}\n", p.name, p.type, p.words.empty() ? "" : ": ", p.words));
      }
      for (const std::string& line : f->returns) item(fmt::format("- returns {}\n", line));
    }
  }
  return text;
}

}  // namespace btk::lua
