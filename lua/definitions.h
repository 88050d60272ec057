// The script API as a table: every function that is reachable from `btk`, with its parameters and the comment that
// stands above it in lua/btk. From this one table come the definitions for editors (LuaLS), the reference of the
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
// "--- @meta" is copied into the definitions as it stands.
#pragma once

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
  std::string file;                      ///< "lua/btk/ta.lua", where it or its comment stands
  int line = 0;
};

struct Api {
  std::vector<ApiFunction> functions;    ///< by path
  std::vector<std::string> tables;       ///< "btk.ta", outer ones first
  std::vector<std::string> constants;    ///< "btk.constant.TP_LEVEL1 = 30"
  std::vector<std::string> meta;         ///< lines copied into the definitions
  std::vector<std::string> mistakes;     ///< what is missing or wrong, one sentence each: what to do, where
};

/// Looks at the program's own btk module. Throws btk::Error when it does not load.
Api script_api();

/// A definition file for the Lua language server.
std::string editor_definitions(const Api& api);

/// The reference page of the manual, Markdown.
std::string reference_page(const Api& api);

}  // namespace btk::lua
