// Files of generated strategies on disk. Each carries a SHA-256, so that an edit by
// hand, or a file of somebody's own, is noticed and never overwritten:
// - a strategy or entry begins with one line "-- btk:generated {JSON}", whose
//   body_sha256 is that of everything after the line;
// - a promoted strategy ends with the line "-- btk:promoted body_sha256 <that of
//   everything before>", a report with such a line as a comment of Markdown;
// - a manifest has it as body_sha256, that of the others of its fields.
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

enum class Form { lua, markdown, json };

/// `text` with its checksum; a generated strategy has its own already.
std::string sealed(Form form, std::string text);

/// Whether `text` still is as it was written here.
bool is_intact(Form form, std::string_view text);

/// Moves a file that somebody wrote out of the way; its new name ("winner.edited-1.lua"). Links to it
/// stay. Throws btk::Error.
std::string keep_edited(const std::filesystem::path& file);

/// Writes the files with their checksums, each whole or not at all, and returns the names under which files that were
/// there and not intact were kept ("strategy-1.edited-1.lua"). What has the same bytes already is left alone. Throws
/// btk::Error.
std::vector<std::string> write_generated(const std::filesystem::path& folder, const std::vector<lua::GeneratedFile>& files);

}  // namespace btk::optimizer
