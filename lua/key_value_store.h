// What scripts keep beside their trades: texts by space and key, in the order in which the keys were first
// put. The services of lua/btk (state, session, memory, cron, ...) are made of it.
//
// In a back-test every isolate, or every group of runs that keep step, has a store of its own in memory, so
// that no result depends on threads. The traders of a paper or live session share one that survives the
// process (host/store/service_store.h).
//
// Any thread may call; each call is atomic. Throws btk::Error when the store cannot be read or written.
#pragma once

#include <cstdint>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace btk::lua {

class KeyValueStore {
 public:
  using Items = std::vector<std::pair<std::string, std::string>>;

  virtual ~KeyValueStore() = default;
  virtual std::optional<std::string> get(const std::string& space, const std::string& key) = 0;
  /// A key that is there keeps its place in the order. Kept when it returns.
  virtual void put(const std::string& space, const std::string& key, const std::string& value) = 0;
  virtual void erase(const std::string& space, const std::string& key) = 0;
  /// Keys with values, in the order in which they came.
  virtual Items list(const std::string& space) = 0;
  /// Puts `value` (nothing: erases) only if the key still has `expected` (nothing: is not there). Did it?
  virtual bool swap(const std::string& space, const std::string& key, const std::optional<std::string>& expected,
                    const std::optional<std::string>& value) = 0;
};

class MemoryKeyValueStore : public KeyValueStore {
 public:
  std::optional<std::string> get(const std::string& space, const std::string& key) override;
  void put(const std::string& space, const std::string& key, const std::string& value) override;
  void erase(const std::string& space, const std::string& key) override;
  Items list(const std::string& space) override;
  bool swap(const std::string& space, const std::string& key, const std::optional<std::string>& expected,
            const std::optional<std::string>& value) override;
  void clear(const std::string& space);

 private:
  struct Space {
    std::map<std::string, std::uint64_t> places;
    std::map<std::uint64_t, std::pair<std::string, std::string>> items;  // by place
  };
  std::optional<std::string> find(const std::string& space, const std::string& key) const;
  void set(const std::string& space, const std::string& key, const std::optional<std::string>& value);

  std::mutex mutex_;
  std::map<std::string, Space> spaces_;
  std::uint64_t last_place_ = 0;
};

}  // namespace btk::lua
