#include "host/store/sqlite.h"

#include <fmt/format.h>

#include "engine/error.h"

namespace btk::host {

Database::Database(const std::filesystem::path& path, Mode mode, std::string what, int busy_ms)
    : path_(path.string()), what_(std::move(what)) {
  std::error_code error;
  if (mode == Mode::create && path.has_parent_path()) {
    std::filesystem::create_directories(path.parent_path(), error);
    if (error)
      throw Error(fmt::format("{} {}: the folder cannot be made: {}", what_, path_, error.message()));
  }
  if (mode == Mode::existing && !std::filesystem::exists(path, error)) {
    throw Error(fmt::format("there is no {} {}", what_, path_));
  }
  sqlite3* handle = nullptr;
  // A file that may not be written is opened for reading by SQLite itself.
  const int flags =
      SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX | (mode == Mode::create ? SQLITE_OPEN_CREATE : 0);
  const int code = sqlite3_open_v2(path_.c_str(), &handle, flags, nullptr);
  handle_.reset(handle);
  check(code);
  sqlite3_extended_result_codes(handle, 1);
  sqlite3_busy_timeout(handle, busy_ms);
}

void Database::run(const char* sql) { check(sqlite3_exec(handle_.get(), sql, nullptr, nullptr, nullptr)); }

void Database::check(int code) const {
  if (code != SQLITE_OK && code != SQLITE_ROW && code != SQLITE_DONE) fail(code);
}

void Database::fail(int code) const {
  const std::string subject = what_ + " " + path_;
  switch (code & 0xFF) {
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
      throw Error(fmt::format("{} is locked by another process; wait for it or end it", subject));
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
      throw Error(fmt::format("{} is damaged or no SQLite file; move it away", subject));
    case SQLITE_READONLY:
      throw WriteError(fmt::format("{} cannot be written: check the permissions", subject));
    case SQLITE_FULL:
      throw WriteError(fmt::format("{} cannot grow: the disk is full", subject));
    case SQLITE_CANTOPEN:
      throw WriteError(fmt::format("{} cannot be opened: check the folder and the permissions", subject));
    case SQLITE_IOERR:
      throw WriteError(fmt::format("{}: {}", subject, handle_ ? sqlite3_errmsg(handle_.get()) : sqlite3_errstr(code)));
    default:
      throw Error(
          fmt::format("{}: {}", subject, handle_ ? sqlite3_errmsg(handle_.get()) : sqlite3_errstr(code)));
  }
}

Statement::Statement(Database& database, std::string_view sql) : database_(database) {
  sqlite3_stmt* statement = nullptr;
  database_.check(
      sqlite3_prepare_v2(database_.handle(), sql.data(), static_cast<int>(sql.size()), &statement, nullptr));
  handle_.reset(statement);
}

Statement& Statement::bind(int parameter, std::int64_t value) {
  database_.check(sqlite3_bind_int64(handle_.get(), parameter, value));
  return *this;
}

Statement& Statement::bind(int parameter, std::string_view text) {
  database_.check(
      sqlite3_bind_text(handle_.get(), parameter, text.data(), static_cast<int>(text.size()), SQLITE_STATIC));
  return *this;
}

Statement& Statement::bind(int parameter, std::span<const std::byte> bytes) {
  // Without an address it would be null, not an empty blob.
  database_.check(sqlite3_bind_blob64(handle_.get(), parameter, bytes.empty() ? "" : static_cast<const void*>(bytes.data()),
                                      bytes.size(), SQLITE_STATIC));
  return *this;
}

bool Statement::step() {
  const int code = sqlite3_step(handle_.get());
  database_.check(code);
  return code == SQLITE_ROW;
}

// The result repeats the error of the last step, which was thrown already.
void Statement::reset() { sqlite3_reset(handle_.get()); }

std::string Statement::text(int column) const {
  const unsigned char* const text = sqlite3_column_text(handle_.get(), column);
  // By length: a text may hold zero bytes.
  const auto size = static_cast<std::size_t>(sqlite3_column_bytes(handle_.get(), column));
  return text ? std::string(reinterpret_cast<const char*>(text), size) : std::string();
}

std::span<const std::byte> Statement::bytes(int column) const {
  const void* const data = sqlite3_column_blob(handle_.get(), column);
  const int size = sqlite3_column_bytes(handle_.get(), column);
  return {static_cast<const std::byte*>(data), data ? static_cast<std::size_t>(size) : 0};
}

Transaction::Transaction(Database& database, Kind kind) : database_(database) {
  database_.run(kind == Kind::write ? "begin immediate" : "begin");
}

Transaction::~Transaction() {
  // A failed commit or a full disk may have ended the transaction already: nothing is left to undo then.
  if (open_) sqlite3_exec(database_.handle(), "rollback", nullptr, nullptr, nullptr);
}

void Transaction::commit() {
  database_.run("commit");
  open_ = false;
}

}  // namespace btk::host
