// What is written of the table of the script API: definitions for editors, the reference page.
#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>
#include <utility>

#include "lua/definitions.h"

namespace btk::lua {
namespace {

constexpr std::string_view kModules[] = {"btk", "btk.test"};

bool lies_in(std::string_view path, std::string_view module) {
  return path.starts_with(module) &&
         (path.size() == module.size() || path[module.size()] == '.' || path[module.size()] == ':');
}

// The module that `require` gives it with: the innermost one.
std::string_view module_of(std::string_view path) {
  std::string_view best = kModules[0];
  for (const std::string_view module : kModules) {
    if (lies_in(path, module)) best = module;
  }
  return best;
}

std::string signature(const ApiFunction& function) {
  std::string names;
  for (const ApiParameter& p : function.parameters) names += (names.empty() ? "" : ", ") + p.name;
  return fmt::format("{}({})", function.path, names);
}

std::string group_of(const std::string& path) { return path.substr(0, path.find_last_of(".:")); }

class Definitions {
 public:
  Definitions(const Api& api, std::string_view module)
      : api_(api),
        module_(module),
        local_(module.substr(
            module.find_last_of('.') == std::string_view::npos ? 0 : module.find_last_of('.') + 1)) {}

  std::string text() {
    out_ = fmt::format(
        "---@meta {}\n-- Made by `btkhost definitions`: the functions of {} for the Lua language "
        "server.\n\nlocal {} = {{}}\n",
        module_, module_, local_);
    for (const std::string& path : api_.tables) {
      if (module_of(path) == module_) table(path);
    }
    out_ += "\n";
    if (const auto meta = api_.meta.find(std::string(module_)); meta != api_.meta.end()) {
      for (const std::string& line : meta->second) out_ += line.empty() ? "\n" : "---" + line + "\n";
    }
    for (const ApiFunction& f : api_.functions) {
      if (module_of(f.path) == module_) function(f);
    }
    for (const std::string& constant : api_.constants) {
      if (module_of(constant.substr(0, constant.find(' '))) == module_) out_ += in_file(constant) + "\n";
    }
    return out_ + fmt::format("\nreturn {}\n", local_);
  }

 private:
  // "btk.test.assert.equal" is test.assert.equal in the file of btk.test.
  std::string in_file(const std::string& path) const {
    return std::string(local_) + path.substr(module_.size());
  }

  const ApiFunction* function_at(const std::string& path) const {
    const auto found = std::ranges::find(api_.functions, path, &ApiFunction::path);
    return found == api_.functions.end() ? nullptr : &*found;
  }

  void table(const std::string& path) {
    // A table that is called and has a class of its own says both where it begins.
    const ApiFunction* call = function_at(path);
    if (call != nullptr && !call->table.empty()) {
      words(*call);
      for (const std::string& line : call->table) out_ += fmt::format("---{}\n", line);
      out_ += overload(*call);
    }
    out_ += fmt::format("{} = {{}}\n", in_file(path));
    if (call != nullptr && !call->global.empty())
      out_ += fmt::format("{} = {}\n", call->global, in_file(path));
  }

  void words(const ApiFunction& f) {
    for (const std::string& line : f.words) out_ += fmt::format("---{}\n", line);
  }

  static std::string names_of(const ApiFunction& f) {
    std::string names;
    for (const ApiParameter& p : f.parameters) names += (names.empty() ? "" : ", ") + p.name;
    return names;
  }

  // "n?", "integer" of a parameter that may be left out.
  static std::pair<std::string, std::string> name_and_type(const ApiParameter& p) {
    if (!p.type.ends_with("?")) return {p.name, p.type};
    return {p.name == "..." ? p.name : p.name + "?", p.type.substr(0, p.type.size() - 1)};
  }

  // The type at the beginning of "@return btk.Series what it is".
  static std::string result_of(const ApiFunction& f) {
    return f.returns.empty() ? "any" : f.returns.front().substr(0, f.returns.front().find(' '));
  }

  static std::string overload(const ApiFunction& f) {
    std::string parameters;
    for (const ApiParameter& p : f.parameters) {
      const auto [name, type] = name_and_type(p);
      parameters += fmt::format("{}{}: {}", parameters.empty() ? "" : ", ", name, type);
    }
    return fmt::format("---@overload fun({}): {}\n", parameters, result_of(f));
  }

  void function(const ApiFunction& f) {
    const bool is_table = std::ranges::count(api_.tables, f.path) > 0;
    if (is_table && !f.table.empty()) return;
    std::string path = f.path;
    if (const std::size_t colon = path.find(':'); colon != std::string::npos) {
      const std::string type = path.substr(0, colon);
      std::string local = type;
      std::ranges::replace(local, '.', '_');
      if (classes_.insert(type).second) out_ += fmt::format("---@class {}\nlocal {} = {{}}\n\n", type, local);
      path = local + path.substr(colon);
    } else {
      path = in_file(path);
    }
    words(f);
    for (const ApiParameter& p : f.parameters) {
      const auto [name, type] = name_and_type(p);
      out_ += fmt::format("---@param {} {}{}{}\n", name, type, p.words.empty() ? "" : " ", p.words);
    }
    for (const std::string& line : f.returns) out_ += fmt::format("---@return {}\n", line);
    if (is_table) {
      out_ += fmt::format("{}{} = {}\n\n", overload(f), path, path);
    } else {
      out_ += fmt::format("function {}({}) end\n\n", path, names_of(f));
    }
  }

  const Api& api_;
  std::string_view module_, local_;
  std::string out_;
  std::set<std::string> classes_;
};

}  // namespace

std::vector<EditorFile> editor_definitions(const Api& api) {
  std::vector<EditorFile> files;
  for (const std::string_view module : kModules) {
    std::string name(module);
    std::ranges::replace(name, '.', '/');
    files.push_back({name + ".lua", Definitions(api, module).text()});
  }
  return files;
}

std::string reference_page(const Api& api) {
  std::string text =
      "# Reference: every function\n\nMade by `btkhost definitions --manual`, from the comments above the "
      "functions; do not edit it by hand. Times are Unix\n"
      "milliseconds UTC (`os.time` and `os.date` count seconds: `os.date(\"!%H:%M\", when / 1000)`, or `btk.date.format(when, "
      "\"%H:%M\")`),\npercentages in percent, prices in quote currency. `?`: may be left out. Rows and events that a callback "
      "is given are copies: writing to them\ndoes not change the position.\n";
  std::map<std::string, std::vector<const ApiFunction*>> groups;
  for (const ApiFunction& f : api.functions) groups[group_of(f.path)].push_back(&f);
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
