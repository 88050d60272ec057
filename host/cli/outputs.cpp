#include "host/cli/outputs.h"

#include <fmt/format.h>

#include "host/cli/report_rows.h"
#include "host/report/backtest_report.h"
#include "host/report/report_file.h"
#include "host/report/trade_csv.h"
#include "host/report/walker_report.h"

namespace btk::host {

std::string markdown_report(const lua::RunReport& report) {
  return backtest_report(report.strategy_name, trade_rows(report), backtest_report_options(report.config));
}

std::string walker_markdown(const lua::Walk& walk, bool trades) {
  WalkerReport report{.walker_name = walk.walker_name,
                      .symbol = walk.symbol,
                      .exchange_name = walk.exchange_name,
                      .frame_name = walk.frame_name,
                      .total_strategies = walk.total_strategies,
                      .ranking = walk.ranking,
                      .trades = {},
                      .show_trades = trades};
  for (const auto& run : walk.reports) report.trades.push_back(trade_rows(*run));
  if (!walk.reports.empty()) {
    const double rows = walk.reports.back()->config.walker_markdown_top_n;
    constexpr double kNoLimit = 1e15;
    report.top = static_cast<std::size_t>(rows >= 0 && rows < kNoLimit ? rows : kNoLimit);
  }
  return walker_report(report);
}

std::filesystem::path walker_file(const lua::Walk& walk, const std::filesystem::path& folder, std::string_view ending) {
  return folder / (safe_name(walk.walker_name + "_" + walk.symbol) + std::string(ending));
}

std::filesystem::path report_file(const lua::RunReport& r, const std::filesystem::path& folder, std::string_view ending) {
  // Without a frame: a back-test over --from and --to, or a paper or live run, whose report is named so.
  const std::string frame = r.live || !r.frame_name.empty() ? r.frame_name : "range";
  return folder / (report_name(r.symbol, r.strategy_name, r.exchange_name, frame) + std::string(ending));
}

std::vector<std::filesystem::path> write_reports(const std::vector<RunOutcome>& outcomes, const std::filesystem::path& folder,
                                                 bool markdown, bool csv, const Console& console) {
  std::vector<std::filesystem::path> written;
  const auto write = [&](const std::filesystem::path& file, const std::string& text) {
    write_report_file(file, console.mask(text));
    written.push_back(file);
  };
  for (const RunOutcome& outcome : outcomes) {
    const lua::RunReport& r = outcome.report;
    if (!outcome.failure.empty() && r.candles == 0) continue;  // never begun: an older report stays
    if (markdown) write(report_file(r, folder, ".md"), markdown_report(r));
    if (csv) write(report_file(r, folder, ".csv"), trades_csv(trade_rows(r)));
  }
  return written;
}

std::string events_text(const std::vector<RunOutcome>& outcomes) {
  std::string text;
  for (std::size_t i = 0; i < outcomes.size(); ++i) {
    const lua::RunReport& r = outcomes[i].report;
    if (outcomes.size() > 1) text += fmt::format("# {} {} {} {}\n", i + 1, r.symbol, r.strategy_name, r.run_hash);
    text += r.decisions;
  }
  return text;
}

}  // namespace btk::host
