// Whether what an option names can be written: asked before anything costs time
// or money.
#pragma once

#include <filesystem>
#include <string_view>

namespace btk::host {

/// Throws UsageError naming the option when nothing can be made in `folder`, which need not be there yet.
void check_folder_target(std::string_view option, const std::filesystem::path& folder);

/// Throws UsageError naming the option when `file` cannot be written. Links are followed; pipes and devices will do.
void check_file_target(std::string_view option, const std::filesystem::path& file);

}  // namespace btk::host
