// Where the shared data and golden vectors are: the environment variable
// BTK_SHARED, or a folder `shared` beside the checkout (looked for upwards from
// the working directory, then from the test program itself).
#pragma once

#include <cstdlib>
#include <filesystem>
#include <optional>
#include <stdexcept>
#include <system_error>

namespace btk::test {

inline std::optional<std::filesystem::path> find_shared_above(std::filesystem::path folder) {
  while (!folder.empty()) {
    if (std::filesystem::is_directory(folder / "shared" / "golden")) return folder / "shared";
    if (folder == folder.parent_path()) break;
    folder = folder.parent_path();
  }
  return std::nullopt;
}

/// The shared folder. Throws when it is nowhere to be found.
inline std::filesystem::path shared() {
  namespace fs = std::filesystem;
  if (const char* given = std::getenv("BTK_SHARED"); given && *given) {
    if (fs::is_directory(given)) return given;
    throw std::runtime_error("BTK_SHARED names " + std::string(given) + ", which is not a folder");
  }
  if (const auto found = find_shared_above(fs::current_path())) return *found;
  std::error_code unreadable;
  const fs::path program = fs::read_symlink("/proc/self/exe", unreadable);
  if (!unreadable) {
    if (const auto found = find_shared_above(program.parent_path())) return *found;
  }
  throw std::runtime_error(
      "this test reads the shared data: set BTK_SHARED to that folder, or put it as `shared` beside the "
      "checkout");
}

}  // namespace btk::test
