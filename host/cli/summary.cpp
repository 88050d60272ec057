#include "host/cli/summary.h"

#include <algorithm>
#include <functional>
#include <map>
#include <numeric>
#include <optional>

#include <fmt/format.h>

#include "engine/equity.h"
#include "engine/text.h"
#include "engine/honest_verdict.h"
#include "engine/stakes.h"
#include "host/cli/exit_code.h"
#include "host/cli/progress.h"
#include "host/cli/report_rows.h"
#include "host/cli/turned_away.h"

namespace btk::host {
namespace {

constexpr std::size_t kColumnsAbreast = 4;  ///< runs side by side: fits 100 characters
constexpr std::size_t kMinWidth = 14;
constexpr std::size_t kGapsShown = 5;
constexpr const char* kNothing = "n/a";

struct Cell {
  std::string text;
  double mood = 0;  ///< above zero green, below red
};

struct SummaryRow {
  std::string label;
  std::vector<Cell> cells;
  bool optional_row = false;  ///< left out when no run has anything to say in it
};

/// "9 870.25": thousands apart.
std::string amount(double value) {
  std::string text = fixed(value, 2);
  const std::size_t start = text.front() == '-' ? 1 : 0;
  if (text.find('e') != std::string::npos) return text;  // 1e+30: too large to be written out
  for (std::size_t at = text.find('.'); at > start + 3;) {
    at -= 3;
    text.insert(at, 1, ' ');
  }
  return text;
}

std::string signed_amount(double value) {
  std::string text = amount(value);
  return value > 0 ? fmt::format("+{}", text) : text;
}

Cell percent_cell(std::optional<double> value) { return {value ? fmt::format("{} %", fixed(*value, 2)) : kNothing}; }

Cell signed_percent_cell(std::optional<double> value) {
  if (!value) return {kNothing};
  return {fmt::format("{}{} %", *value > 0 ? "+" : "", fixed(*value, 2)), *value};
}

Cell ratio_cell(std::optional<double> value) { return {value ? fixed(*value, 3) : kNothing}; }

/// One run with everything that its column shows.
struct RunColumn {
  const RunOutcome& outcome;
  std::vector<MoneyTrade> trades;
  Span seen;
  MoneySummary money;

  RunColumn(const RunOutcome& o, double capital)
      : outcome(o),
        trades(money_trades(o.report)),
        seen(seen_span(o.report)),
        money(money_summary(trades, capital, 0, seen.from, seen.to)) {
    if (o.report.live) money.exposure = exposure(held_times(o.report), seen.from, seen.to);
  }
  const lua::RunReport& report() const { return outcome.report; }
  const TradeStats& stats() const { return outcome.report.stats; }
};

Cell one_trade(const RunColumn& c, std::optional<std::size_t> index) {
  if (!index) return {kNothing};
  return signed_percent_cell(c.trades[*index].pnl_percentage);
}

std::int64_t missing(const lua::RunReport& r) {
  return std::accumulate(r.gaps.begin(), r.gaps.end(), std::int64_t{0},
                         [](std::int64_t sum, const Gap& gap) { return sum + static_cast<std::int64_t>(gap.candles); });
}

Cell count_or_nothing(std::int64_t n) { return {n == 0 ? "" : fmt::format("{}", n)}; }

Cell drawdown_cell(const MoneyDrawdown& d) {
  if (d.amount == 0) return {"0.00"};
  return {d.percent ? fmt::format("{} ({} %)", amount(d.amount), fixed(*d.percent, 2)) : amount(d.amount)};
}

Cell speed(const RunOutcome& o) {
  if (o.seconds <= 0 || o.report.candles == 0) return {""};
  return {fmt::format("{}/s", short_count(static_cast<double>(o.report.candles) / o.seconds))};
}

Cell ending(const RunColumn& c) {
  if (!c.outcome.failure.empty()) return {"failed", -1};
  return {c.report().interrupted ? "stopped early" : "", -1};
}

using Show = std::function<Cell(const RunColumn&)>;

struct Line {
  const char* label;
  Show show;
  bool optional_line = false;
};

std::vector<Line> summary_lines(double capital) {
  return {
      {"outcome", ending, true},
      {"strategy", [](const RunColumn& c) { return Cell{c.report().strategy_name}; }},
      {"exchange", [](const RunColumn& c) { return Cell{c.report().exchange_name}; }},
      {"frame", [](const RunColumn& c) { return Cell{c.report().frame_name}; }, true},
      {"first minute", [](const RunColumn& c) { return Cell{c.report().candles ? format_minute(c.seen.from) : kNothing}; }},
      {"last minute", [](const RunColumn& c) { return Cell{c.report().candles ? format_minute(c.seen.to - kMinute) : kNothing}; }},
      {"", [](const RunColumn&) { return Cell{}; }},
      {"trades", [](const RunColumn& c) { return Cell{fmt::format("{}", c.trades.size())}; }},
      {"won / lost",
       [](const RunColumn& c) {
         return Cell{c.trades.empty() ? kNothing : fmt::format("{} / {}", c.stats().win_count, c.stats().loss_count)};
       }},
      {"win rate", [](const RunColumn& c) { return percent_cell(c.stats().win_rate); }},
      {"average result", [](const RunColumn& c) { return signed_percent_cell(c.stats().avg_pnl); }},
      {"sum of results", [](const RunColumn& c) { return signed_percent_cell(c.stats().total_pnl); }},
      {"best trade", [](const RunColumn& c) { return one_trade(c, c.money.best); }},
      {"worst trade", [](const RunColumn& c) { return one_trade(c, c.money.worst); }},
      {"Sharpe ratio", [](const RunColumn& c) { return ratio_cell(c.stats().sharpe_ratio); }},
      {"", [](const RunColumn&) { return Cell{}; }},
      {"capital before", [capital](const RunColumn&) { return Cell{amount(capital)}; }},
      {"capital after", [](const RunColumn& c) { return Cell{amount(c.money.final_capital), c.money.result}; }},
      {"result", [](const RunColumn& c) { return Cell{signed_amount(c.money.result), c.money.result}; }},
      {"result of capital", [](const RunColumn& c) { return signed_percent_cell(c.money.result_percent); }},
      {"buy and hold",
       [](const RunColumn& c) {
         return c.report().candles ? signed_percent_cell(buy_and_hold(c.report().first_price, c.report().last_price)) : Cell{kNothing};
       }},
      {"max drawdown", [](const RunColumn& c) { return drawdown_cell(c.money.drawdown); }},
      {"fees paid", [](const RunColumn& c) { return Cell{amount(total_fees(c.report()))}; }},
      {"in the market", [](const RunColumn& c) { return percent_cell(c.money.exposure); }},
      {"", [](const RunColumn&) { return Cell{}; }},
      {"candles", [](const RunColumn& c) { return Cell{fmt::format("{}", c.report().candles)}; }},
      {"filled gaps",
       [](const RunColumn& c) {
         if (c.report().gaps.empty()) return Cell{};
         return Cell{fmt::format("{} ({} min)", c.report().gaps.size(), missing(c.report()))};
       },
       true},
      {"duplicate rows", [](const RunColumn& c) { return count_or_nothing(static_cast<std::int64_t>(c.report().duplicates)); }, true},
      {"warm-up ticks", [](const RunColumn& c) { return count_or_nothing(c.report().warmup_ticks); }, true},
      {"script errors", [](const RunColumn& c) { return Cell{count_or_nothing(lua::error_count(c.report().errors)).text, -1}; }, true},
      {"speed, candles", [](const RunColumn& c) { return speed(c.outcome); }, true},
  };
}

/// Characters on the screen, for UTF-8 without wide ones.
std::size_t width(const std::string& text) {
  return static_cast<std::size_t>(
      std::count_if(text.begin(), text.end(), [](char c) { return (static_cast<unsigned char>(c) & 0xc0) != 0x80; }));
}

std::string painted(const Cell& cell, bool color) {
  if (!color || cell.mood == 0 || cell.text.empty() || cell.text == kNothing) return cell.text;
  return fmt::format("\x1b[{}m{}\x1b[0m", cell.mood > 0 ? 32 : 31, cell.text);
}

std::string block(const std::vector<RunColumn>& columns, std::size_t from, std::size_t to, const SummaryOptions& options) {
  std::vector<SummaryRow> rows;
  SummaryRow heads{"", {}};
  for (std::size_t i = from; i < to; ++i) heads.cells.push_back({columns[i].report().symbol});
  rows.push_back(std::move(heads));
  for (const Line& line : summary_lines(options.capital)) {
    SummaryRow row{line.label, {}, line.optional_line};
    for (std::size_t i = from; i < to; ++i) row.cells.push_back(line.show(columns[i]));
    const bool empty = std::all_of(row.cells.begin(), row.cells.end(), [](const Cell& c) { return c.text.empty(); });
    if (!(row.optional_row && empty)) rows.push_back(std::move(row));
  }
  std::size_t label_width = 0;
  std::vector<std::size_t> widths(to - from, kMinWidth);
  for (const SummaryRow& row : rows) {
    label_width = std::max(label_width, row.label.size());
    for (std::size_t i = 0; i < row.cells.size(); ++i) widths[i] = std::max(widths[i], width(row.cells[i].text));
  }
  std::string text;
  for (const SummaryRow& row : rows) {
    std::string line = fmt::format("{:<{}}", row.label, label_width);
    for (std::size_t i = 0; i < row.cells.size(); ++i) {
      line.append(2 + widths[i] - width(row.cells[i].text), ' ');
      line += painted(row.cells[i], options.color);
    }
    line.erase(line.find_last_not_of(' ') + 1);
    text += line;
    text += '\n';
  }
  return text;
}

std::string portfolio(const std::vector<RunColumn>& columns, const SummaryOptions& options) {
  std::vector<MoneyTrade> all;
  std::size_t wins = 0, losses = 0;
  double fees = 0;
  std::vector<const lua::RunReport*> reports;
  for (const RunColumn& c : columns) {
    all.insert(all.end(), c.trades.begin(), c.trades.end());
    wins += c.stats().win_count;
    losses += c.stats().loss_count;
    fees += total_fees(c.report());
    reports.push_back(&c.report());
  }
  const Span seen = seen_span(reports);
  const MoneySummary money = money_summary(all, options.capital, 0, seen.from, seen.to);
  std::string warnings;
  if (!columns.front().report().live) {
    for (const std::string& line : stake_warnings(all, options.capital)) warnings += fmt::format("warning  portfolio  {}\n", line);
  }
  std::optional<double> win_rate;
  if (wins + losses > 0) win_rate = 100.0 * static_cast<double>(wins) / static_cast<double>(wins + losses);
  return warnings + fmt::format("portfolio: {} runs, {} trades, win rate {}, result {} ({} of {}), max drawdown {}, fees {}\n",
                     columns.size(), all.size(), percent_cell(win_rate).text,
                     painted({signed_amount(money.result), money.result}, options.color),
                     signed_percent_cell(money.result_percent).text, amount(options.capital), drawdown_cell(money.drawdown).text,
                     amount(fees));
}

/// Where the filled gaps are; the longest few of a run with many.
std::string gap_lines(const std::string& symbol, const std::vector<Gap>& gaps) {
  const std::vector<Gap> shown = longest_gaps(gaps, kGapsShown);
  std::string text;
  for (const Gap& gap : shown) {
    text += fmt::format("filled gap  {}  {}, {} min\n", symbol, format_minute(gap.from), gap.candles);
  }
  if (shown.size() < gaps.size()) {
    text += fmt::format("filled gap  {}  and {} shorter ones (--json lists them)\n", symbol, gaps.size() - shown.size());
  }
  return text;
}

/// The same for symbols that runs only read: once for each hole, however many read it or trade there.
std::string other_gap_lines(std::span<const RunOutcome> outcomes) {
  std::map<std::string, std::map<Timestamp, Gap>> read;
  for (const RunOutcome& outcome : outcomes) {
    for (const auto& [symbol, gaps] : outcome.report.other_gaps) {
      for (const Gap& gap : gaps) read[symbol].emplace(gap.from, gap);
    }
  }
  for (const RunOutcome& outcome : outcomes) {
    for (const Gap& gap : outcome.report.gaps) read[outcome.report.symbol].erase(gap.from);
  }
  std::string text;
  for (const auto& [symbol, gaps] : read) {
    std::vector<Gap> list;
    for (const auto& [from, gap] : gaps) list.push_back(gap);
    text += gap_lines(symbol, list);
  }
  return text;
}

/// Signals that came to nothing, and the first reason; who has no trades at all is told where to look.
std::string turned_away_lines(const lua::RunReport& r) {
  std::string text;
  if (r.refused.count > 0) text += fmt::format("refused   {}  {}\n", r.symbol, refused_text(r.refused));
  if (r.rejected.count > 0) text += fmt::format("rejected  {}  {}\n", r.symbol, rejected_text(r.rejected));
  if (never_signalled(r)) {
    text += r.has_get_signal
                ? fmt::format("no signal  {}  get_signal was asked {} times and gave none; --explain FROM..TO tells minute by minute why\n",
                              r.symbol, r.signal_calls)
                : fmt::format("no signal  {}  the strategy has no get_signal, and btk.commit_create_signal made none\n", r.symbol);
  }
  return text;
}

/// What the figures of a back-test may hide.
std::string warning_lines(const RunColumn& c, double capital) {
  const lua::RunReport& r = c.report();
  if (r.live) return {};
  std::string text;
  const double from = static_cast<double>(r.frame_start), to = static_cast<double>(r.frame_end);
  for (const std::string& line : run_warnings(weigh_run(lua::closed_trades(r.signals), from, to, 1))) {
    text += fmt::format("warning  {}  {}\n", r.symbol, line);
  }
  for (const std::string& line : stake_warnings(c.trades, capital)) text += fmt::format("warning  {}  {}\n", r.symbol, line);
  return text;
}

std::string hashes(const std::vector<RunOutcome>& outcomes) {
  if (outcomes.size() == 1) return fmt::format("run hash  {}\n", outcomes.front().report.run_hash);
  std::size_t longest = 3;
  for (const RunOutcome& o : outcomes) longest = std::max(longest, width(o.report.symbol));
  std::string text;
  for (const RunOutcome& o : outcomes) text += fmt::format("run hash  {:<{}}  {}\n", o.report.symbol, longest, o.report.run_hash);
  return text + fmt::format("run hash  {:<{}}  {}\n", "all", longest, combined_hash(outcomes));
}

std::string position(const lua::ReportedError& e) {
  return e.file.empty() ? e.message : fmt::format("{}:{}: {}", e.file, e.line, e.message);
}

void add_errors(const std::string& prefix, const lua::RunReport& r, std::vector<std::string>& out) {
  std::vector<std::string> places;
  for (const lua::ReportedError& e : r.errors) {
    if (std::find(places.begin(), places.end(), e.where) == places.end()) places.push_back(e.where);
  }
  for (const std::string& place : places) {
    std::int64_t count = 0;
    const lua::ReportedError* first = nullptr;
    for (const lua::ReportedError& e : r.errors) {
      if (e.where != place) continue;
      count += e.count;
      if (first == nullptr || e.first_at < first->first_at) first = &e;
    }
    out.push_back(fmt::format("{}{} script error{} in {} (first: {})", prefix, count, count == 1 ? "" : "s", place,
                              position(*first)));
  }
}

/// A name in front of a run's remarks where there are several.
std::string prefix_of(const std::vector<RunOutcome>& outcomes, const lua::RunReport& r) {
  if (outcomes.size() == 1) return {};
  const bool same_strategy = std::all_of(outcomes.begin(), outcomes.end(), [&](const RunOutcome& o) {
    return o.report.strategy_name == r.strategy_name;
  });
  return same_strategy ? fmt::format("{}: ", r.symbol) : fmt::format("{} {}: ", r.symbol, r.strategy_name);
}

// data_ended is also said of a frame whose last candle is the last there is: the next one would have closed what was open.
bool candles_missing_at_end(const lua::RunReport& r) {
  return r.data_ended && std::ranges::none_of(r.signals, [&](const FinishedSignal& s) { return s.data_ended && s.close_timestamp >= r.frame_end; });
}

}  // namespace

std::string summary_text(const std::vector<RunOutcome>& outcomes, const SummaryOptions& options) {
  if (outcomes.empty()) return "no runs\n";
  std::vector<RunColumn> columns;
  columns.reserve(outcomes.size());
  for (const RunOutcome& outcome : outcomes) columns.emplace_back(outcome, options.capital);
  std::string text;
  for (std::size_t i = 0; i < columns.size(); i += kColumnsAbreast) {
    text += block(columns, i, std::min(i + kColumnsAbreast, columns.size()), options);
    text += '\n';
  }
  for (const RunOutcome& outcome : outcomes) text += gap_lines(outcome.report.symbol, outcome.report.gaps);
  text += other_gap_lines(outcomes);
  for (const RunOutcome& outcome : outcomes) text += turned_away_lines(outcome.report);
  for (const RunColumn& column : columns) text += warning_lines(column, options.capital);
  if (columns.size() > 1) text += portfolio(columns, options);
  return text + hashes(outcomes);
}

std::vector<std::string> remarks(const std::vector<RunOutcome>& outcomes) {
  std::vector<std::string> out;
  for (const RunOutcome& o : outcomes) {
    const lua::RunReport& r = o.report;
    const std::string prefix = prefix_of(outcomes, r);
    add_errors(prefix, r, out);
    if (!o.failure.empty()) out.push_back(prefix + o.failure);
    if (r.interrupted) {
      out.push_back(prefix + "stopped before its end; what it had done by then is reported");
    } else if (r.left_at != 0 && o.failure.empty()) {
      out.push_back(fmt::format("{}left by the script at {}, before its frame ends; what it had done by then is reported", prefix,
                                format_minute(r.left_at)));
    }
    if (r.candles_start > r.frame_start) {
      out.push_back(fmt::format("{}the candles begin at {}, after the frame does ({})", prefix, format_minute(r.candles_start),
                                format_minute(r.frame_start)));
    }
    if (candles_missing_at_end(r)) {
      const bool open = std::any_of(r.signals.begin(), r.signals.end(), [](const FinishedSignal& s) { return s.data_ended; });
      out.push_back(fmt::format("{}the candles ended before the frame{}", prefix,
                                open ? ": what was open was closed at the last one" : "; nothing was open then"));
    }
    if (!r.not_reproducible.empty()) {
      out.push_back(fmt::format("{}not reproducible: {} iterates over tables or functions as keys, whose order differs "
                                "from one process to the next",
                                prefix, r.not_reproducible));
    }
  }
  return out;
}

int exit_code(const std::vector<RunOutcome>& outcomes) {
  if (!outcomes.empty() && std::ranges::all_of(outcomes, &RunOutcome::bad_input)) return kWrongUsage;
  const bool bad = std::any_of(outcomes.begin(), outcomes.end(), [](const RunOutcome& o) {
    return !o.failure.empty() || !o.report.errors.empty();
  });
  return bad ? kFailed : kDone;
}

}  // namespace btk::host
