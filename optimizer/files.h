// Files that are seen whole or not at all.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

namespace btk::optimizer {

/// The file that `file` leads to through symbolic links, which need not be there. Links below /proc are not followed:
/// they stand for what a process has open (/dev/stdout, /dev/fd/3).
std::filesystem::path behind_links(std::filesystem::path file);

/// Whether a file is not to be replaced, but opened and written to: a pipe, a device, what a process has open.
bool is_written_in_place(const std::filesystem::path& file);

/// Writes beside `file` and renames; makes its folders. Symbolic links stay and are followed; a pipe, a device and what
/// this process has open get the bytes where they are. Any thread. Throws btk::Error naming the file.
void write_whole(const std::filesystem::path& file, std::string_view bytes);

/// The bytes of a regular file, or nothing when there is none.
std::optional<std::string> read_whole(const std::filesystem::path& file);

}  // namespace btk::optimizer
