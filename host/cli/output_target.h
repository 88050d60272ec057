// Whether what an option names can be written: asked before anything costs time
// or money.
#pragma once

#include <filesystem>
#include <string_view>

namespace btk::host {

/// Throws UsageError naming the option when nothing can be made in `folder`, which need not be there yet.
void check_folder_target(std::string_view option, const std::filesystem::path& folder);

/// Throws UsageError naming --ledger when the file is no ledger or cannot be written. `advice` ends the sentence.
void check_ledger(const std::filesystem::path& file, std::string_view advice = {});

/// Throws UsageError naming the option when `file` cannot be written. Links are followed; pipes and devices will do.
void check_file_target(std::string_view option, const std::filesystem::path& file);

}  // namespace btk::host
