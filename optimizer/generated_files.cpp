#include "optimizer/generated_files.h"

#include <utility>

#include <fmt/format.h>

#include "engine/error.h"
#include "engine/sha256.h"
#include "host/net/outside_json.h"
#include "lua/generated.h"
#include "optimizer/files.h"

namespace btk::optimizer {
namespace fs = std::filesystem;
namespace {

using nlohmann::json;

constexpr const char* kSum = "body_sha256";

// The last line of a text that ends with its checksum.
std::string seal_of(Form form, std::string_view body) {
  const std::string sum = sha256_hex(body);
  return form == Form::lua ? fmt::format("-- btk:promoted {} {}\n", kSum, sum) : fmt::format("<!-- btk:generated {} {} -->\n", kSum, sum);
}

std::string sealed_json(json document) {
  document.erase(kSum);
  document[kSum] = sha256_hex(document.dump(-1, ' ', false, json::error_handler_t::replace));
  return document.dump(1, ' ', false, json::error_handler_t::replace) + "\n";
}

Form form_of(const fs::path& file) {
  return file.extension() == ".lua" ? Form::lua : file.extension() == ".json" ? Form::json : Form::markdown;
}

}  // namespace

std::string sealed(Form form, std::string text) {
  if (form == Form::lua && read_header(text)) return text;
  if (form == Form::json) return sealed_json(json::parse(text));
  if (!text.ends_with('\n')) text += '\n';
  return text + seal_of(form, text);
}

bool is_intact(Form form, std::string_view text) {
  if (form == Form::lua) {
    if (const auto header = read_header(text)) return !header->edited;
  }
  if (form == Form::json) {
    json document = net::try_json(text);
    return document.is_object() && sealed_json(std::move(document)) == text;
  }
  if (!text.ends_with('\n')) return false;
  const auto before = text.substr(0, text.size() - 1).rfind('\n');
  const auto body = before == std::string_view::npos ? 0 : before + 1;
  return text.substr(body) == seal_of(form, text.substr(0, body));
}

std::string keep_edited(const fs::path& file) {
  const fs::path own = behind_links(file);
  for (int n = 1;; ++n) {
    const fs::path kept = own.parent_path() / fmt::format("{}.edited-{}{}", own.stem().string(), n, own.extension().string());
    if (fs::exists(kept)) continue;
    std::error_code failure;
    fs::rename(own, kept, failure);
    if (failure) throw Error(fmt::format("cannot keep the edited file {}: {}", own.string(), failure.message()));
    return kept.filename().string();
  }
}

std::optional<GeneratedHeader> read_header(std::string_view text) {
  if (!text.starts_with(lua::kGeneratedMark)) return std::nullopt;
  const auto end = text.find('\n');
  if (end == std::string_view::npos) return std::nullopt;
  GeneratedHeader header;
  header.about = net::try_json(text.substr(lua::kGeneratedMark.size(), end - lua::kGeneratedMark.size()));
  if (!header.about.is_object()) return std::nullopt;
  const auto sum = header.about.find("body_sha256");
  header.edited = sum == header.about.end() || *sum != sha256_hex(text.substr(end + 1));
  return header;
}

std::vector<std::string> write_generated(const fs::path& folder, const std::vector<lua::GeneratedFile>& files) {
  std::error_code ignored;
  std::vector<std::string> kept;
  for (const lua::GeneratedFile& file : files) {
    const fs::path target = folder / file.path;
    const Form form = form_of(target);
    const std::string text = sealed(form, file.text);
    const auto before = read_whole(target);
    if (before == text) continue;
    const bool ours = before && is_intact(form, *before);
    if (!ours && fs::is_regular_file(target, ignored)) kept.push_back(keep_edited(target));
    write_whole(target, text);
  }
  return kept;
}

}  // namespace btk::optimizer
