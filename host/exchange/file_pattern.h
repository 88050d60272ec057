// From a `path` of an exchange schema to the files that it means.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace btk::host {

/// `path` with {symbol} put in and * ? [] expanded, in alphabetical order; a relative path starts at
/// `base_dir`. Throws btk::Error when no file matches, or when the symbol has characters that no file name
/// should have.
std::vector<std::filesystem::path> find_files(const std::string& path, const std::string& base_dir,
                                              std::string_view symbol);

}  // namespace btk::host
