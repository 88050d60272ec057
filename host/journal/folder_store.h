// Documents as files, the way the reference lays them out: <root>/<kind>/<key>.json. A file is written beside
// its place, synced and renamed over it, so a reader and a crash find the old one or the new one. Lists are
// files of lines, <root>/journal/<list>.jsonl. What no file name may hold is written %XX.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
#include <string_view>

#include "host/journal/document_store.h"
#include "host/journal/fault_plan.h"

namespace btk::host {

class FolderStore : public DocumentStore {
 public:
  /// `create` makes the folder and removes drafts that a crash left; else a missing folder is an error.
  FolderStore(std::filesystem::path root, bool create, FaultPlan faults = {});
  ~FolderStore() override;

  std::string name() const override { return "folder " + root_.string(); }
  std::optional<std::string> read(const std::string& kind, const std::string& key) override;
  void write(const std::string& kind, const std::string& key, const std::string& json) override;
  std::vector<std::string> keys(const std::string& kind) override;
  void append(const std::string& list, std::size_t index, const std::string& json) override;
  std::vector<std::string> items(const std::string& list, std::size_t count) override;

 private:
  // An open list: `lines` lines in the first `bytes` bytes.
  struct List {
    int descriptor = -1;
    std::size_t lines = 0;
    std::int64_t bytes = 0;
  };
  std::filesystem::path file_of(const std::string& kind, const std::string& key) const;
  std::filesystem::path list_file(const std::string& list) const;
  List& open_list(const std::string& list, std::size_t index);
  void make_folder(const std::filesystem::path& folder);

  std::filesystem::path root_;
  FaultPlan faults_;
  std::map<std::string, List> lists_;
};

/// A part of a key as a file name: bytes that a file system or a user would stumble over as %XX, a very long
/// one cut and ended by its SHA-256.
std::string file_name_of(std::string_view part);

}  // namespace btk::host
