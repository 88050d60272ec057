// What scripts of a paper or live session keep (lua/key_value_store.h), as an SQLite file (WAL). Each write is its
// own transaction and is the system's when the call returns: a killed process loses nothing of it, only a power cut
// may take the last writes. The file is made when something is first asked for.
#pragma once

#include <filesystem>
#include <mutex>
#include <optional>
#include <string>

#include "host/store/sqlite.h"
#include "lua/key_value_store.h"

namespace btk::host {

class ServiceStore : public lua::KeyValueStore {
 public:
  explicit ServiceStore(std::filesystem::path file) : file_(std::move(file)) {}

  std::optional<std::string> get(const std::string& space, const std::string& key) override;
  void put(const std::string& space, const std::string& key, const std::string& value) override;
  void erase(const std::string& space, const std::string& key) override;
  Items list(const std::string& space) override;
  bool swap(const std::string& space, const std::string& key, const std::optional<std::string>& expected,
            const std::optional<std::string>& value) override;

 private:
  // With the lock held.
  Database& database();
  std::optional<std::string> find(const std::string& space, const std::string& key);
  void set(const std::string& space, const std::string& key, const std::optional<std::string>& value);

  std::filesystem::path file_;
  std::mutex mutex_;
  std::optional<Database> database_;
};

}  // namespace btk::host
