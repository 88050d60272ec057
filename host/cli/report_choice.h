// Where a command's results go besides stdout: what each command can be told about
// reports, files and the money figures in them. The readers throw UsageError.
#pragma once

#include <filesystem>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace btk::host {

struct PageChoice {
  std::filesystem::path out = "dump";
  std::optional<std::filesystem::path> page;  ///< --report html: the template of the page
  double capital = 10000;                     ///< that money figures start from, quote currency
};

/// Of commands that write reports of every run or session.
struct ReportChoice : PageChoice {
  bool markdown = true, csv = true, json = false, jsonl = false;
  std::vector<std::string> kinds;  ///< further reports: "heat", "schedule", ...
};

/// Of commands that rank; they print one result or save it.
struct RankingChoice : PageChoice {
  std::string save;    ///< "json", "md" or empty: the report goes to stdout
  std::string output;  ///< name of the saved file; empty: made from symbol and time
};

/// --report LIST: md, csv, json, jsonl, html and the kinds of `more`, separated by commas. `who` has them: "a run".
void read_reports(const std::string& list, std::string_view who, std::span<const std::string_view> more, ReportChoice& choice);

/// --save FORMAT and --report html of `who`: "a comparison".
void read_ranking_files(const std::string& report, std::string_view who, RankingChoice& choice);

/// Whether the files can be written: asked before anything costs time. `folder` holds the runs' own reports: "backtest".
/// Throws UsageError naming --out.
void check_targets(const ReportChoice& choice, std::string_view folder);
void check_targets(const RankingChoice& choice);

/// --capital
void check_capital(double capital);

}  // namespace btk::host
