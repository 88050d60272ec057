// The heat map over symbols: as a Markdown report (analytics.md 2.1 to 2.3) and as
// a picture. The picture is one self-contained SVG: a row per symbol, the best
// Sharpe ratio on top, coloured by how good each figure is.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "engine/stats_heat.h"
#include "host/report/table.h"

namespace btk::host {

/// The reference's columns, in its order.
std::vector<Column<HeatRow>> heat_columns();

/// Title, portfolio, table. `table_text`, when not empty, stands in the place of the table.
std::string heat_report(std::string_view strategy_name, const HeatStats& stats,
                        std::string_view table_text = {});

/// The picture.
std::string heat_picture(std::string_view strategy_name, const HeatStats& stats);

}  // namespace btk::host
