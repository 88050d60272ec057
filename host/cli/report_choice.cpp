#include "host/cli/report_choice.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "host/cli/options.h"
#include "host/cli/output_target.h"
#include "host/cli/usage_error.h"

namespace btk::host {
namespace {

std::vector<std::string> comma_separated(const std::string& list) {
  std::vector<std::string> parts;
  for (std::size_t at = 0; at <= list.size();) {
    const std::size_t end = std::min(list.find(',', at), list.size());
    if (end > at) parts.push_back(list.substr(at, end - at));
    at = end + 1;
  }
  return parts;
}

}  // namespace

void read_reports(const std::string& list, std::string_view who, std::span<const std::string_view> more, ReportChoice& choice) {
  choice.markdown = choice.csv = false;
  std::vector<std::string_view> known{"md", "csv", "json", "jsonl", "html"};
  known.insert(known.end(), more.begin(), more.end());
  for (const std::string& kind : comma_separated(list)) {
    if (kind == "md") {
      choice.markdown = true;
    } else if (kind == "csv") {
      choice.csv = true;
    } else if (kind == "json") {
      choice.json = true;
    } else if (kind == "jsonl") {
      choice.jsonl = true;
    } else if (kind == "html") {
      choice.page = required_page();
    } else if (std::ranges::count(more, kind) > 0) {
      if (std::ranges::count(choice.kinds, kind) == 0) choice.kinds.push_back(kind);
    } else {
      throw UsageError(fmt::format("--report: {} has no report \"{}\"{}; there are {}", who, kind, suggestion(kind, known),
                                   fmt::join(known, ", ")));
    }
  }
}

void read_ranking_files(const std::string& report, std::string_view who, RankingChoice& choice) {
  if (choice.save == "markdown") choice.save = "md";
  if (!choice.save.empty() && choice.save != "json" && choice.save != "md") {
    throw UsageError(fmt::format("--save {}: there are json and md", choice.save));
  }
  if (!choice.output.empty() && choice.save.empty() && report.empty()) {
    throw UsageError("--output names a file that is not written; give --save json, --save md or --report html, too");
  }
  if (report.empty()) return;
  if (report != "html") throw UsageError(fmt::format("--report {}: {} has html; --save has json and md", report, who));
  choice.page = required_page();
}

void check_targets(const ReportChoice& choice, std::string_view folder) {
  const auto check = [&](std::string_view name) { check_folder_target("--out", choice.out / name); };
  if (choice.markdown || choice.csv || choice.json) check(folder);
  for (const std::string& kind : choice.kinds) check(kind);
  if (choice.jsonl || !choice.kinds.empty()) check("report");
  if (choice.page) check("html");
}

void check_targets(const RankingChoice& choice) {
  if (!choice.save.empty()) check_folder_target("--out", choice.out);
  if (choice.page) check_folder_target("--out", choice.out / "html");
}

void check_capital(double capital) {
  if (!(capital > 0) || !std::isfinite(capital)) throw UsageError("--capital: give an amount above zero");
}

}  // namespace btk::host
