#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <catch2/catch.hpp>
#include <filesystem>
#include <fstream>
#include <limits>
#include <sstream>

#include "engine/error.h"
#include "host/report/backtest_report.h"
#include "host/report/cells.h"
#include "host/report/report_file.h"
#include "host/report/trade_csv.h"
#include "tests/support/temp_folder.h"

using namespace btk;
using namespace btk::host;
using Catch::Matchers::Contains;
using Catch::Matchers::StartsWith;

namespace {

constexpr Timestamp kOpened = 1704067200000;  // 2024-01-01

TradeRow example() {
  TradeRow row;
  row.id = "a1";
  row.symbol = "BTCUSDT";
  row.note = "golden **cross**";
  row.price_open = 100;
  row.close_price = 102.5;
  row.price_take_profit = 103;
  row.price_stop_loss = 99.5;
  row.original_price_open = 100;
  row.original_price_take_profit = 104;
  row.original_price_stop_loss = 99;
  row.entries = {{100, 100, kOpened}};
  row.multiplier = 2.5;
  row.isolated = true;
  row.pnl = {
      .pnl_percentage = 2.1, .pnl_cost = 2.1, .pnl_entries = 100, .price_open = 100, .price_close = 102.5};
  row.peak_pnl = 2.4;
  row.fall_pnl = -0.4;
  row.close_reason = "take_profit";
  row.scheduled_at = kOpened;
  row.pending_at = kOpened;
  row.close_timestamp = kOpened + 90 * kMinute;
  return row;
}

std::vector<TradeRow> a_dozen() {
  std::vector<TradeRow> rows;
  for (int i = 0; i < 12; ++i) {
    TradeRow row = example();
    row.id = std::string("t").append(std::to_string(i));
    row.pending_at += i * 3 * kDay;
    row.close_timestamp += i * 3 * kDay;
    row.pnl.pnl_percentage = i % 3 == 2 ? -1 : 0.75;
    row.close_price = 100 + i;
    rows.push_back(row);
  }
  return rows;
}

std::vector<std::string> lines(const std::string& text) {
  std::vector<std::string> found;
  std::istringstream in(text);
  for (std::string line; std::getline(in, line);) found.push_back(line);
  return found;
}

std::string read(const std::filesystem::path& file) {
  std::ostringstream text;
  text << std::ifstream(file).rdbuf();
  return text.str();
}

}  // namespace

TEST_CASE("numbers print with fixed digits, a sign where asked, and N/A when absent") {
  CHECK(number_text(1.005, 2, "%") == "1.00%");
  CHECK(number_text(0.125, 2) == "0.13");
  CHECK(number_text(std::nullopt, 2, "%") == "N/A");
  CHECK(number_text(std::numeric_limits<double>::quiet_NaN(), 2) == "N/A");
  CHECK(signed_text(1.5, 2, "%") == "+1.50%");
  CHECK(signed_text(-1.5, 2, "%") == "-1.50%");
  CHECK(signed_text(0.0, 2, "%") == "0.00%");
  CHECK(signed_text(-0.001, 2, "%") == "-0.00%");
}

TEST_CASE("prices show more digits the smaller they are") {
  CHECK(price_text(27000.5) == "27000.50 USD");
  CHECK(price_text(1) == "1.00 USD");
  CHECK(price_text(0.5) == "0.5000 USD");
  CHECK(price_text(0.1) == "0.1000 USD");
  CHECK(price_text(0.05) == "0.050000 USD");
  CHECK(price_text(0.001) == "0.00100000 USD");
  CHECK(price_text(0.00000001) == "0.00000001 USD");
  CHECK(price_text(0) == "0.00 USD");
  CHECK(signed_price_text(2.5) == "+2.50 USD");
  CHECK(signed_price_text(-0.25) == "-0.2500 USD");
}

TEST_CASE("notes become one plain line") {
  CHECK(note_text("golden cross") == "golden cross");
  CHECK(note_text("") == "N/A");
  CHECK(note_text("  \n ") == "N/A");
  CHECK(note_text("# Title\n\nfirst **bold** and *italic*,\n~~gone~~ `code`") ==
        "Title first bold and italic, gone code");
  CHECK(note_text("- one\n* two\n3. three") == "• one • two • three");
  CHECK(note_text("> quoted\n---\nafter") == "quoted after");
  CHECK(note_text("see [the docs](https://x.y/z) ![chart](a.png)") == "see the docs chart");
  CHECK(note_text("before ```lua\nprint(1)\n``` after") == "before after");
  CHECK(note_text("<b>strong</b> 3 < 4 > 2") == "strong 3 < 4 > 2");
  CHECK(note_text("price_take_profit and _emphasis_ and __strong__") ==
        "price_take_profit and emphasis and strong");
  CHECK(note_text("2 * 3 * 4 = 24") == "2 * 3 * 4 = 24");
  CHECK(note_text("***both***") == "both");
  CHECK(note_text("unclosed **bold and [link](") == "unclosed **bold and [link](");
}

TEST_CASE("a back-test without usable trades says so in three lines") {
  CHECK(backtest_report("sma", {}) == "# Backtest Report: sma\n\nNo signals closed yet.");
  TradeRow unusable = example();
  unusable.pending_at = 0;
  CHECK(backtest_report("sma", std::vector{unusable}) == "# Backtest Report: sma\n\nNo signals closed yet.");
}

TEST_CASE("the report of one trade, table and summary") {
  const auto text = lines(backtest_report("sma", std::vector{example()}));
  REQUIRE(text.size() > 38);
  CHECK(text[0] == "# Backtest Report: sma");
  CHECK(text[1].empty());
  CHECK(
      text[2] ==
      "| Signal ID | Symbol | Position | Open Price | Close Price | Take Profit | Stop Loss | Original TP | "
      "Original SL | Original Entry | DCA Entries | Partial Closes | Multiplier | Margin | PNL (net) | PNL "
      "(USD) | "
      "Partial Executed % | Partial Closes | Close Reason | Duration (min) | Open Time | Close Time | Peak "
      "PNL | "
      "Max DD PNL |");
  CHECK(text[3].substr(0, 13) == "| --- | --- |");
  CHECK(text[4] ==
        "| a1 | BTCUSDT | LONG | 100.00 USD | 102.50 USD | 103.00 USD | 99.50 USD | 104.00 USD | 99.00 USD | "
        "100.00 USD | 1 | 0 | 2.5x | isolated | +2.10% | +2.10 USD | 0.0% | N/A | take_profit | 90 | "
        "2024-01-01T00:00:00.000Z | 2024-01-01T01:30:00.000Z | +2.40% | -0.40% |");
  CHECK(text[5].empty());
  const std::vector<std::string> summary(text.begin() + 6, text.begin() + 37);
  CHECK(summary ==
        std::vector<std::string>{"**Total signals:** 1",
                                 "**Closed signals:** 1",
                                 "**Win rate:** 100.00% (1W / 0L) (higher is better)",
                                 "**Average PNL:** +2.10% (higher is better)",
                                 "**Total PNL:** +2.10% (higher is better)",
                                 "**Standard Deviation Per Trade:** N/A",
                                 "**Sharpe Ratio:** N/A",
                                 "**Annualized Sharpe Ratio:** N/A",
                                 "**Certainty Ratio:** N/A",
                                 "**Expected Yearly Returns:** N/A",
                                 "**Avg Peak PNL:** +2.40% (higher is better)",
                                 "**Avg Max Drawdown PNL:** -0.40% (closer to 0 is better)",
                                 "**Sortino Ratio:** N/A",
                                 "**Calmar Ratio:** N/A",
                                 "**Recovery Factor:** N/A",
                                 "**Expectancy:** N/A",
                                 "**Median PNL:** +2.100% (closer to avgPnl = symmetric distribution)",
                                 "**Avg Duration:** 90.0 min",
                                 "**Avg Win Duration:** 90.0 min",
                                 "**Avg Loss Duration:** N/A",
                                 "**Avg Consecutive Win PNL:** +2.100% (higher is better)",
                                 "**Avg Consecutive Loss PNL:** N/A",
                                 "**Trend:** N/A",
                                 "**Trend Strength:** N/A",
                                 "**Trend Confidence (R²):** N/A",
                                 "**Buyer Pressure:** N/A",
                                 "**Seller Pressure:** N/A",
                                 "**Buyer Strength:** N/A",
                                 "**Seller Strength:** N/A",
                                 "**Pressure Imbalance:** N/A",
                                 "**Median Step Size:** N/A"});
  CHECK(text[37].empty());
  for (std::size_t i = 38; i < text.size(); ++i) {
    CHECK(text[i].front() == '*');
    CHECK(text[i].back() == '*');
  }
}

TEST_CASE("with enough trades every line of the summary has its figure") {
  const std::string text = backtest_summary(trade_stats(closed_trades(a_dozen())));
  CHECK_THAT(text, Contains("**Win rate:** 66.67% (8W / 4L) (higher is better)"));
  CHECK_THAT(text, Contains("**Total PNL:** +2.00% (higher is better)"));
  CHECK_THAT(text, Contains("**Standard Deviation Per Trade:** 0.862% (lower is better)"));
  CHECK_THAT(text, Contains("**Certainty Ratio:** 0.750 (higher is better)"));
  CHECK_THAT(text, Contains("**Trend:** bullish"));
  CHECK_THAT(text, Contains("**Buyer Pressure:** 100.0%"));
  CHECK_THAT(text, Contains("**Pressure Imbalance:** +1.000"));
  CHECK_THAT(text, !Contains("N/A"));
}

TEST_CASE("the table is newest first and limited, the summary covers all trades") {
  const std::vector<TradeRow> rows = a_dozen();
  Config config;
  config.max_backtest_markdown_rows = 5;
  const auto text = lines(backtest_report("sma", rows, backtest_report_options(config)));
  CHECK_THAT(text[4], StartsWith("| t11 |"));
  CHECK_THAT(text[8], StartsWith("| t7 |"));
  CHECK(text[9].empty());
  CHECK(text[10] == "**Total signals:** 12");
}

TEST_CASE("a row limit without end shows all rows") {
  Config config;
  config.max_backtest_markdown_rows = std::numeric_limits<double>::infinity();
  CHECK_FALSE(backtest_report_options(config).max_rows);
  CHECK(backtest_report_options(Config{}).max_rows == 250u);
}

TEST_CASE("the note column is there only when the configuration asks for it") {
  Config config;
  CHECK_THAT(backtest_report("s", std::vector{example()}, backtest_report_options(config)),
             !Contains("Note"));
  config.report_show_signal_note = true;
  CHECK_THAT(backtest_report("s", std::vector{example()}, backtest_report_options(config)),
             Contains("| Position | Note |") && Contains("| LONG | golden cross |"));
}

TEST_CASE("partial closes, a short side and absent values in a row") {
  TradeRow row = example();
  row.position = Side::short_side;
  row.partials = {
      {.profit = true, .percent = 30}, {.profit = false, .percent = 12.5}, {.profit = true, .percent = 20}};
  row.partial_executed = 47.25;
  row.multiplier.reset();
  row.isolated = false;
  row.peak_pnl.reset();
  row.pnl.pnl_cost = -0.5;
  row.close_timestamp = row.pending_at + 30 * 1000;
  const std::string text = backtest_report("s", std::vector{row});
  CHECK_THAT(text, Contains("| SHORT |") && Contains("| 3 | N/A | cross |") &&
                       Contains("| -0.5000 USD | 47.3% |") && Contains("| 3 (↑2: 50.0%, ↓1: 12.5%) |") &&
                       Contains("| take_profit | 1 |") && Contains("| N/A | -0.40% |"));
  row.close_timestamp = row.pending_at;
  CHECK_THAT(backtest_report("s", std::vector{row}), Contains("| take_profit | N/A |"));
}

TEST_CASE("every column has its own key") {
  const auto columns = backtest_columns({});
  CHECK(columns.size() == 25);
  for (std::size_t i = 0; i < columns.size(); ++i) {
    for (std::size_t j = 0; j < i; ++j) CHECK(columns[i].key != columns[j].key);
  }
}

TEST_CASE("the trade list as CSV, oldest first, with all digits") {
  std::vector<TradeRow> rows{example(), example()};
  rows[1].id = "b2";
  rows[1].note = "said \"go\",\nthen went";
  rows[1].pnl.pnl_percentage = 0.1 + 0.2;
  rows[1].peak_pnl.reset();
  const std::string text = trades_csv(rows);
  const auto all = lines(text);
  REQUIRE(all.size() == 4);
  CHECK_THAT(
      all[0],
      StartsWith("id,symbol,position,scheduled_at,open_time,close_time,duration_minutes,close_reason,"));
  CHECK(all[1] ==
        "a1,BTCUSDT,long,2024-01-01T00:00:00.000Z,2024-01-01T00:00:00.000Z,2024-01-01T01:30:00.000Z,90,take_"
        "profit,"
        "100,102.5,103,99.5,100,104,99,2.1,2.1,100,2.4,-0.4,1,0,0,2.5,true,golden **cross**");
  CHECK_THAT(all[2], Contains(",0.30000000000000004,2.1,100,,-0.4,"));
  CHECK_THAT(text, Contains(",\"said \"\"go\"\",\nthen went\"\n"));
  CHECK(lines(trades_csv({})).size() == 1);
}

TEST_CASE("report files are named after their run and replace only themselves") {
  CHECK(report_name("BTCUSDT", "sma", "csv", "q1") == "BTCUSDT_sma_csv_q1_backtest");
  CHECK(report_name("BTCUSDT", "sma", "csv", "") == "BTCUSDT_sma_csv_live");
  CHECK(report_name("../../etc", "a/b", "c\nd", "") == "_._.._etc_a_b_c_d_live");

  const btk::test::TempFolder folder;
  const auto file = folder / "backtest" / "one.md";
  write_report_file(file, "first");
  write_report_file(folder / "backtest" / "two.md", "other");
  write_report_file(file, "second");
  CHECK(read(file) == "second");
  CHECK(read(folder / "backtest" / "two.md") == "other");
  CHECK(std::distance(std::filesystem::directory_iterator(folder / "backtest"), {}) == 2);
  CHECK_THROWS_WITH(write_report_file(file / "below.md", "x"), Contains("below.md") && Contains("choose another folder with --out"));
  CHECK_THROWS_WITH(write_report_file(file / "below.md", "x", "--events"), Contains("choose another file with --events") && !Contains("--out"));
}

TEST_CASE("what was stopped has a name of its own and a remark below its title") {
  CHECK(stopped_file("dump/backtest/A_v1.2_e_f_backtest.md") == "dump/backtest/A_v1.2_e_f_backtest_stopped.md");
  CHECK(stopped_file("risk.jsonl") == "risk_stopped.jsonl");
  CHECK(with_remark("# Title\n\nText", "Why.") == "# Title\n\nWhy.\n\nText");
  CHECK(with_remark("# Title", "Why.") == "# Title\n\nWhy.");
}

TEST_CASE("a file is written where a link leads to, and what is no regular file is not replaced") {
  namespace fs = std::filesystem;
  const btk::test::TempFolder folder;
  const auto real = folder.write("real/one.txt", "before");
  fs::create_symlink("real/one.txt", folder / "link");
  fs::create_symlink("link", folder / "link-of-link");
  fs::create_symlink("real/new.txt", folder / "to-nothing");
  write_report_file(folder / "link-of-link", "after");
  write_report_file(folder / "to-nothing", "new");
  CHECK(read(real) == "after");
  CHECK(read(folder / "real/new.txt") == "new");
  for (const char* name : {"link", "link-of-link", "to-nothing"}) CHECK(fs::is_symlink(folder / name));
  CHECK(std::distance(fs::directory_iterator(folder / "real"), {}) == 2);

  const auto pipe = folder / "pipe";
  REQUIRE(::mkfifo(pipe.c_str(), 0600) == 0);
  const int reader = ::open(pipe.c_str(), O_RDONLY | O_NONBLOCK);
  REQUIRE(reader >= 0);
  write_report_file(pipe, "through");
  char got[16];
  const auto size = ::read(reader, got, sizeof got);
  CHECK(std::string(got, got + std::max<ssize_t>(size, 0)) == "through");
  CHECK(fs::is_fifo(pipe));

  // A file that this process has open, as /dev/stdout leads to one.
  const auto log = folder.write("log", "first, ");
  const int open_log = ::open(log.c_str(), O_WRONLY | O_APPEND);
  write_report_file(fmt::format("/proc/self/fd/{}", open_log), "second, ");
  REQUIRE(::write(open_log, "third", 5) == 5);
  CHECK(read(log) == "first, second, third");
  ::close(open_log);
  ::close(reader);
}
