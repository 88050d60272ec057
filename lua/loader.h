// Finds and reads script files. `require "risk.limits"` is risk/limits.lua
// beside the script that was run; nothing outside the folders of those scripts is
// reachable. Every file read is kept with a hash of its content, for hot reload.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace btk::lua {

struct LoadedFile {
  std::string name;  ///< as messages show it: the folder as the user gave it + the relative path
  std::filesystem::path path;
  std::uint64_t hash = 0;  ///< of the content (FNV-1a); tells a changed file from an unchanged one
};

struct Source {
  std::string name;
  std::string text;
};

std::uint64_t content_hash(std::string_view text);

class Loader {
 public:
  /// `outside`: files outside the folders may be read too (--unsafe).
  explicit Loader(bool outside) : outside_(outside) {}

  /// Folders are searched in the order in which they were added.
  void add_folder(const std::filesystem::path& folder);
  const std::vector<std::filesystem::path>& folders() const { return folders_; }

  /// The file of `require name`; nothing when there is none. Throws btk::Error for a name that leaves the
  /// folder.
  std::optional<Source> find_module(std::string_view name);
  /// The file of `dofile(path)`, relative to the folders. Throws btk::Error.
  Source read_beside(const std::string& path);
  /// A file as the user named it on the command line. Throws btk::Error.
  Source read(const std::filesystem::path& path);

  const std::vector<LoadedFile>& files() const { return files_; }

  /// Tells `reader` the text of every file that is read from now on.
  void on_text(std::function<void(const Source&)> reader) { reader_ = std::move(reader); }
  /// From now on files are seen as `view` gives them (lua/proof_hooks.h).
  void view_files(std::function<std::string(const std::string& path, std::string text)> view) { view_ = std::move(view); }

 private:
  std::optional<Source> try_read(const std::filesystem::path& path);
  bool inside(const std::filesystem::path& path) const;

  bool outside_;
  std::vector<std::filesystem::path> folders_;
  std::vector<LoadedFile> files_;
  std::function<void(const Source&)> reader_;
  std::function<std::string(const std::string&, std::string)> view_;
};

}  // namespace btk::lua
