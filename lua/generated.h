// The profile of generated files: program text that a language model wrote, or
// that strangers had a hand in. A script state with this profile (lua/script.h)
// finds only what lua/btk/generated.lua names; its calls are bounded, and so is
// what it hands to the host. The processor budget is lua/cpu_budget.h.
//
// Every protection can be switched off alone, so that tests can show that each
// of them holds something back. No option of a command reaches the switches.
#pragma once

#include <cstddef>
#include <string_view>

namespace btk::lua {

/// How the first line of a generated file begins; JSON follows.
inline constexpr std::string_view kGeneratedMark = "-- btk:generated ";

struct GeneratedProfile {
  // Protections.
  bool allow_list = true;       ///< a short list of functions instead of everything that scripts may use
  bool text_only = true;        ///< compiled Lua is refused
  bool bounded_library = true;  ///< arguments of library functions that the processor budget cannot interrupt
  bool bounded_answers = true;  ///< signals, errors and names that the host keeps
  bool entry = false;  ///< the file is the entry of a set: it registers what its strategies need, which may not do that themselves
  // Measures.
  bool compiler = true;             ///< LuaJIT's compiler; off where a fault in it would harm the host
  double call_seconds = 0.2;        ///< for messages: what CpuLimits says
  int strikes = 3;                  ///< failing calls of get_signal in a row that end the run; 0: it goes on
  std::size_t subject_bytes = 64 * 1024;  ///< text that a pattern is searched in
  std::size_t pattern_bytes = 256;
  std::size_t repeat_bytes = 1024 * 1024;  ///< result of string.rep
  std::size_t list_items = 10'000;         ///< candles asked for at once, numbers given to an indicator
  std::size_t sort_items = 200'000;
  std::size_t series = 32;                 ///< columns of btk.series
  std::size_t series_period = 1000;        ///< largest parameter of one
  std::size_t note_bytes = 2000;           ///< OPT-46
  std::size_t id_bytes = 64;
  std::size_t error_bytes = 1024;          ///< of one message
  std::size_t errors = 50;                 ///< different ones that are kept; later ones are only counted
};

}  // namespace btk::lua
