// What both kinds of sweep begin and end with.
#pragma once

#include <string>

#include "host/cli/console.h"
#include "host/cli/script_host.h"
#include "host/cli/sweep_options.h"
#include "lua/script.h"

namespace btk::host {

/// The options of the main script; those of workers say nothing.
lua::ScriptOptions sweep_script_options(const SweepOptions& o, ScriptHost& host);

/// Prints the report, or saves it (--save). `symbol` is for the file's name.
void show_sweep(const SweepOptions& o, const std::string& text, const std::string& symbol, Console& console);

}  // namespace btk::host
