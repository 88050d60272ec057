// Files that scripts have written for them, below the program's output folder: btk.dump, btk.log.use_jsonl.
#pragma once

#include <filesystem>

#include "host/cli/console.h"
#include "lua/services.h"

namespace btk::host {

/// Writes below `out`, with secrets masked. A part of a path cannot lead out of the folder: what a file name should
/// not hold becomes "_". `console` must outlive the function.
decltype(lua::ServiceHost::write) script_writer(const Console& console, std::filesystem::path out);

}  // namespace btk::host
