#include "host/report/table.h"

#include <string_view>

namespace btk::host {
namespace {

// What would end a cell or a row of a Markdown table; a note may hold it.
std::string cell_text(std::string_view text) {
  std::string cell;
  for (const char c : text) {
    if (c == '|') {
      cell += "\\|";
    } else {
      cell += c == '\n' || c == '\r' || c == '\t' ? ' ' : c;
    }
  }
  return cell;
}

}  // namespace

std::string table_line(std::span<const std::string> cells) {
  std::string line = "|";
  for (const std::string& cell : cells) line.append(" ").append(cell_text(cell)).append(" |");
  return line;
}

}  // namespace btk::host
