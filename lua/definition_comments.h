// The comments of lua/btk that tell of script functions, as text: where they stand, which functions they are
// for, what they say. How they are written is told in lua/definitions.h.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "lua/definitions.h"

namespace btk::lua {

/// One file of lua/btk.
struct LuaModule {
  std::string file;  ///< "lua/btk/ta.lua"
  std::vector<std::string> lines;
};

/// A comment of `---` lines, without them.
struct CommentBlock {
  std::vector<std::string> lines;
  std::string file;
  int end = 0;  ///< number of the line after it
};

/// "--- @api PATTERN(parameters) like PATTERN": words for every function whose path fits.
struct CommentFamily {
  std::string pattern, like;
  std::optional<std::vector<std::string>> parameters;  ///< in place of those of the function
  CommentBlock block;
};

/// All that the comments say, apart from those that stand above one function.
struct Comments {
  std::vector<CommentFamily> families;
  std::vector<CommentBlock> methods;                     ///< "@methods NAME of CLASS" as their first line
  std::map<std::string, std::vector<std::string>> meta;  ///< by module: "btk", "btk.test"
};

/// The files that are compiled into the program.
std::vector<LuaModule> lua_modules();

Comments read_comments(const std::vector<LuaModule>& modules);

/// The comment that ends right above line `line` (from 1), or an empty one.
CommentBlock comment_above(const LuaModule& module, int line);

/// Are there words in it, and not only for others?
bool has_own_words(const CommentBlock& block);

/// Does "btk.add_*" fit "btk.add_risk"? `star` is what stands for the "*": a name, never a path.
bool fits(std::string_view pattern, std::string_view path, std::string* star = nullptr);

/// The exact family, else the longest pattern that fits; nullptr when there is none.
const CommentFamily* family_of(const std::vector<CommentFamily>& families, std::string_view path);

/// "n" of "n?" and whether there was a question mark.
ApiParameter parameter_named(std::string name);

/// "a, b" -> "a", "b"; nothing gives nothing.
std::vector<std::string> names_in(std::string_view list);

/// The first word, taken off, and the blanks around it.
std::string take_word(std::string_view& text);

/// Reads words and tags of a comment into the function; what names a parameter that is not there becomes one
/// of `mistakes`.
void describe(ApiFunction& function, const CommentBlock& block, std::vector<std::string>& mistakes);

}  // namespace btk::lua
