#include "lua/loader.h"

#include <fmt/format.h>

#include <algorithm>
#include <fstream>
#include <iterator>

#include "engine/error.h"

namespace btk::lua {
namespace fs = std::filesystem;

namespace {

bool begins_with(const fs::path& path, const fs::path& folder) {
  const auto [end, rest] = std::mismatch(folder.begin(), folder.end(), path.begin(), path.end());
  static_cast<void>(rest);
  return end == folder.end();
}

/// "./strategy.lua" and "strategy.lua" are the same file to a reader.
std::string shown(const fs::path& path) { return path.lexically_normal().generic_string(); }

}  // namespace

std::uint64_t content_hash(std::string_view text) {
  std::uint64_t hash = 14695981039346656037ULL;
  for (const char c : text) hash = (hash ^ static_cast<unsigned char>(c)) * 1099511628211ULL;
  return hash;
}

void Loader::add_folder(const fs::path& folder) {
  const fs::path given = folder.empty() ? fs::path(".") : folder;
  if (std::find(folders_.begin(), folders_.end(), given) == folders_.end()) folders_.push_back(given);
}

bool Loader::inside(const fs::path& path) const {
  if (outside_) return true;
  const fs::path real = fs::weakly_canonical(path);
  return std::any_of(folders_.begin(), folders_.end(),
                     [&](const fs::path& folder) { return begins_with(real, fs::weakly_canonical(folder)); });
}

std::optional<Source> Loader::try_read(const fs::path& path) {
  std::error_code failure;
  if (!fs::is_regular_file(path, failure)) return std::nullopt;
  std::ifstream file(path, std::ios::binary);
  if (!file) throw Error(fmt::format("cannot read {}: check its permissions", shown(path)));
  Source source{shown(path), {std::istreambuf_iterator<char>(file), {}}};
  if (view_) source.text = view_(path.string(), std::move(source.text));
  if (reader_) reader_(source);
  const LoadedFile loaded{source.name, path, content_hash(source.text)};
  const auto same = std::find_if(files_.begin(), files_.end(),
                                 [&](const LoadedFile& file_) { return file_.name == loaded.name; });
  if (same == files_.end())
    files_.push_back(loaded);
  else
    *same = loaded;
  return source;
}

std::optional<Source> Loader::find_module(std::string_view name) {
  std::string relative(name.substr(0, 2) == "./" ? name.substr(2) : name);
  if (relative.size() > 4 && relative.ends_with(".lua")) relative.resize(relative.size() - 4);
  std::replace(relative.begin(), relative.end(), '.', '/');
  if (relative.empty() || relative.front() == '/' || relative.find("//") != std::string::npos)
    throw Error(
        fmt::format("cannot require '{}': give the name of a file beside the script, as \"risk.limits\" for "
                    "risk/limits.lua",
                    name));
  for (const fs::path& folder : folders_) {
    const fs::path path = folder / (relative + ".lua");
    if (!inside(path))
      throw Error(fmt::format("cannot require '{}': the file lies outside the script's folder", name));
    if (auto source = try_read(path)) return source;
  }
  return std::nullopt;
}

Source Loader::read_beside(const std::string& path) {
  for (const fs::path& folder : folders_) {
    const fs::path full = folder / path;
    if (!inside(full))
      throw Error(fmt::format("cannot read '{}': it lies outside the script's folder", path));
    if (auto source = try_read(full)) return *source;
  }
  throw Error(fmt::format("cannot read '{}': there is no such file beside the script", path));
}

Source Loader::read(const fs::path& path) {
  if (auto source = try_read(path)) return *source;
  std::error_code failure;
  throw Error(fmt::format("cannot read {}: {}", shown(path),
                          fs::exists(path, failure) ? "it is no regular file; save the script under a name of its own" : "there is no such file"));
}

}  // namespace btk::lua
