#include "lua/not_specified.h"

#include <fmt/format.h>

#include <cctype>

namespace btk::lua {

std::string not_specified(std::string_view kind, std::span<const std::filesystem::path> files) {
  std::string text = fmt::format("{} not specified", kind);
  text.front() = static_cast<char>(std::toupper(static_cast<unsigned char>(text.front())));
  if (files.empty()) return text;  // no file of the user's to put it in
  text += ": ";
  for (std::size_t i = 0; i < files.size(); ++i) {
    if (i > 0) text += i + 1 == files.size() ? " and " : ", ";
    text += files[i].string();
  }
  const bool one = files.size() == 1;
  text += fmt::format(" {} none; call btk.add_{}{{...}} in {}", one ? "registers" : "register", kind, one ? "it" : "one of them");
  if (kind == "frame") text += ", or give --from and --to";
  return text;
}

}  // namespace btk::lua
