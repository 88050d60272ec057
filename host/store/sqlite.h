// A thin RAII layer over SQLite. Every failure is a btk::Error that names the file and says what is
// wrong with it in the user's words: locked, damaged, full, not writable.
#pragma once

#include <sqlite3.h>

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "engine/error.h"

namespace btk::host {

/// What was to be written cannot be: a full disk, missing permissions, a broken device.
class WriteError : public Error {
 public:
  using Error::Error;
};

/// A connection; used by one thread at a time.
class Database {
 public:
  enum class Mode { existing, create };

  /// `what` names the file's role in messages: "candle store". A lock of another process is waited for
  /// `busy_ms`.
  Database(const std::filesystem::path& path, Mode mode, std::string what, int busy_ms = 5000);

  /// Runs statements without results.
  void run(const char* sql);

  sqlite3* handle() const { return handle_.get(); }
  /// Throws when `code` is an error.
  void check(int code) const;
  [[noreturn]] void fail(int code) const;

 private:
  struct Close {
    void operator()(sqlite3* handle) const { sqlite3_close_v2(handle); }
  };

  std::string path_;
  std::string what_;
  std::unique_ptr<sqlite3, Close> handle_;
};

/// A prepared statement. Parameters count from 1, columns from 0.
class Statement {
 public:
  Statement(Database& database, std::string_view sql);

  Statement& bind(int parameter, std::int64_t value);
  /// The text and the bytes are not copied: they must live until the last step.
  Statement& bind(int parameter, std::string_view text);
  Statement& bind(int parameter, std::span<const std::byte> bytes);

  /// True while there is a row.
  bool step();
  void reset();

  std::int64_t integer(int column) const { return sqlite3_column_int64(handle_.get(), column); }
  std::string text(int column) const;
  /// The bytes of a blob; valid until the next step, at any alignment.
  std::span<const std::byte> bytes(int column) const;

 private:
  struct Finalize {
    void operator()(sqlite3_stmt* statement) const { sqlite3_finalize(statement); }
  };

  Database& database_;
  std::unique_ptr<sqlite3_stmt, Finalize> handle_;
};

/// Rolls back unless commit() was reached.
class Transaction {
 public:
  /// One for reading sees the file as it is at its first statement, whatever others write; it needs no commit().
  enum class Kind { write, read };
  explicit Transaction(Database& database, Kind kind = Kind::write);
  ~Transaction();
  Transaction(const Transaction&) = delete;
  Transaction& operator=(const Transaction&) = delete;
  void commit();

 private:
  Database& database_;
  bool open_ = true;
};

}  // namespace btk::host
