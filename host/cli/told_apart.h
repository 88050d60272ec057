// Short names for files: by the file's own name, and where several have the same, by as much of the path as tells them
// apart.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace btk::host {

/// For each file the shortest end of its path, without extension, that no other has: "t", or "a/t" and "b/t". A file
/// that is given twice has its whole path both times.
std::vector<std::string> told_apart(const std::vector<std::filesystem::path>& files);

}  // namespace btk::host
