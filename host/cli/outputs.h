// The files of a back-test: reports under --out (differences.md 17) and the
// decisions of --events. Files of the same name are replaced, nothing is deleted.
#pragma once

#include <filesystem>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "host/cli/console.h"
#include "host/cli/report_choice.h"
#include "host/cli/run_pool.h"
#include "host/prove/prove.h"
#include "host/report/event_report.h"
#include "host/report/walker_report.h"
#include "lua/script.h"
#include "lua/walk.h"

namespace btk::host {

/// The table of a report in columns of the script's own, or an empty text for the usual ones.
using OwnTable = std::function<std::string(const lua::KindReport&)>;

/// The Markdown report of a run, back-test or session. `table`, when not empty, stands in the place of its table.
std::string markdown_report(const lua::RunReport& report, const std::string& table = {});

/// The Markdown report of a walk; `trades`: with the table of all trades. `own`: tables in the place of the usual ones.
std::string walker_markdown(const lua::Walk& walk, bool trades = true, const lua::WalkTables& own = {});
/// What it is made of; the walk must outlive it.
WalkerReport walker_report_of(const lua::Walk& walk);
/// <folder>/<walker>_<symbol><ending>
std::filesystem::path walker_file(const lua::Walk& walk, const std::filesystem::path& folder, std::string_view ending);

/// <folder>/<report name><ending>
std::filesystem::path report_file(const lua::RunReport& report, const std::filesystem::path& folder,
                                  std::string_view ending);

/// What btk.markdown.use_jsonl does: lines in <out>/markdown/<kind>.jsonl, secrets masked, from any thread.
std::function<std::string(const std::string&, std::string_view)> report_appender(const std::filesystem::path& out,
                                                                                 const Console& console);

/// Writes <out>/<folder>/<report name>.md, .csv and .json for every run that was made, and its signals as lines of
/// <out>/report/<folder>.jsonl, whatever of these was chosen, with secrets masked; returns the paths. A run's proof,
/// where there is one, ends its Markdown and stands in its document. What did not come to its end says so below the title;
/// here and below, what was interrupted is written to stopped_file(). Throws btk::Error.
std::vector<std::filesystem::path> write_reports(const std::vector<RunOutcome>& outcomes, const ReportChoice& choice,
                                                 const std::string& folder, const Console& console,
                                                 const std::vector<Proof>& proofs = {}, const OwnTable& own = {});

/// Writes the report page of a back-test to <out>/html/<name>.html, with secrets masked, and returns the path.
/// Throws btk::Error.
std::filesystem::path write_page(const std::vector<RunOutcome>& outcomes, double capital, const std::filesystem::path& page,
                                 const std::filesystem::path& out, const Console& console, const std::vector<Proof>& proofs = {});

/// Markdown of a report of any kind: back-test, session, heat map, limit orders, milestones, rejections, commands, orders,
/// extremes, durations.
std::string markdown_report(const lua::KindReport& wish, bool backtest);

/// <folder>/<kind>/<name>.md
std::filesystem::path kind_file(const lua::KindReport& wish, const std::filesystem::path& folder, bool backtest);

/// Writes the reports of these kinds under `out`: <kind>/<name>.md for every run and report/<kind>.jsonl for all of them;
/// of "heat" a table and a picture (.svg) per exchange and frame. Returns the paths. Throws btk::Error.
std::vector<std::filesystem::path> write_kinds(const std::vector<RunOutcome>& outcomes, const std::filesystem::path& out,
                                               const std::vector<std::string>& kinds, const Console& console,
                                               const OwnTable& own = {});

/// The rows of an event report, oldest first.
std::vector<EventRow> event_rows_of(EventReport kind, const lua::RunReport& report, bool backtest);

/// The decision lines of all runs. Several runs each begin with "# <n> <symbol> <strategy> <run hash>"; a decision
/// never begins with "#", and these lines belong to no hash.
std::string events_text(const std::vector<RunOutcome>& outcomes);

}  // namespace btk::host
