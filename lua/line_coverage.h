// Which lines of scripts were executed. LuaJIT's compiled code calls no hooks, so an isolate that is watched runs in the
// interpreter alone: slower, with the same results. The lines that can be executed at all come from the byte code of the
// files, so a function that was never called counts as missed.
//
// Used by one thread at a time.
#pragma once

#include <cstddef>
#include <map>
#include <set>
#include <string>
#include <string_view>

#include <lua.hpp>

namespace btk::lua {

/// Lines of one file.
struct CoveredFile {
  std::set<int> lines;  ///< that hold code
  std::set<int> hit;    ///< of these, the executed ones
};

/// Lines of a Lua text that hold code; none when it does not compile.
std::set<int> lines_with_code(std::string_view text);

class LineCoverage {
 public:
  /// Watches a state until it is closed; before it runs anything. The object must outlive the state. Switches its compiler off.
  void attach(lua_State* L);

  /// Every file that was executed, by the name that messages show. `text_of(name)` gives a file's text, or nothing.
  template <class TextOf>
  std::map<std::string, CoveredFile> files(TextOf text_of) const {
    std::map<std::string, CoveredFile> out;
    for (const auto& [name, hit] : hit_) {
      const auto text = text_of(name);
      if (!text) continue;
      CoveredFile file{lines_with_code(*text), {}};
      for (const int line : hit) {
        if (file.lines.contains(line)) file.hit.insert(line);
      }
      out.emplace(name, std::move(file));
    }
    return out;
  }

 private:
  static void on_line(lua_State* L, lua_Debug* ar);

  std::map<std::string, std::set<int>, std::less<>> hit_;
};

/// "3-5, 9": for people.
std::string line_ranges(const std::set<int>& lines);

}  // namespace btk::lua
