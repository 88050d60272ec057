// Tables of Markdown reports: columns as data, so that a script or a later
// command can choose its own (analytics.md 2.3).
#pragma once

#include <functional>
#include <span>
#include <string>
#include <vector>

namespace btk::host {

template <typename Row>
struct Column {
  std::string key;    ///< "signalId"
  std::string label;  ///< "Signal ID"
  std::function<std::string(const Row& row, std::size_t index)> format;
  bool visible = true;
};

/// "| a | b |"; a bar in a cell is escaped, a line break or tab becomes a blank.
std::string table_line(std::span<const std::string> cells);

/// Header, separator and one line per row, joined with line feeds, none at the end.
template <typename Row>
std::string table(std::span<const Column<Row>> columns, std::span<const Row* const> rows) {
  std::vector<std::string> labels, dashes;
  for (const Column<Row>& column : columns) {
    if (!column.visible) continue;
    labels.push_back(column.label);
    dashes.emplace_back("---");
  }
  std::string text = table_line(labels) + "\n" + table_line(dashes);
  for (std::size_t i = 0; i < rows.size(); ++i) {
    text.push_back('\n');
    std::vector<std::string> cells;
    for (const Column<Row>& column : columns) {
      if (column.visible) cells.push_back(column.format(*rows[i], i));
    }
    text += table_line(cells);
  }
  return text;
}

}  // namespace btk::host
