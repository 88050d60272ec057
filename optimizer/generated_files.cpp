#include "optimizer/generated_files.h"

#include <fmt/format.h>

#include "engine/error.h"
#include "engine/sha256.h"
#include "lua/generated.h"
#include "optimizer/files.h"

namespace btk::optimizer {
namespace fs = std::filesystem;

std::string keep_edited(const fs::path& file) {
  for (int n = 1;; ++n) {
    const fs::path kept = file.parent_path() / fmt::format("{}.edited-{}{}", file.stem().string(), n, file.extension().string());
    if (fs::exists(kept)) continue;
    std::error_code failure;
    fs::rename(file, kept, failure);
    if (failure) throw Error(fmt::format("cannot keep the edited file {}: {}", file.string(), failure.message()));
    return kept.filename().string();
  }
}

std::optional<GeneratedHeader> read_header(std::string_view text) {
  if (!text.starts_with(lua::kGeneratedMark)) return std::nullopt;
  const auto end = text.find('\n');
  if (end == std::string_view::npos) return std::nullopt;
  GeneratedHeader header;
  header.about = nlohmann::json::parse(text.substr(lua::kGeneratedMark.size(), end - lua::kGeneratedMark.size()), nullptr, false);
  if (!header.about.is_object()) return std::nullopt;
  const auto sum = header.about.find("body_sha256");
  header.edited = sum == header.about.end() || *sum != sha256_hex(text.substr(end + 1));
  return header;
}

std::vector<std::string> write_generated(const fs::path& folder, const std::vector<lua::GeneratedFile>& files) {
  std::vector<std::string> kept;
  for (const lua::GeneratedFile& file : files) {
    const fs::path target = folder / file.path;
    if (const auto before = read_whole(target)) {
      if (*before == file.text) continue;
      const auto header = target.extension() == ".lua" ? read_header(*before) : std::nullopt;
      if (header && header->edited) kept.push_back(keep_edited(target));
    }
    write_whole(target, file.text);
  }
  return kept;
}

}  // namespace btk::optimizer
