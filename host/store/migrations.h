// The version of the tables in an SQLite file, kept in a table of one row (not user_version: other tables
// may live in the same file).
#pragma once

#include <span>
#include <string>

#include "host/store/sqlite.h"

namespace btk::host {

/// Takes the tables in `database` to version migrations.size(), in one transaction: entry i goes from version
/// i to i + 1, and entry 0 makes the tables. Never change an entry that was released: add the next. `table`
/// holds the version; `subject` is what messages call the file ("journal dump/data/live.sqlite"). Throws
/// btk::Error for a file of a newer version.
void migrate(Database& database, const std::string& table, const std::string& subject,
             std::span<const char* const> migrations);

}  // namespace btk::host
