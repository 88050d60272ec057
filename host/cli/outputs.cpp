#include "host/cli/outputs.h"

#include <algorithm>
#include <limits>
#include <iterator>
#include <memory>
#include <mutex>
#include <tuple>

#include <fmt/format.h>

#include "host/cli/page_document.h"
#include "host/cli/report_rows.h"
#include "host/cli/run_json.h"
#include "host/prove/proof_text.h"
#include "host/report/backtest_report.h"
#include "host/report/event_report.h"
#include "host/report/heat_report.h"
#include "host/report/live_report.h"
#include "host/report/performance_report.h"
#include "host/report/report_file.h"
#include "host/report/report_page.h"
#include "host/report/trade_csv.h"
#include "host/report/walker_report.h"

namespace btk::host {
namespace {

// The report of one run as a script would ask for it, with its table if the script has columns of its own.
lua::KindReport wish_of(const std::string& kind, const lua::RunReport& r, const OwnTable& own) {
  lua::KindReport wish{kind, r.symbol, r.strategy_name, r.exchange_name, r.frame_name, {r}, ""};
  if (own) wish.table = own(wish);
  return wish;
}

std::vector<Proof> proofs_of(const lua::RunReport& r, const std::vector<Proof>& proofs) {
  std::vector<Proof> own;
  std::ranges::copy_if(proofs, std::back_inserter(own), [&](const Proof& p) {
    return std::tie(p.symbol, p.strategy_name, p.exchange_name, p.frame_name) ==
           std::tie(r.symbol, r.strategy_name, r.exchange_name, r.frame_name);
  });
  return own;
}

// What a report says of the proof of its run; equal runs have equal reports, so without the time that it took.
std::string proof_part(const std::vector<Proof>& proofs) {
  return proofs.empty() ? "" : "\n\n## Proof Against Look-Ahead\n\n" + proof_markdown(proofs.front());
}

// Which minutes were not there, the longest stretches of many: the table above may rest on flat candles.
std::string gap_part(const std::string& title, const std::vector<Gap>& gaps) {
  if (gaps.empty()) return {};
  std::size_t missing = 0;
  for (const Gap& gap : gaps) missing += gap.candles;
  const std::vector<Gap> shown = longest_gaps(gaps, 20);
  std::string text = fmt::format("\n\n## {}\n\n{} missing minute{} {} filled with flat candles at the last close:\n", title,
                                 missing, missing == 1 ? "" : "s", missing == 1 ? "was" : "were");
  for (const Gap& gap : shown) text += fmt::format("\n* {}, {} min", format_minute(gap.from), gap.candles);
  if (shown.size() < gaps.size()) text += fmt::format("\n* and {} shorter ones", gaps.size() - shown.size());
  return text;
}

std::string gap_parts(const lua::RunReport& r) {
  std::string text = gap_part("Filled Gaps", r.gaps);
  for (const auto& [symbol, gaps] : r.other_gaps) text += gap_part("Filled Gaps of " + symbol, gaps);
  return text;
}

// Why the figures are not those of the whole frame; empty when they are.
std::string early_end(const RunOutcome& outcome) {
  const lua::RunReport& r = outcome.report;
  if (r.live) return {};
  if (!outcome.failure.empty()) return fmt::format("**Failed:** {}", outcome.failure);
  const std::string where = r.left_at != 0 ? " at " + format_minute(r.left_at) : "";
  constexpr std::string_view kRest = "before its frame ended; this is what it had done by then.";
  if (r.interrupted) return fmt::format("**Stopped early:** interrupted{}, {}", where, kRest);
  return r.left_at == 0 ? "" : fmt::format("**Stopped early:** left by the script{}, {}", where, kRest);
}

// The same of a report over several runs.
std::string early_end(const std::vector<RunOutcome>& outcomes) {
  const bool whole = std::ranges::all_of(outcomes, [](const RunOutcome& o) { return o.report.live || (o.failure.empty() && !o.report.interrupted && o.report.left_at == 0); });
  return whole ? "" : "**Stopped early:** not all runs came to their end.";
}

bool any_interrupted(const std::vector<RunOutcome>& outcomes) {
  return std::ranges::any_of(outcomes, [](const RunOutcome& o) { return o.report.interrupted; });
}

std::string with_early_end(std::string report, const std::string& why) { return why.empty() ? report : with_remark(std::move(report), why); }

// One heat map per exchange and frame, over every strategy, named by the first.
std::vector<lua::KindReport> heat_wishes(const std::vector<RunOutcome>& outcomes) {
  std::vector<lua::KindReport> wishes;
  for (const RunOutcome& outcome : outcomes) {
    if (!was_made(outcome)) continue;
    const lua::RunReport& r = outcome.report;
    auto wish = std::ranges::find_if(wishes, [&](const lua::KindReport& w) {
      return w.exchange_name == r.exchange_name && w.frame_name == r.frame_name;
    });
    if (wish == wishes.end()) {
      wish = wishes.insert(wish, {"heat", "", r.strategy_name, r.exchange_name, r.frame_name, {}, ""});
    }
    wish->runs.push_back(r);
  }
  return wishes;
}

lua::RunReport newest_run(const lua::KindReport& wish) {
  if (!wish.runs.empty()) return wish.runs.back();
  lua::RunReport none;
  none.strategy_name = wish.strategy_name;
  none.live = wish.kind == "live";
  return none;
}

}  // namespace

std::vector<EventRow> event_rows_of(EventReport kind, const lua::RunReport& r, bool backtest) {
  return event_rows(kind, r.events, {r.symbol, r.strategy_name, r.exchange_name, r.frame_name, Costs(r.config), backtest});
}

std::string markdown_report(const lua::KindReport& wish, bool backtest) {
  if (wish.kind == "backtest" || wish.kind == "live") return markdown_report(newest_run(wish), wish.table);
  if (wish.kind == "heat") {
    return heat_report(wish.strategy_name, heat_stats(lua::symbol_trades(wish.runs)), wish.table);
  }
  if (wish.kind == "performance") {
    return performance_report(wish.strategy_name, wish.runs.empty() ? std::vector<Measure>() : wish.runs.back().measures, wish.table);
  }
  const EventReport kind = parse_event_report(wish.kind).value();
  std::vector<EventRow> rows;
  ReportOptions options;
  for (const lua::RunReport& run : wish.runs) {
    rows = event_rows_of(kind, run, backtest);
    options = event_report_options(kind, run.config);
  }
  return event_report(kind, wish.symbol, wish.strategy_name, rows, options, wish.table);
}

std::filesystem::path kind_file(const lua::KindReport& wish, const std::filesystem::path& folder, bool backtest) {
  const std::string frame = !backtest ? "" : wish.frame_name.empty() ? "range" : wish.frame_name;
  const std::string first = wish.kind == "heat" ? wish.strategy_name : wish.symbol + "_" + wish.strategy_name;
  return folder / (report_name(first, wish.exchange_name, frame) + ".md");
}

std::vector<std::filesystem::path> write_kinds(const std::vector<RunOutcome>& outcomes, const std::filesystem::path& out,
                                               const std::vector<std::string>& kinds, const Console& console,
                                               const OwnTable& own) {
  std::vector<std::filesystem::path> written;
  const auto write = [&](const std::filesystem::path& whole, bool stopped, const std::string& text) {
    written.push_back(stopped ? stopped_file(whole) : whole);
    write_report_file(written.back(), console.mask(text));
  };
  const bool stopped = any_interrupted(outcomes);
  for (const std::string& name : kinds) {
    if (name == "heat") {
      for (lua::KindReport& wish : heat_wishes(outcomes)) {
        if (own) wish.table = own(wish);
        std::filesystem::path file = kind_file(wish, out / name, true);
        write(file, stopped, with_early_end(markdown_report(wish, true), early_end(outcomes)));
        write(file.replace_extension(".svg"), stopped, heat_picture(wish.strategy_name, heat_stats(lua::symbol_trades(wish.runs))));
      }
      continue;
    }
    std::string lines;
    for (const RunOutcome& outcome : outcomes) {
      if (!was_made(outcome)) continue;
      const lua::RunReport& r = outcome.report;
      const lua::KindReport wish = wish_of(name, r, own);
      write(kind_file(wish, out / name, true), r.interrupted, with_early_end(markdown_report(wish, true), early_end(outcome)));
      if (name == "performance") {
        lines += performance_lines({r.symbol, r.strategy_name, r.exchange_name, r.frame_name}, r.measures);
        continue;
      }
      const EventReport kind = parse_event_report(name).value();
      lines += event_lines(kind, event_rows_of(kind, r, true));
    }
    write(out / "report" / (name + ".jsonl"), stopped, lines);
  }
  return written;
}

std::string markdown_report(const lua::RunReport& r, const std::string& table) {
  if (r.live) return live_report(r.strategy_name, r.symbol, r.live_events, live_report_options(r.config), table);
  return backtest_report(r.strategy_name, trade_rows(r), backtest_report_options(r.config), table);
}

WalkerReport walker_report_of(const lua::Walk& walk) {
  WalkerReport report{.walker_name = walk.walker_name,
                      .symbol = walk.symbol,
                      .exchange_name = walk.exchange_name,
                      .frame_name = walk.frame_name,
                      .total_strategies = walk.total_strategies,
                      .ranking = walk.ranking,
                      .evidence = walk.evidence(),
                      .trades = {}};
  for (const auto& run : walk.reports) report.trades.push_back(trade_rows(*run));
  if (!walk.reports.empty()) {
    report.top = row_limit(walk.reports.back()->config.walker_markdown_top_n).value_or(std::numeric_limits<std::size_t>::max());
  }
  return report;
}

std::string walker_markdown(const lua::Walk& walk, bool trades, const lua::WalkTables& own) {
  WalkerReport report = walker_report_of(walk);
  report.show_trades = trades;
  report.strategy_table = own.strategies;
  report.trade_table = own.trades;
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

std::function<std::string(const std::string&, std::string_view)> report_appender(const std::filesystem::path& out,
                                                                                 const Console& console) {
  auto one_at_a_time = std::make_shared<std::mutex>();
  return [out, &console, one_at_a_time](const std::string& kind, std::string_view line) {
    const std::lock_guard lock(*one_at_a_time);
    const std::filesystem::path file = out / "markdown" / (kind + ".jsonl");
    append_report_line(file, console.mask(line));
    return file.string();
  };
}

std::vector<std::filesystem::path> write_reports(const std::vector<RunOutcome>& outcomes, const ReportChoice& choice,
                                                 const std::string& name, const Console& console,
                                                 const std::vector<Proof>& proofs, const OwnTable& own) {
  const std::filesystem::path folder = choice.out / name;
  std::string lines;
  std::vector<std::filesystem::path> written;
  for (const RunOutcome& outcome : outcomes) {
    const lua::RunReport& r = outcome.report;
    if (!was_made(outcome)) continue;
    const auto write = [&](std::string_view ending, const std::string& text) {
      const std::filesystem::path whole = report_file(r, folder, ending);
      written.push_back(r.interrupted ? stopped_file(whole) : whole);
      write_report_file(written.back(), console.mask(text));
    };
    const std::string kind = r.live ? "live" : "backtest";
    const std::vector<Proof> proof = proofs_of(r, proofs);
    if (choice.markdown) {
      const lua::KindReport wish = wish_of(kind, r, own);
      write(".md", with_early_end(markdown_report(r, wish.table), early_end(outcome)) + gap_parts(r) + proof_part(proof));
    }
    if (choice.csv) write(".csv", trades_csv(trade_rows(r)));
    if (choice.json) write(".json", json_text(run_document({outcome}, proof.empty() ? nullptr : &proof)) + "\n");
    if (choice.jsonl) lines += signal_lines(kind, r);
  }
  if (choice.jsonl && std::ranges::any_of(outcomes, was_made)) {
    const std::filesystem::path whole = choice.out / "report" / (name + ".jsonl");
    written.push_back(any_interrupted(outcomes) ? stopped_file(whole) : whole);
    write_report_file(written.back(), console.mask(lines));
  }
  return written;
}

std::filesystem::path write_page(const std::vector<RunOutcome>& outcomes, double capital, const std::filesystem::path& page,
                                 const std::filesystem::path& out, const Console& console, const std::vector<Proof>& proofs) {
  std::string name = "nothing";
  if (!outcomes.empty()) {
    const lua::RunReport& first = outcomes.front().report;
    const std::string symbol = outcomes.size() == 1 ? first.symbol + "_" : "";
    name = report_name(symbol + first.strategy_name, first.exchange_name,
                       first.live ? "" : first.frame_name.empty() ? "range" : first.frame_name);
  }
  std::filesystem::path file = out / "html" / (name + ".html");
  if (any_interrupted(outcomes)) file = stopped_file(file);
  write_report_file(file, report_page(page, console.mask(json_text(run_page_document(outcomes, capital, proofs)))));
  return file;
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
