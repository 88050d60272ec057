// Concurrent identical requests share one fetch: the first to ask fetches, those
// who ask for the same key meanwhile wait for its result. A failure is shared as
// well; nothing is kept afterwards.
#pragma once

#include <exception>
#include <functional>
#include <future>
#include <map>
#include <mutex>
#include <string>

namespace btk::net {

template <class Value>
class SharedFetch {
 public:
  /// What `fetch` returns or throws, here or on the thread that began with this key. Any thread.
  Value get(const std::string& key, const std::function<Value()>& fetch) {
    std::promise<Value> promise;
    std::shared_future<Value> others;
    {
      const std::lock_guard lock(mutex_);
      if (const auto running = running_.find(key); running != running_.end()) {
        others = running->second;
      } else {
        running_.emplace(key, promise.get_future().share());
      }
    }
    if (others.valid()) return others.get();
    try {
      Value value = fetch();
      end(key);
      promise.set_value(value);
      return value;
    } catch (...) {
      end(key);
      promise.set_exception(std::current_exception());
      throw;
    }
  }

 private:
  void end(const std::string& key) {
    const std::lock_guard lock(mutex_);
    running_.erase(key);
  }

  std::mutex mutex_;
  std::map<std::string, std::shared_future<Value>> running_;
};

}  // namespace btk::net
