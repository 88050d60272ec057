// The script API as a table: every function that is reachable from `btk`, and from `btk.test` in tests, with its parameters and the
// comment that stands above it in lua/btk. From this one table come the definitions for editors (LuaLS), the reference of the
// manual, and the test that nothing is without words.
//
// The functions are found at run time, so whatever registers is there; the words are in the text of the modules:
//
//   --- What it does, units, errors.          above a function; "-- " lines do not count
//   --- @param name type words
//   --- @return type words
//   function data.get_candles(symbol, interval, limit)
//
// Functions that are made in loops, or in C, have a comment of their own, anywhere in a module. One "*" stands for any
// name; `like` takes the words of another function. An exact name wins over a pattern:
//
//   --- @api btk.add_*(schema)
//   --- @api btk.backtest.* like btk.*
//   --- Sentence, @param and @return as above.
//
// "--- @methods NAME of btk.Class" documents the functions "NAME:x()" of its file as methods; a block that begins with
// "--- @meta", or "--- @meta btk.test", is copied into the definitions of that module as it stands. A table that is called may have
// a class of its own (@class, @field) and stand in for a global of Lua (@global).
#pragma once

#include <map>
#include <string>
#include <vector>

namespace btk::lua {

struct ApiParameter {
  std::string name;
  std::string type;  ///< "any" when nothing is said; ends in "?" when it may be left out
  std::string words;
};

struct ApiFunction {
  std::string path;                      ///< "btk.ta.sma"; "btk.Series:sma" for a method
  std::vector<ApiParameter> parameters;  ///< "..." as the last one of a variadic function
  std::vector<std::string> returns;      ///< as after @return
  std::vector<std::string> words;        ///< lines
  std::vector<std::string> table;        ///< of a table that is called: "@class btk.test.Assert", "@field is btk.test.Assert"
  std::string global;                    ///< of such a table: the global that it is, "assert"
  std::string file;                      ///< "lua/btk/ta.lua", where it or its comment stands
  int line = 0;
};

struct Api {
  std::vector<ApiFunction> functions;    ///< by path
  std::vector<std::string> tables;       ///< "btk.ta", outer ones first
  std::vector<std::string> constants;    ///< "btk.constant.TP_LEVEL1 = 30"
  std::map<std::string, std::vector<std::string>> meta;  ///< by module, "btk" and "btk.test": lines copied into its definitions
  std::vector<std::string> mistakes;     ///< what is missing or wrong, one sentence each: what to do, where
};

/// Looks at the program's own modules. Throws btk::Error when they do not load.
Api script_api();

/// A definition file for the Lua language server.
struct EditorFile {
  std::string path;  ///< where it lies in a library of the server, after the name in `require`: "btk.lua", "btk/test.lua"
  std::string text;
};

/// One file for each module, btk first.
std::vector<EditorFile> editor_definitions(const Api& api);

/// The reference page of the manual, Markdown.
std::string reference_page(const Api& api);

}  // namespace btk::lua
