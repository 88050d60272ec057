#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <iterator>

#include "host/report/cells.h"
#include "host/report/heat_report.h"

namespace btk::host {
namespace {

constexpr int kRowHeight = 34, kSymbolWidth = 150, kCellWidth = 104, kHeadHeight = 84, kMargin = 16;

// A figure of the picture. `full`: the size at which the colour is at its strongest; its sign says whether
// more is better.
struct Tile {
  const char* label;
  std::optional<double> (*value)(const HeatRow&);
  int digits;
  const char* unit;
  double neutral, full;
};

constexpr Tile kTiles[] = {
    {"Total PNL", [](const HeatRow& r) { return r.trades.total_pnl; }, 2, "%", 0, 20},
    {"Sharpe", [](const HeatRow& r) { return r.trades.sharpe_ratio; }, 3, "", 0, 0.5},
    {"Win rate", [](const HeatRow& r) { return r.trades.win_rate; }, 1, "%", 50, 40},
    {"Profit factor", [](const HeatRow& r) { return r.profit_factor; }, 2, "", 1, 1},
    {"Expectancy", [](const HeatRow& r) { return r.trades.expectancy; }, 2, "%", 0, 0.5},
    {"Avg win", [](const HeatRow& r) { return r.avg_win; }, 2, "%", 0, 5},
    {"Avg loss", [](const HeatRow& r) { return r.avg_loss; }, 2, "%", 0, 5},
    {"Fall, compounded", [](const HeatRow& r) { return std::optional(-r.max_drawdown); }, 2, "%", 0, 25},
    {"Recovery", [](const HeatRow& r) { return r.trades.recovery_factor; }, 2, "", 0, 3},
    {"Trades", [](const HeatRow& r) { return std::optional(static_cast<double>(r.trades.total_signals)); }, 0,
     "", 0, 0},
};

std::string svg_escaped(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (c == '&')
      out += "&amp;";
    else if (c == '<')
      out += "&lt;";
    else if (c == '>')
      out += "&gt;";
    else if (c == '"')
      out += "&quot;";
    else
      out.push_back(c);
  }
  return out;
}

// White for neutral, towards green for good and red for bad.
std::string color(const Tile& tile, std::optional<double> value) {
  if (!value || tile.full == 0) return "#f3f4f6";
  const double share = std::clamp((*value - tile.neutral) / tile.full, -1.0, 1.0);
  const double strength = std::fabs(share) * 0.85 + (share == 0 ? 0 : 0.08);
  const int green[] = {22, 163, 74}, red[] = {220, 38, 38};
  int mixed[3];
  for (int i = 0; i < 3; ++i) {
    mixed[i] = static_cast<int>(std::lround(255 + ((share >= 0 ? green[i] : red[i]) - 255) * strength));
  }
  return fmt::format("#{:02x}{:02x}{:02x}", mixed[0], mixed[1], mixed[2]);
}

std::string text_at(double x, double y, std::string_view text, std::string_view style) {
  return fmt::format("<text x=\"{}\" y=\"{}\" {}>{}</text>\n", x, y, style, svg_escaped(text));
}

}  // namespace

std::string heat_picture(std::string_view strategy_name, const HeatStats& stats) {
  const int tiles = static_cast<int>(std::size(kTiles));
  const int width = 2 * kMargin + kSymbolWidth + tiles * kCellWidth;
  const int height = kHeadHeight + static_cast<int>(stats.symbols.size()) * kRowHeight + kMargin;
  std::string svg = fmt::format(
      "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{0}\" height=\"{1}\" viewBox=\"0 0 {0} {1}\" "
      "font-family=\"DejaVu Sans, Arial, sans-serif\" font-size=\"13\">\n"
      "<rect width=\"{0}\" height=\"{1}\" fill=\"#ffffff\"/>\n",
      width, height);
  svg += text_at(kMargin, 30, fmt::format("Portfolio heat map: {}", strategy_name),
                 "font-size=\"18\" font-weight=\"bold\"");
  svg += text_at(kMargin, 50,
                 fmt::format("{} symbols, {} trades, PNL {}, pooled Sharpe {}", stats.portfolio.total_symbols,
                             stats.portfolio.total_trades, signed_text(stats.portfolio.total_pnl, 2, "%"),
                             number_text(stats.portfolio.sharpe_ratio, 3)),
                 "fill=\"#4b5563\"");
  for (int i = 0; i < tiles; ++i) {
    svg += text_at(kMargin + kSymbolWidth + (i + 0.5) * kCellWidth, kHeadHeight - 8, kTiles[i].label,
                   "text-anchor=\"middle\" fill=\"#4b5563\"");
  }
  int y = kHeadHeight;
  for (const HeatRow& row : stats.symbols) {
    svg += text_at(kMargin, y + 22, row.symbol, "font-weight=\"bold\"");
    for (int i = 0; i < tiles; ++i) {
      const auto value = kTiles[i].value(row);
      const int x = kMargin + kSymbolWidth + i * kCellWidth;
      svg += fmt::format("<rect x=\"{}\" y=\"{}\" width=\"{}\" height=\"{}\" rx=\"4\" fill=\"{}\"/>\n", x + 1,
                         y + 1, kCellWidth - 2, kRowHeight - 2, color(kTiles[i], value));
      svg += text_at(x + kCellWidth / 2.0, y + 22, number_text(value, kTiles[i].digits, kTiles[i].unit),
                     "text-anchor=\"middle\"");
    }
    y += kRowHeight;
  }
  return svg + "</svg>\n";
}

}  // namespace btk::host
