#include "host/report/table.h"

namespace btk::host {

std::string table_line(std::span<const std::string> cells) {
  std::string line = "|";
  for (const std::string& cell : cells) line.append(" ").append(cell).append(" |");
  return line;
}

}  // namespace btk::host
