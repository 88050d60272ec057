// What both kinds of sweep begin and end with.
#pragma once

#include <string>

#include "host/cli/result_output.h"
#include "host/cli/script_host.h"
#include "host/cli/sweep_options.h"
#include "lua/script.h"

namespace btk::host {

/// The options of the main script; those of workers say nothing.
lua::ScriptOptions sweep_script_options(const SweepOptions& o, ScriptHost& host);

/// What the words say of where the result goes; `symbol` is for the file's name.
ResultWish result_wish(const SweepOptions& o, const std::string& symbol);

}  // namespace btk::host
