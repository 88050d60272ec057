#include "host/cli/output_target.h"

#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <string>

#include "host/cli/usage_error.h"
#include "host/ledger/ledger.h"
#include "optimizer/files.h"

namespace btk::host {
namespace {

namespace fs = std::filesystem;

// Why nothing can be made in this folder, or in the nearest one above it that is there; empty: it can.
std::string folder_problem(const fs::path& folder) {
  std::error_code ignored;
  fs::path nearest = fs::absolute(folder);
  while (!fs::exists(nearest, ignored) && nearest.has_relative_path()) nearest = nearest.parent_path();
  if (!fs::is_directory(nearest, ignored)) return fmt::format("{} is no folder", nearest.string());
  // Permissions alone do not tell: the user may be root, the file system read-only.
  std::string probe = (nearest / ".btkhost-XXXXXX").string();
  if (::mkdtemp(probe.data()) == nullptr) return fmt::format("{}: {}", nearest.string(), std::strerror(errno));
  fs::remove(probe, ignored);
  return {};
}

}  // namespace

void check_folder_target(std::string_view option, const fs::path& folder) {
  if (const std::string why = folder_problem(folder); !why.empty()) throw UsageError(fmt::format("{} {}: {}", option, folder.string(), why));
}

void check_file_target(std::string_view option, const fs::path& file) {
  const auto refuse = [&](const std::string& why) { throw UsageError(fmt::format("{} {}: {}", option, file.string(), why)); };
  std::error_code failure;
  const fs::file_status status = fs::status(file, failure);
  if (status.type() == fs::file_type::none) refuse(failure.message());
  if (!file.has_filename() || fs::is_directory(status)) refuse("give the name of a file, not of a folder");
  if (optimizer::is_written_in_place(file)) {
    if (::access(file.c_str(), W_OK) != 0) refuse(std::strerror(errno));
    return;
  }
  if (const std::string why = folder_problem(fs::absolute(optimizer::behind_links(file)).parent_path()); !why.empty()) refuse(why);
}

void check_ledger(const fs::path& file, std::string_view advice) {
  check_file_target("--ledger", file);
  try {
    Ledger(file).check_writable();
  } catch (const Error& e) {
    throw UsageError(fmt::format("--ledger: {}{}", e.what(), advice));
  }
}

}  // namespace btk::host
