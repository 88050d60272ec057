#include "host/store/service_store.h"

#include "host/store/migrations.h"

namespace btk::host {
namespace {

// `place` gives the order in which keys came. Values are JSON or any other text of a script, kept as it is.
constexpr const char* kServiceMigrations[] = {
    "create table service_items (place integer primary key autoincrement, space text not null, name text not null,"
    "  value text not null, unique (space, name)) strict",
};

}  // namespace

Database& ServiceStore::database() {
  if (!database_) {
    std::error_code problem;  // a folder that cannot be made shows when the file is opened
    std::filesystem::create_directories(file_.parent_path(), problem);
    Database opened(file_, Database::Mode::create, "store of the services");
    opened.run("pragma journal_mode = wal");
    opened.run("pragma synchronous = normal");
    migrate(opened, "service_schema", "store of the services " + file_.string(), kServiceMigrations);
    database_ = std::move(opened);
  }
  return *database_;
}

std::optional<std::string> ServiceStore::find(const std::string& space, const std::string& key) {
  Statement query(database(), "select value from service_items where space = ? and name = ?");
  query.bind(1, space).bind(2, key);
  if (!query.step()) return std::nullopt;
  return query.text(0);
}

void ServiceStore::set(const std::string& space, const std::string& key, const std::optional<std::string>& value) {
  if (!value) {
    Statement remove(database(), "delete from service_items where space = ? and name = ?");
    remove.bind(1, space).bind(2, key).step();
    return;
  }
  Statement write(database(), "insert into service_items (space, name, value) values (?, ?, ?)"
                              " on conflict (space, name) do update set value = excluded.value");
  write.bind(1, space).bind(2, key).bind(3, *value).step();
}

std::optional<std::string> ServiceStore::get(const std::string& space, const std::string& key) {
  const std::lock_guard lock(mutex_);
  return find(space, key);
}

void ServiceStore::put(const std::string& space, const std::string& key, const std::string& value) {
  const std::lock_guard lock(mutex_);
  set(space, key, value);
}

void ServiceStore::erase(const std::string& space, const std::string& key) {
  const std::lock_guard lock(mutex_);
  set(space, key, std::nullopt);
}

lua::KeyValueStore::Items ServiceStore::list(const std::string& space) {
  const std::lock_guard lock(mutex_);
  Statement query(database(), "select name, value from service_items where space = ? order by place");
  query.bind(1, space);
  Items items;
  while (query.step()) items.emplace_back(query.text(0), query.text(1));
  return items;
}

// The data folder belongs to one process (host/journal/data_lock.h), so the lock is enough.
bool ServiceStore::swap(const std::string& space, const std::string& key, const std::optional<std::string>& expected,
                        const std::optional<std::string>& value) {
  const std::lock_guard lock(mutex_);
  if (find(space, key) != expected) return false;
  set(space, key, value);
  return true;
}

}  // namespace btk::host
