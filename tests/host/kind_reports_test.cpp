// Heat map and event reports as text, and the options that ask for them.
#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include "engine/event_rows.h"
#include "host/cli/run_options.h"
#include "host/cli/usage_error.h"
#include "host/report/event_report.h"
#include "host/report/heat_report.h"
#include "tests/support/temp_folder.h"

using namespace btk;
using namespace btk::host;
using Catch::Matchers::Contains;
using Catch::Matchers::StartsWith;

namespace {

EventRow level(double percent) {
  EventRow row;
  row.add("timestamp", 1704067200000.0);
  row.add("action", "profit");
  row.add("symbol", "BTCUSDT");
  row.add("signal_id", "id-1");
  row.add("level", percent);
  row.add("pnl_percentage", 1.25);
  row.add("backtest", true);
  return row;
}

std::size_t lines_with(const std::string& text, const std::string& part) {
  std::size_t count = 0;
  for (std::size_t at = text.find(part); at != std::string::npos; at = text.find(part, at + 1)) ++count;
  return count;
}

}  // namespace

TEST_CASE("an event report: newest first, N/A for what a row has not, figures below", "[kind_report]") {
  const std::vector<EventRow> rows{level(10), level(20)};
  const std::string text = event_report(EventReport::partial, "BTCUSDT", "s", rows);
  CHECK_THAT(text, StartsWith("# Partial Profit/Loss Report: BTCUSDT:s\n\n| Action | Symbol |"));
  CHECK(text.find("+20%") < text.find("+10%"));
  CHECK_THAT(text, Contains("| N/A | +1.25% |") || Contains("| +1.25% |"));
  CHECK_THAT(text, Contains("\n\n**Total events:** 2\n**Profit events:** 2\n**Loss events:** 0"));
  CHECK(event_report(EventReport::partial, "BTCUSDT", "s", {}) ==
        "# Partial Profit/Loss Report: BTCUSDT:s\n\nNo partial profit/loss events recorded yet.");
}

TEST_CASE("the row limit bounds the table, not the figures; a table of one's own takes its place", "[kind_report]") {
  const std::vector<EventRow> rows{level(10), level(20), level(30)};
  ReportOptions options;
  options.max_rows = 1;
  const std::string text = event_report(EventReport::partial, "BTCUSDT", "s", rows, options);
  CHECK(lines_with(text, "id-1") == 1);
  CHECK_THAT(text, Contains("**Total events:** 3"));
  const std::string own = event_report(EventReport::partial, "BTCUSDT", "s", rows, {}, "| mine |");
  CHECK_THAT(own, Contains("\n\n| mine |\n\n**Total events:** 3"));
}

TEST_CASE("event lines are JSON with the names beside the data", "[kind_report]") {
  const auto line = nlohmann::json::parse(event_lines(EventReport::partial, std::vector{level(10)}));
  CHECK(line.at("reportName") == "partial");
  CHECK(line.at("data").at("level") == 10);
  CHECK(line.at("signalId") == "id-1");
  CHECK(line.at("timestamp") == 1704067200000);
  CHECK_FALSE(line.contains("frameName"));
}

TEST_CASE("each event report has the reference's number of columns", "[kind_report]") {
  const std::vector<std::pair<EventReport, std::size_t>> sizes{
      {EventReport::schedule, 22}, {EventReport::partial, 22}, {EventReport::breakeven, 20},
      {EventReport::risk, 22},     {EventReport::strategy, 15}, {EventReport::sync, 15},
      {EventReport::highest_profit, 12}, {EventReport::max_drawdown, 12}};
  for (const auto& [kind, size] : sizes) {
    INFO(to_string(kind));
    CHECK(event_columns(kind, true).size() == size);
  }
  CHECK(heat_columns().size() == 38);
}

TEST_CASE("the heat map as a table and as a picture", "[kind_report]") {
  CHECK(heat_report("s", {}) == "# Portfolio Heatmap: s\n\n*No data available*");
  std::vector<SymbolTrades> lists{{"BTC<1>", {}}, {"ETH", {}}};
  for (int i = 0; i < 12; ++i) {
    for (SymbolTrades& list : lists) {
      list.trades.push_back({.id = "t",
                             .pending_at = 1.7e12 + i * 1e8,
                             .close_timestamp = 1.7e12 + i * 1e8 + 6e6,
                             .close_price = 100.0 + i,
                             .pnl_percentage = i % 3 == 0 ? -1.0 : list.symbol == "ETH" ? 2.0 : 0.2});
    }
  }
  const HeatStats stats = heat_stats(lists);
  const std::string text = heat_report("s", stats);
  CHECK_THAT(text, Contains("**Total Symbols:** 2\n**Portfolio PNL:** 9.60 %"));
  CHECK(text.find("| ETH |") < text.find("| BTC<1> |"));
  CHECK_THAT(text, Contains("not the fall of the capital") && Contains("not the result of the capital"));
  const std::string picture = heat_picture("s", stats);
  CHECK_THAT(picture, StartsWith("<svg xmlns="));
  CHECK_THAT(picture, Contains("BTC&lt;1&gt;"));
  CHECK_THAT(picture, Contains("12.00%"));
}

TEST_CASE("--report takes the further kinds", "[kind_report]") {
  test::TempFolder folder;
  std::FILE* sink = std::tmpfile();
  Console console{sink, sink};
  const std::string script = folder.write("s.lua", "").string();
  const RunOptions o = read_run_options({"--report", "csv,heat,risk,heat", script}, console).value();
  CHECK(o.csv);
  CHECK_FALSE(o.markdown);
  CHECK(o.kinds == std::vector<std::string>{"heat", "risk"});
  CHECK_THROWS_AS(read_run_options({"--report", "risks", script}, console), UsageError);
  std::fclose(sink);
}
