#include "host/cli/outputs.h"

#include <fmt/format.h>

#include "host/cli/report_rows.h"
#include "host/report/backtest_report.h"
#include "host/report/report_file.h"
#include "host/report/trade_csv.h"

namespace btk::host {

std::vector<std::filesystem::path> write_reports(const std::vector<RunOutcome>& outcomes,
                                                 const std::filesystem::path& out, bool markdown, bool csv) {
  std::vector<std::filesystem::path> written;
  for (const RunOutcome& outcome : outcomes) {
    const lua::RunReport& r = outcome.report;
    if (!outcome.failure.empty() && r.candles == 0) continue;  // never begun: an older report stays
    const std::vector<TradeRow> rows = trade_rows(r);
    const std::string frame = r.frame_name.empty() ? "range" : r.frame_name;
    const std::string name = report_name(r.symbol, r.strategy_name, r.exchange_name, frame);
    const auto write = [&](const char* ending, const std::string& text) {
      written.push_back(out / "backtest" / (name + ending));
      write_report_file(written.back(), text);
    };
    if (markdown) write(".md", backtest_report(r.strategy_name, rows, backtest_report_options(r.config)));
    if (csv) write(".csv", trades_csv(rows));
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
