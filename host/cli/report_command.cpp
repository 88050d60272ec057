// btkhost report: reports again. Those of back-tests and walkers are the files
// below --out; those of paper and live sessions are made anew from what the
// session recorded, also while it runs.
#include <algorithm>
#include <fstream>
#include <iterator>

#include "engine/prices.h"
#include "engine/sha256.h"
#include "engine/stats.h"
#include "host/cli/commands.h"
#include "host/cli/outputs.h"
#include "host/cli/parser.h"
#include "host/cli/run_json.h"
#include "host/cli/summary.h"
#include "host/cli/usage_error.h"
#include "host/journal/open.h"
#include "lua/live_ticks.h"

namespace btk::host {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kReportFormats[] = {"md", "json", "summary", "html"};

struct ReportWords {
  std::string kind, name, journal = "sqlite", format = "md";
  fs::path out = "dump";
  std::optional<fs::path> page;
  double capital = 10000;
};

std::optional<ReportWords> read_report_words(Words words, Console& console) {
  ReportWords o;
  Parser parser("report",
                "Prints a report again: `report backtest` (walker, heat, risk, ...) the newest file of that "
                "kind or the one that is "
                "named, `report paper` and `report live` the newest session or the one that is named, made "
                "from what it recorded. "
                "Without a kind: a list of what there is.",
                "btkhost report paper --format summary");
  CLI::App& app = parser.app();
  std::string out = o.out.string();
  app.add_option("kind", o.kind, "backtest, walker, heat, risk, ..., paper, live");
  app.add_option("name", o.name, "name of the file, or id of the session; default: the newest");
  app.add_option("--out", out, "folder of the reports and of the session's state; default ./dump");
  app.add_option("--journal", o.journal, "where the session was kept: sqlite (default) or json");
  app.add_option("--format", o.format,
                 "of sessions: md (default), json, summary, or html (a page below --out)");
  app.add_option("--capital", o.capital, "starting capital of the money figures; default 10000");
  if (!parser.parse(std::move(words), console)) return std::nullopt;
  o.out = out;
  if (std::find(std::begin(kReportFormats), std::end(kReportFormats), o.format) == std::end(kReportFormats)) {
    throw UsageError(fmt::format("--format {}: there are md, json, summary and html{}", o.format,
                                 suggestion(o.format, kReportFormats)));
  }
  if (o.format != "md" && o.kind != "paper" && o.kind != "live") {
    throw UsageError(
        "--format: only sessions (paper, live) are made anew; other reports are printed as they are stored");
  }
  if (o.format == "html") o.page = required_page();
  return o;
}

struct Stored {
  std::string kind, name;
  fs::path file;
  fs::file_time_type written;
};

// What `walker --save md` writes lies in the folder itself, under any name; its title tells it.
bool is_walker_report(const fs::path& file) {
  std::ifstream in(file, std::ios::binary);
  std::string title;
  std::getline(in, title);
  return title.starts_with("# Walker Comparison Report:");
}

// Newest first; of equal times by name, so that the order is always the same.
std::vector<Stored> stored_reports(const fs::path& out) {
  std::vector<Stored> all;
  std::error_code problem;
  for (const auto& folder : fs::directory_iterator(out, problem)) {
    const std::string kind = folder.path().filename().string();
    if (folder.is_regular_file(problem) && folder.path().extension() == ".md" && is_walker_report(folder.path())) {
      all.push_back({"walker", folder.path().stem().string(), folder.path(), folder.last_write_time(problem)});
    }
    if (!folder.is_directory(problem) || kind.starts_with('.') || kind == "data" || kind == "paper" ||
        kind == "live")
      continue;
    for (const auto& file : fs::directory_iterator(folder.path(), problem)) {
      if (file.path().extension() != ".md") continue;
      all.push_back({kind, file.path().stem().string(), file.path(), file.last_write_time(problem)});
    }
  }
  std::ranges::sort(all, [](const Stored& a, const Stored& b) {
    return a.written != b.written ? a.written > b.written
                                  : std::tie(a.kind, a.name) < std::tie(b.kind, b.name);
  });
  return all;
}

std::unique_ptr<Journal> journal_of(const ReportWords& o, const std::string& mode) {
  try {
    return std::make_unique<Journal>(
        open_journal(parse_journal_kind(o.journal), o.out / "data", mode, Database::Mode::existing));
  } catch (const UsageError&) {
    throw;
  } catch (const Error&) {
    if (fs::exists(o.out / "data" / (mode + ".sqlite"))) throw;
    return nullptr;  // nothing was recorded there
  }
}

int list_reports(const ReportWords& o, Console& console) {
  bool any = false;
  for (const Stored& report : stored_reports(o.out)) {
    console.print(fmt::format("{:<14}  {}\n", report.kind, report.name));
    any = true;
  }
  for (const std::string mode : {"paper", "live"}) {
    const auto journal = journal_of(o, mode);
    if (!journal) continue;
    const auto sessions = journal->sessions();
    for (auto session = sessions.rbegin(); session != sessions.rend(); ++session) {
      console.print(fmt::format("{:<14}  {}\n", mode, session->id));
      any = true;
    }
  }
  if (!any) console.note(fmt::format("there are no reports below {}", o.out.string()));
  return 0;
}

int print_file(const ReportWords& o, Console& console) {
  std::vector<std::string> kinds, names;
  for (const Stored& report : stored_reports(o.out)) {
    if (report.kind == o.kind && (o.name.empty() || o.name == report.name || o.name == report.name + ".md")) {
      std::ifstream in(report.file, std::ios::binary);
      console.print(std::string{std::istreambuf_iterator<char>(in), {}} + "\n");
      return 0;
    }
    kinds.push_back(report.kind);
    if (report.kind == o.kind) names.push_back(report.name);
  }
  if (names.empty()) {
    kinds.insert(kinds.end(), {"paper", "live"});
    const std::vector<std::string_view> views(kinds.begin(), kinds.end());
    throw UsageError(fmt::format("btkhost report: there is no report of kind \"{}\" below {}{}", o.kind,
                                 o.out.string(), suggestion(o.kind, views)));
  }
  const std::vector<std::string_view> views(names.begin(), names.end());
  throw UsageError(fmt::format("btkhost report: there is no {} report \"{}\"{}; the newest is {}", o.kind,
                               o.name, suggestion(o.name, views), names.front()));
}

SessionInfo session_to_report(const ReportWords& o, Journal* journal) {
  const auto sessions = journal ? journal->sessions() : std::vector<SessionInfo>();
  if (sessions.empty())
    throw UsageError(
        fmt::format("btkhost report: no {} session was recorded in {}", o.kind, (o.out / "data").string()));
  if (o.name.empty()) return sessions.back();
  std::vector<std::string_view> ids;
  for (const SessionInfo& session : sessions) {
    if (session.id == o.name) return session;
    ids.push_back(session.id);
  }
  throw UsageError(fmt::format("btkhost report: there is no {} session \"{}\"{}; the newest is {}", o.kind,
                               o.name, suggestion(o.name, ids), ids.back()));
}

// What is open or waits, as the newest candle that it has seen left it: no decision tells of that.
void add_held(lua::RunReport& r, const TraderState& held, const CandleSeries& minutes) {
  const Signal* signal = held.position ? &*held.position : held.order ? &*held.order : nullptr;
  if (signal == nullptr || (held.position ? signal->pending_at : signal->scheduled_at) >= held.next_candle) return;
  const auto seen = std::min(minutes.index_of(held.next_candle), static_cast<std::ptrdiff_t>(minutes.size()));
  const auto window = static_cast<std::size_t>(r.config.avg_price_candles_count);
  if (seen < static_cast<std::ptrdiff_t>(window)) return;
  Event tick;
  tick.action = held.position ? Action::active : Action::waiting;
  tick.time = held.next_candle - kMinute;
  tick.current_price = average_price(minutes, static_cast<std::size_t>(seen), window);
  tick.signal = *signal;
  lua::keep_tick(r.live_events, tick, Costs(r.config));
}

// What a session's run would have reported had it ended now.
lua::RunReport report_so_far(Journal& journal, const SessionInfo& session, const TraderKey& key) {
  lua::RunReport r;
  r.symbol = key.symbol;
  r.strategy_name = key.strategy_name;
  r.exchange_name = key.exchange_name;
  r.live = true;
  r.decisions = journal.decisions(session.id, key);
  r.run_hash = sha256_hex(r.decisions);
  r.signals = journal.finished(session.id, key);
  r.stats = trade_stats(lua::closed_trades(r.signals));
  for (const auto& [name, value] : session.settings) set_from_text(r.config, name, value);
  r.frame_start = r.frame_end = align(session.started_at + kMinute - 1, kMinute);
  const auto last = journal.load(key);
  if (last) r.frame_end = std::max(r.frame_end, last->state.minute);
  const TraderState held = last ? last->state : TraderState();
  r.live_events = lua::recorded_ticks(r.decisions, r.signals, held.position, held.order, Costs(r.config));
  r.gaps = journal.gaps(session.id, key);
  auto loaded = std::make_shared<lua::LoadedCandles>();
  SeriesBuilder builder(Interval::m1, GapPolicy::fill);
  for (const Candle& candle : journal.candles(session.id, key, key.symbol)) builder.add(candle);
  if (builder.size() == 0) return r;
  loaded->series = builder.take();
  add_held(r, held, loaded->series);
  for (std::size_t i = 0; i < loaded->series.size(); ++i) {
    if (loaded->series.time(i) < r.frame_start) continue;
    if (r.candles++ == 0) r.first_price = loaded->series.open()[i];
    r.last_price = loaded->series.close()[i];
  }
  r.minutes = std::move(loaded);
  return r;
}

int print_session(const ReportWords& o, Console& console) {
  const auto journal = journal_of(o, o.kind);
  const SessionInfo session = session_to_report(o, journal.get());
  std::vector<RunOutcome> outcomes;
  for (const TraderKey& key : session.traders)
    outcomes.push_back({.report = report_so_far(*journal, session, key)});
  if (o.format == "json") {
    console.print(json_text(run_document(outcomes)) + "\n");
  } else if (o.format == "summary") {
    console.print(summary_text(outcomes, {.capital = o.capital, .color = false}));
  } else if (o.format == "html") {
    console.note(fmt::format("Saved: {}", write_page(outcomes, o.capital, *o.page, o.out, console).string()));
  } else {
    for (std::size_t i = 0; i < outcomes.size(); ++i) {
      console.print(
          fmt::format("{}{}\n", i > 0 ? "\n" : "", console.mask(markdown_report(outcomes[i].report))));
    }
  }
  return 0;
}

}  // namespace

int report_command(const Words& words, Console& console) {
  const auto options = read_report_words(words, console);
  if (!options) return 0;
  if (options->kind.empty()) return list_reports(*options, console);
  return options->kind == "paper" || options->kind == "live" ? print_session(*options, console)
                                                             : print_file(*options, console);
}

}  // namespace btk::host
