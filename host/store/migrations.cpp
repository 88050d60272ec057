#include "host/store/migrations.h"

#include <fmt/format.h>

#include <cstdint>

#include "engine/error.h"

namespace btk::host {

void migrate(Database& database, const std::string& table, const std::string& subject,
             std::span<const char* const> migrations) {
  const auto newest = static_cast<std::int64_t>(migrations.size());
  const auto exists = [&] {
    Statement row(database, "select 1 from sqlite_schema where name = ?");
    return row.bind(1, table).step();
  };
  const auto version = [&]() -> std::int64_t {
    if (!exists()) return 0;
    Statement row(database, fmt::format("select version from {}", table));
    return row.step() ? row.integer(0) : 0;
  };
  if (version() == newest) return;
  Transaction transaction(database);
  // Once more: another process may have done it while this one waited.
  const std::int64_t found = version();
  if (found > newest) {
    throw Error(
        fmt::format("{} was written by a newer btkhost (version {}, this one knows {}); update btkhost",
                    subject, found, newest));
  }
  if (!exists()) {
    database.run(fmt::format("create table {0} (version integer not null) strict;"
                             "insert into {0} values (0)",
                             table)
                     .c_str());
  }
  for (std::int64_t i = found; i < newest; ++i) database.run(migrations[static_cast<std::size_t>(i)]);
  database.run(fmt::format("update {} set version = {}", table, newest).c_str());
  transaction.commit();
}

}  // namespace btk::host
