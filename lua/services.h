// What the services of lua/btk use of the host, as a script is given it, and how a run of a session sees the
// store that it shares with others.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "engine/time.h"
#include "lua/key_value_store.h"

namespace btk::lua {

class Run;

/// Empty members: the isolate gets stores of its own, and writing files raises an error.
struct ServiceHost {
  std::shared_ptr<KeyValueStore> kept;     ///< what survives the process in a paper or live session
  std::shared_ptr<KeyValueStore> passing;  ///< ends with the process: marks of what is done once per process
  bool alone = false;  ///< no other isolate uses them: what it writes is seen by itself only
  enum class Write { once, replace, append };
  /// Writes below the folder of the program's output; each part of `path` becomes one file or folder name. `once`
  /// leaves a file that is there alone. Returns the file's path. Several threads may call.
  std::function<std::string(const std::vector<std::string>& path, const std::string& text, Write how)> write;
};

/// A store as one run sees it. In a paper or live session others write to it at times of their own, so what a run
/// reads and cannot know itself is recorded (RunInput::Kind::service); a replay is handed the same and touches no
/// store. In a back-test the store is used as it is.
class SharedView {
 public:
  std::optional<std::string> get(Run& run, KeyValueStore& store, const std::string& space, const std::string& key);
  void put(Run& run, KeyValueStore& store, const std::string& space, const std::string& key, const std::string& value);
  void erase(Run& run, KeyValueStore& store, const std::string& space, const std::string& key);
  KeyValueStore::Items list(Run& run, KeyValueStore& store, const std::string& space);
  bool swap(Run& run, KeyValueStore& store, const std::string& space, const std::string& key,
            const std::optional<std::string>& expected, const std::optional<std::string>& value);

 private:
  std::string question(Run& run, const std::string& space, const std::string& key);
  void learn(const std::string& space, const std::string& key, const std::optional<std::string>& value);

  MemoryKeyValueStore known_;                            // what the run has read and written
  std::set<std::pair<std::string, std::string>> asked_;  // keys of which known_ is right, there or not
  std::set<std::string> listed_;                         // spaces that known_ has all of
  // Questions of the work under way, so that a replay finds the answer to each.
  Timestamp minute_ = 0;
  int stage_ = -1;
  std::map<std::string, int> questions_;
};

}  // namespace btk::lua
