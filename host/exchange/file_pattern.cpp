#include "host/exchange/file_pattern.h"

#include <fmt/format.h>
#include <glob.h>

#include <cctype>

#include "engine/error.h"

namespace btk::host {
namespace {

// Folders and symbols are meant literally, also when a folder is called "data[1]".
std::string literal_pattern(std::string_view text) {
  std::string result;
  for (const char c : text) {
    if (c == '*' || c == '?' || c == '[' || c == ']' || c == '\\') result += '\\';
    result += c;
  }
  return result;
}

void check_name_part(std::string_view symbol) {
  bool good = !symbol.empty() && symbol != "." && symbol != "..";
  for (const char c : symbol)
    good = good && c != '/' && c != '\0' && !std::iscntrl(static_cast<unsigned char>(c));
  if (!good) throw Error(fmt::format("symbol \"{}\" cannot be a part of a file name", symbol));
}

class Matches {
 public:
  explicit Matches(const std::string& pattern) : code_(::glob(pattern.c_str(), 0, nullptr, &found_)) {}
  Matches(const Matches&) = delete;
  Matches& operator=(const Matches&) = delete;
  ~Matches() { ::globfree(&found_); }

  std::vector<std::filesystem::path> paths() const {
    if (code_ != 0) return {};
    return {found_.gl_pathv, found_.gl_pathv + found_.gl_pathc};
  }

 private:
  glob_t found_{};
  int code_;
};

}  // namespace

std::vector<std::filesystem::path> find_files(const std::string& path, const std::string& base_dir,
                                              std::string_view symbol) {
  constexpr std::string_view kSlot = "{symbol}";
  std::string pattern;
  std::string shown;
  for (std::size_t from = 0;;) {
    const std::size_t slot = path.find(kSlot, from);
    pattern += path.substr(from, slot - from);
    shown += path.substr(from, slot - from);
    if (slot == std::string::npos) break;
    check_name_part(symbol);
    pattern += literal_pattern(symbol);
    shown += symbol;
    from = slot + kSlot.size();
  }
  if (!path.starts_with('/') && !base_dir.empty() && base_dir != ".") {
    pattern = literal_pattern(base_dir) + "/" + pattern;
    shown = base_dir + "/" + shown;
  }
  std::vector<std::filesystem::path> files = Matches(pattern).paths();
  if (files.empty())
    throw Error(fmt::format("no file matches {}; check the exchange's path and the symbol", shown));
  for (std::filesystem::path& file : files) file = file.lexically_normal();
  return files;
}

}  // namespace btk::host
