#include "engine/idea_sweep.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <optional>
#include <utility>

#include "engine/error.h"
#include "engine/stats_math.h"
#include "engine/text.h"

namespace btk {
namespace {

constexpr Timestamp kRepeatWindow = 8 * 60 * kMinute;
constexpr double kInfinite = std::numeric_limits<double>::infinity();
constexpr std::array<std::string_view, 5> kReasons{"hard_stop", "trailing_take", "profit_lock", "time_expired", "data_truncated"};

std::vector<double> steps(double from, double to, double step) {
  std::vector<double> values;
  for (int i = 0; from + i * step <= to; ++i) values.push_back(from + i * step);
  return values;
}

double percentile(std::vector<double> values, double p) {
  if (values.empty()) return 0;
  std::sort(values.begin(), values.end());
  const auto at = static_cast<std::size_t>(std::floor(p / 100 * static_cast<double>(values.size())));
  return values[std::min(values.size() - 1, at)];
}

double average(const std::vector<double>& values) {
  double total = 0;
  for (const double v : values) total += v;
  return values.empty() ? 0 : total / static_cast<double>(values.size());
}

/// What all profiles span.
struct Span {
  Timestamp start = 0;
  std::size_t days = 1;
};

Span span_of(std::span<const IdeaProfile> profiles) {
  Timestamp start = std::numeric_limits<Timestamp>::max(), end = std::numeric_limits<Timestamp>::min();
  for (const IdeaProfile& p : profiles) {
    start = std::min(start, p.entry_time);
    end = std::max(end, p.entry_time + static_cast<Timestamp>(p.candles.size()) * kMinute);
  }
  if (profiles.empty()) return {};
  return {start, static_cast<std::size_t>(std::max<Timestamp>(1, (end - start + kDay - 1) / kDay))};
}

// A position's view of prices: `dir` is 1 for a long, -1 for a short.
struct View {
  double dir;
  double adverse(const Candle& c) const { return dir > 0 ? c.low : c.high; }
  double favourable(const Candle& c) const { return dir > 0 ? c.high : c.low; }
  bool at_or_beyond_adverse(double price, double level) const { return dir > 0 ? price <= level : price >= level; }
  bool reached(double price, double level) const { return dir > 0 ? price >= level : price <= level; }
  double better(double a, double b) const { return dir > 0 ? std::max(a, b) : std::min(a, b); }
};

View view_of(const IdeaProfile& p) { return {p.idea.direction == IdeaDirection::long_side ? 1.0 : -1.0}; }

std::size_t last_index(const SweepPoint& point, const IdeaProfile& p) {
  return static_cast<std::size_t>(std::min(point.hold_minutes, static_cast<double>(p.candles.size()))) - 1;
}

// An exit that disagrees with its own rule means that the candles are wrong.
void check_trade(const SweepTrade& trade, const SweepPoint& point, const SweepCosts& costs) {
  const double cost = 2 * costs.fee + 4 * costs.slippage + 0.01;
  const char* wrong = nullptr;
  if (!(trade.pnl_percent >= -(point.hard_stop_percent + cost))) wrong = "loses more than its stop";
  if (trade.exit_reason == "trailing_take" && !(trade.pnl_percent >= -cost)) wrong = "loses by its trailing take";
  if (trade.exit_reason == "profit_lock" && !(trade.pnl_percent >= point.profit_lock_percent - cost)) wrong = "wins less than its lock";
  if (trade.exit_time < trade.entry_time) wrong = "ends before it begins";
  if (wrong) throw Error("sweep: the trade of idea " + shortest(trade.idea_id) + " " + wrong + "; check the candles behind it");
}

SweepTrade simulate(const SweepPoint& point, const IdeaProfile& p, const SweepCosts& costs) {
  const View view = view_of(p);
  const double dir = view.dir, slip = costs.slippage / 100, trailing = point.trailing_take_percent / 100;
  const double fill = p.candles.front().open * (1 + dir * slip);
  const double stop = fill * (1 - dir * point.hard_stop_percent / 100);
  const double arm = fill / (1 - dir * trailing);
  const bool has_lock = point.profit_lock_percent > 0;
  const double lock = fill * (1 + dir * point.profit_lock_percent / 100);
  const std::size_t last = last_index(point, p);
  double peak = fill, level = p.candles[last].close;
  std::size_t index = last;
  std::string_view reason = p.truncated && last + 1 == p.candles.size() ? "data_truncated" : "time_expired";
  // The peak moves after the checks: what a candle arms can be hit from the next one on.
  for (std::size_t i = 0; i <= last; ++i) {
    const double adverse = view.adverse(p.candles[i]), trail = peak * (1 - dir * trailing);
    const bool trail_hit = view.reached(peak, arm) && view.at_or_beyond_adverse(adverse, trail);
    const bool lock_hit = has_lock && view.reached(peak, lock) && view.at_or_beyond_adverse(adverse, lock);
    if (view.at_or_beyond_adverse(adverse, stop)) {
      level = stop, reason = "hard_stop";
    } else if (trail_hit && (!lock_hit || view.better(trail, lock) == trail)) {
      level = trail, reason = "trailing_take";
    } else if (lock_hit) {
      level = lock, reason = "profit_lock";
    } else {
      peak = view.better(peak, view.favourable(p.candles[i]));
      continue;
    }
    index = i;
    break;
  }
  const double exit_fill = level * (1 - dir * slip);
  SweepTrade trade;
  trade.idea_id = p.idea.id;
  trade.author = p.idea.author;
  trade.is_long = dir > 0;
  trade.entry_time = p.entry_time;
  trade.exit_time = p.entry_time + static_cast<Timestamp>(index) * kMinute;
  trade.pnl_percent = dir * (exit_fill - fill) / fill * 100 - 2 * costs.fee;
  trade.hold_minutes = static_cast<double>(index + 1);
  trade.exit_reason = reason;
  check_trade(trade, point, costs);
  return trade;
}

void add_daily_ratios(SweepReport& report, const Span& span) {
  std::vector<double> daily(span.days, 0);
  for (const SweepTrade& trade : report.trades) {
    const Timestamp day = std::max<Timestamp>(0, (trade.exit_time - span.start) / kDay);
    daily[std::min(span.days - 1, static_cast<std::size_t>(day))] += trade.pnl_percent;
  }
  const double days = static_cast<double>(span.days), mean = average(daily);
  double squares = 0, downside = 0;
  for (const double v : daily) {
    squares += (v - mean) * (v - mean);
    downside += std::min(v, 0.0) * std::min(v, 0.0);
  }
  const double deviation = std::sqrt(squares / days);
  report.sharpe = deviation == 0 ? 0 : mean / deviation * std::sqrt(days);
  if (downside == 0) {
    report.sortino = mean > 0 ? kInfinite : 0;
  } else {
    report.sortino = mean / std::sqrt(downside / days) * std::sqrt(days);
  }
}

void add_trade_figures(SweepReport& report, const Span& span) {
  double equity = 0, peak = 0, gains = 0, losses = 0;
  std::size_t wins = 0;
  std::vector<double> holds;
  for (const std::string_view reason : kReasons) report.exit_reasons[reason] = 0;
  for (const SweepTrade& trade : report.trades) {
    equity += trade.pnl_percent;
    peak = std::max(peak, equity);
    report.max_series_drawdown_percent = std::max(report.max_series_drawdown_percent, peak - equity);
    wins += trade.pnl_percent > 0;
    (trade.pnl_percent > 0 ? gains : losses) += std::fabs(trade.pnl_percent);
    ++report.exit_reasons[trade.exit_reason];
    holds.push_back(trade.hold_minutes);
  }
  const double n = static_cast<double>(report.trades.size());
  report.total_pnl_percent = equity;
  report.avg_pnl_percent = n > 0 ? equity / n : 0;
  report.win_rate = n > 0 ? static_cast<double>(wins) / n : 0;
  report.profit_factor = losses > 0 ? gains / losses : gains > 0 ? kInfinite : 0;
  const double fall = report.max_series_drawdown_percent, otherwise = equity > 0 ? kInfinite : 0;
  report.calmar_ratio = fall > 0 ? equity * 365 / static_cast<double>(span.days) / fall : otherwise;
  report.recovery_factor = fall > 0 ? equity / fall : otherwise;
  report.avg_hold_minutes = average(holds);
  report.p95_hold_minutes = percentile(holds, 95);
  report.p99_hold_minutes = percentile(holds, 99);
  add_daily_ratios(report, span);
}

// Was the idea right under this rule? By its raw entry price; touching the stop first is a miss.
bool is_hit(const SweepPoint& rule, const IdeaProfile& p) {
  const View view = view_of(p);
  const double entry = p.candles.front().open, dir = view.dir;
  const double stop = entry * (1 - dir * rule.hard_stop_percent / 100);
  const double goal = rule.profit_lock_percent > 0 ? entry * (1 + dir * rule.profit_lock_percent / 100)
                                                   : entry / (1 - dir * rule.trailing_take_percent / 100);
  const std::size_t last = last_index(rule, p);
  for (std::size_t i = 0; i <= last; ++i) {
    if (view.at_or_beyond_adverse(view.adverse(p.candles[i]), stop)) return false;
    if (view.reached(view.favourable(p.candles[i]), goal)) return true;
  }
  return false;
}

void rank(std::vector<SweepReport>& reports, std::string_view criterion) {
  std::ranges::stable_sort(reports, std::greater{}, [&](const SweepReport& r) { return sweep_criterion(r, criterion); });
}

}  // namespace

SweepAxes::SweepAxes()
    : hard_stop_percent(steps(1, 10, 0.5)),
      trailing_take_percent(steps(0.5, 5, 0.5)),
      hold_minutes(steps(1440, 20160, 1440)),
      profit_lock_percent{1, 1.5, 2, 2.5, 3, 3.5, 4, 5} {}

std::vector<Idea> directional_ideas(std::span<const Idea> ideas, std::string_view symbol) {
  std::vector<Idea> sorted;
  for (const Idea& idea : ideas) {
    if (idea.symbol == symbol && idea.direction != IdeaDirection::neutral) sorted.push_back(idea);
  }
  std::ranges::stable_sort(sorted, {}, &Idea::ts);
  std::map<std::pair<std::string, IdeaDirection>, Timestamp> kept;
  std::vector<Idea> out;
  for (Idea& idea : sorted) {
    const auto [last, fresh] = kept.try_emplace({idea.author, idea.direction}, idea.ts);
    if (!fresh && idea.ts - last->second < kRepeatWindow) continue;
    last->second = idea.ts;
    out.push_back(std::move(idea));
  }
  return out;
}

std::size_t sweep_horizon(const SweepAxes& axes) {
  double horizon = 0;
  for (const double hold : axes.hold_minutes) {
    if (!(hold >= 1) || hold != std::floor(hold) || hold > 1e7) {
      throw Error("sweep: holdMinutes must be whole numbers above 0, got " + shortest(hold));
    }
    horizon = std::max(horizon, hold);
  }
  if (horizon == 0) throw Error("sweep: the axis holdMinutes has no values; give at least one");
  return static_cast<std::size_t>(horizon);
}

Timestamp idea_entry(const Idea& idea) { return align(idea.ts, kMinute) + kMinute; }

std::vector<IdeaProfile> idea_profiles(std::span<const Idea> ideas, std::span<const Candle> minutes, std::size_t horizon) {
  std::vector<IdeaProfile> profiles;
  for (const Idea& idea : ideas) {
    IdeaProfile p{idea, idea_entry(idea), {}, false};
    const Timestamp first = minutes.empty() ? 0 : minutes.front().timestamp;
    const Timestamp end = first + static_cast<Timestamp>(minutes.size()) * kMinute;
    if (p.entry_time < first || p.entry_time >= end) {
      throw Error("sweep: no candles of " + idea.symbol + " from " + format_minute(p.entry_time) + " on, after idea " +
                  shortest(idea.id));
    }
    const auto begin = static_cast<std::size_t>((p.entry_time - first) / kMinute);
    p.candles = minutes.subspan(begin, std::min(minutes.size() - begin, horizon));
    p.truncated = p.candles.size() < horizon;
    profiles.push_back(std::move(p));
  }
  return profiles;
}

IdeaFigures idea_figures(const IdeaProfile& profile) {
  const View view = view_of(profile);
  const auto candles = profile.candles;
  IdeaFigures f;
  f.entry_price = candles.front().open;
  const auto move = [&](double price) { return view.dir * (price - f.entry_price) / f.entry_price * 100; };
  std::vector<double> moves;
  for (std::size_t i = 0; i < candles.size(); ++i) {
    const double against = move(view.adverse(candles[i])), in_favour = move(view.favourable(candles[i]));
    if (in_favour > f.max_mfe_percent) {
      f.max_mfe_percent = in_favour;
      f.minutes_to_mfe = static_cast<double>(i);
      f.shakeout_mae_percent = f.max_mae_percent;
    }
    if (against < f.max_mae_percent) {
      f.max_mae_percent = against;
      f.minutes_to_mae = static_cast<double>(i);
    }
    moves.push_back(move(candles[i].close));
  }
  f.hit = moves.back() > 0;
  f.median_move_percent = *median(std::move(moves));
  f.outcome_known_at = profile.entry_time + static_cast<Timestamp>(candles.size()) * kMinute;
  return f;
}

std::vector<SweepPoint> sweep_grid(const SweepAxes& axes) {
  std::vector<SweepPoint> grid;
  for (const double stop : axes.hard_stop_percent) {
    for (const double trailing : axes.trailing_take_percent) {
      for (const double hold : axes.hold_minutes) {
        for (const double lock : axes.profit_lock_percent) grid.push_back({stop, trailing, hold, lock});
      }
    }
  }
  if (grid.empty()) throw Error("sweep: the grid is empty; give every axis at least one value");
  return grid;
}

SweepReport sweep_point(const SweepPoint& point, std::span<const IdeaProfile> profiles, const SweepCosts& costs) {
  struct Held {
    Timestamp busy_until;
    std::size_t trade;
  };
  SweepReport report;
  report.point = point;
  std::map<std::string, Held> held;
  for (const IdeaProfile& p : profiles) {
    const auto open = held.find(p.idea.author);
    if (open != held.end() && p.entry_time < open->second.busy_until) {
      ++report.skipped_busy;
      report.trades[open->second.trade].absorbed_ideas.push_back(p.idea.id);
      continue;
    }
    report.trades.push_back(simulate(point, p, costs));
    held.insert_or_assign(p.idea.author, Held{report.trades.back().exit_time + kMinute, report.trades.size() - 1});
  }
  add_trade_figures(report, span_of(profiles));
  return report;
}

std::vector<AuthorTrack> author_tracks(const SweepPoint& rule, std::span<const IdeaProfile> profiles) {
  std::vector<AuthorTrack> tracks;
  for (const IdeaProfile& p : profiles) {
    auto track = std::ranges::find(tracks, p.idea.author, &AuthorTrack::author);
    if (track == tracks.end()) track = tracks.insert(track, AuthorTrack{p.idea.author, 0, 0, 0, rule});
    ++track->ideas;
    track->hits += is_hit(rule, p);
  }
  for (AuthorTrack& track : tracks) track.hit_rate = static_cast<double>(track.hits) / static_cast<double>(track.ideas);
  std::ranges::stable_sort(tracks, std::greater{}, &AuthorTrack::ideas);
  return tracks;
}

double sweep_criterion(const SweepReport& report, std::string_view criterion) {
  if (criterion == "sortino") return report.sortino;
  if (criterion == "pnl") return report.total_pnl_percent;
  if (criterion == "recovery") return report.recovery_factor;
  return report.sharpe;
}

HoldFigures hold_figures(std::span<const SweepReport> reports) {
  std::vector<double> holds;
  for (const SweepReport& report : reports) {
    for (const SweepTrade& trade : report.trades) holds.push_back(trade.hold_minutes);
  }
  return {average(holds), percentile(holds, 95), percentile(holds, 99)};
}

SweepResult rank_sweep(std::vector<SweepReport> reports, std::span<const IdeaProfile> profiles, std::string_view order) {
  SweepResult result;
  result.profile_count = profiles.size();
  result.truncated_count = static_cast<std::size_t>(std::ranges::count(profiles, true, &IdeaProfile::truncated));
  for (const SweepReport& report : reports) {
    for (AuthorTrack& track : author_tracks(report.point, profiles)) result.tracks.push_back(std::move(track));
  }
  const HoldFigures holds = hold_figures(reports);
  result.avg_hold_minutes = holds.average;
  result.p95_hold_minutes = holds.p95;
  result.p99_hold_minutes = holds.p99;
  for (std::size_t i = 0; i < kSweepCriteria.size() && !reports.empty(); ++i) {
    // The first of the highest: what a stable sort would put in front.
    const auto best = std::ranges::max_element(reports, {}, [&](const auto& r) { return sweep_criterion(r, kSweepCriteria[i]); });
    result.best[i] = best->point;
  }
  rank(reports, order);
  result.reports = std::move(reports);
  return result;
}

}  // namespace btk
