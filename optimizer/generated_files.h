// Files of generated strategies on disk. Each begins with one line
// "-- btk:generated {JSON}", whose body_sha256 is that of everything after the line:
// so an edit by hand is noticed, and never overwritten.
#pragma once

#include <filesystem>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "lua/llm.h"

namespace btk::optimizer {

struct GeneratedHeader {
  nlohmann::json about;
  bool edited = false;  ///< the body is not the one that was generated
};

/// The header of a generated file's text; nothing when its first line is none.
std::optional<GeneratedHeader> read_header(std::string_view text);

/// Moves a file that somebody wrote out of the way; its new name ("winner.edited-1.lua"). Throws btk::Error.
std::string keep_edited(const std::filesystem::path& file);

/// Writes the files, each whole or not at all, and returns the names under which files that somebody had edited
/// were kept ("strategy-1.edited-1.lua"). What has the same bytes already is left alone. Throws btk::Error.
std::vector<std::string> write_generated(const std::filesystem::path& folder, const std::vector<lua::GeneratedFile>& files);

}  // namespace btk::optimizer
