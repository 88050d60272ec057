#include "host/cli/told_apart.h"

#include <algorithm>

namespace btk::host {
namespace {

using Parts = std::vector<std::string>;

Parts path_parts(const std::filesystem::path& file) {
  const std::filesystem::path bare = file.lexically_normal().replace_extension();
  Parts parts;
  for (const auto& part : bare) parts.push_back(part.string());
  return parts;
}

// The last `count` parts, or all when there are fewer.
std::string path_end(const Parts& parts, std::size_t count) {
  std::filesystem::path end;
  for (std::size_t i = parts.size() - std::min(count, parts.size()); i < parts.size(); ++i) end /= parts[i];
  return end.string();
}

}  // namespace

std::vector<std::string> told_apart(const std::vector<std::filesystem::path>& files) {
  std::vector<Parts> all;
  for (const auto& file : files) all.push_back(path_parts(file));
  std::vector<std::string> names;
  for (const Parts& parts : all) {
    const auto shared = [&](std::size_t count) {
      return std::ranges::count(all, path_end(parts, count), [&](const Parts& other) { return path_end(other, count); }) > 1;
    };
    std::size_t count = 1;
    while (count < parts.size() && shared(count)) ++count;
    names.push_back(path_end(parts, count));
  }
  return names;
}

}  // namespace btk::host
