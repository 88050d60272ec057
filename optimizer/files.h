// Files that are seen whole or not at all.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

namespace btk::optimizer {

/// Writes beside `file` and renames; makes its folders. Any thread. Throws btk::Error naming the file.
void write_whole(const std::filesystem::path& file, std::string_view bytes);

/// The bytes of a file, or nothing when there is none.
std::optional<std::string> read_whole(const std::filesystem::path& file);

}  // namespace btk::optimizer
