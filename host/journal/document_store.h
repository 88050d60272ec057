// Named JSON documents and lists of them: all that the document journal needs of its storage. A key may
// have parts, divided by '/'. Used by one thread at a time; throws btk::Error.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

namespace btk::host {

class DocumentStore {
 public:
  virtual ~DocumentStore() = default;
  /// What messages call it: "folder dump/data/paper".
  virtual std::string name() const = 0;
  virtual std::optional<std::string> read(const std::string& kind, const std::string& key) = 0;
  /// All or nothing; kept when it returns.
  virtual void write(const std::string& kind, const std::string& key, const std::string& json) = 0;
  /// The keys of a kind, in no special order.
  virtual std::vector<std::string> keys(const std::string& kind) = 0;

  /// Makes `json` number `index` (from 0) of a list; what a crash may have left there and behind it is
  /// dropped. Kept when it returns.
  virtual void append(const std::string& list, std::size_t index, const std::string& json) = 0;
  /// The first `count` of a list. Throws when there are fewer.
  virtual std::vector<std::string> items(const std::string& list, std::size_t count) = 0;
};

}  // namespace btk::host
