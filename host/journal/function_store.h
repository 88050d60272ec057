// A storage that a script brings (btk.use_persist): four functions over kinds and keys. Lists are documents
// of the kind "step", one per item.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "host/journal/document_store.h"

namespace btk::host {

/// Kinds: signal, schedule, strategy, risk, partial, breakeven (analytics.md 5.2), journal (sessions), step.
/// A key begins with the mode ("paper/..."), so the two never meet. Any exception means: not written, not
/// readable.
struct PersistFunctions {
  std::function<std::optional<std::string>(const std::string& kind, const std::string& key)> read;
  std::function<void(const std::string& kind, const std::string& key, const std::string& json)> write;
  std::function<bool(const std::string& kind, const std::string& key)> has;
  std::function<std::vector<std::string>(const std::string& kind)> keys;
};

class FunctionStore : public DocumentStore {
 public:
  FunctionStore(PersistFunctions functions, const std::string& mode);

  std::string name() const override { return "the script's store"; }
  std::optional<std::string> read(const std::string& kind, const std::string& key) override;
  void write(const std::string& kind, const std::string& key, const std::string& json) override;
  std::vector<std::string> keys(const std::string& kind) override;
  void append(const std::string& list, std::size_t index, const std::string& json) override;
  std::vector<std::string> items(const std::string& list, std::size_t count) override;

 private:
  PersistFunctions functions_;
  std::string prefix_;
};

}  // namespace btk::host
