// `.env` files (optimizer-cli.md CLI-43): NAME=VALUE lines that become environment
// variables before anything else begins. Blank lines and lines that begin with #
// are passed over, "export " before a name too. A value is
//
//   plain        up to the end of the line or a # after a blank, blanks around it removed
//   'quoted'     as it is, over several lines if need be
//   "quoted"     likewise, with \n \r \t \" \\ \$
//
// Nothing is substituted in values.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "host/cli/console.h"

namespace btk::host {

/// Names and values in the order of the file. Throws UsageError naming `file` and the line; never the value.
std::vector<std::pair<std::string, std::string>> parse_env_file(std::string_view text,
                                                                const std::filesystem::path& file);

/// Reads .env of the working directory, those of the scripts' folders, then `more`; a later one wins. What was in the
/// environment before wins over all of them, unless `files_win`. A value that its setting does not take is refused. The
/// console masks secrets from then on, and has a warning for a variable that two scripts' files give different values, and
/// for a CC_ name that is none of this program's.
/// Called before there are threads. Throws UsageError.
void load_environment(const std::vector<std::filesystem::path>& scripts, bool files_win, Console& console,
                      const std::vector<std::filesystem::path>& more = {});

}  // namespace btk::host
