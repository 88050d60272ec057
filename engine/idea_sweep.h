// The idea sweep (analytics.md 3.2): dated trade ideas of authors are replayed on
// one-minute candles against every point of a grid of exits, and the points are
// ranked. Pure: candles come in as a list per idea, which the caller keeps. Percent values are plain
// numbers (1.5 = 1.5 %); ratios may be infinite.
#pragma once

#include <array>
#include <cstddef>
#include <functional>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "engine/candles.h"
#include "engine/time.h"

namespace btk {

enum class IdeaDirection { long_side, short_side, neutral };

struct Idea {
  double id = 0;
  Timestamp ts = 0;  ///< ms
  std::string symbol;
  IdeaDirection direction = IdeaDirection::neutral;
  std::string author;
};

/// The default axes are the reference's: 21 280 points.
struct SweepAxes {
  SweepAxes();
  std::vector<double> hard_stop_percent, trailing_take_percent, hold_minutes, profit_lock_percent;
};

/// One combination of exits. A lock of 0 is no lock.
struct SweepPoint {
  double hard_stop_percent = 0, trailing_take_percent = 0, hold_minutes = 0, profit_lock_percent = 0;
  auto operator<=>(const SweepPoint&) const = default;
};

struct SweepCosts {
  double slippage = 0.1, fee = 0.1;  ///< percent per side
};

/// An idea with the candles that follow it: the first opens the minute after it.
struct IdeaProfile {
  Idea idea;
  Timestamp entry_time = 0;
  std::span<const Candle> candles;  ///< one a minute from entry_time on, at most the horizon
  bool truncated = false;  ///< the data ended before the longest hold
};

struct SweepTrade {
  double idea_id = 0;
  std::string author;
  bool is_long = true;
  Timestamp entry_time = 0, exit_time = 0;
  double pnl_percent = 0;
  double hold_minutes = 0;
  std::string_view exit_reason;        ///< "hard_stop", "trailing_take", "profit_lock", "time_expired", "data_truncated"
  std::vector<double> absorbed_ideas;  ///< ids that came while the author's position was open
};

struct SweepReport {
  SweepPoint point;
  std::size_t skipped_busy = 0;
  double total_pnl_percent = 0, avg_pnl_percent = 0;
  double win_rate = 0;  ///< share, 0..1
  double profit_factor = 0, max_series_drawdown_percent = 0, calmar_ratio = 0, recovery_factor = 0;
  double avg_hold_minutes = 0, p95_hold_minutes = 0, p99_hold_minutes = 0;
  double sharpe = 0, sortino = 0;
  std::map<std::string_view, std::size_t> exit_reasons;
  std::vector<SweepTrade> trades;
};

/// How often an author was right under one rule of exits.
struct AuthorTrack {
  std::string author;
  std::size_t ideas = 0, hits = 0;
  double hit_rate = 0;
  SweepPoint rule;
};

/// "sharpe", "sortino", "pnl", "recovery".
inline constexpr std::array<std::string_view, 4> kSweepCriteria{"sharpe", "sortino", "pnl", "recovery"};

struct SweepResult {
  std::string symbol;
  std::size_t ideas_total = 0, ideas_directional = 0, profile_count = 0, truncated_count = 0;
  double avg_hold_minutes = 0, p95_hold_minutes = 0, p99_hold_minutes = 0;  ///< all trades of all points
  std::vector<SweepReport> reports;                                        ///< best first, by the report order
  std::array<SweepPoint, 4> best{};                                        ///< of each criterion of kSweepCriteria
  std::vector<AuthorTrack> tracks;
};

/// The ideas of the symbol that are traded: in time order, without neutral ones and without repeats of an author's
/// direction within eight hours.
std::vector<Idea> directional_ideas(std::span<const Idea> ideas, std::string_view symbol);

/// The longest hold of the axes, in minutes: how many candles an idea needs. Throws btk::Error when it is no
/// positive whole number.
std::size_t sweep_horizon(const SweepAxes& axes);

/// First minute of an idea's candles.
Timestamp idea_entry(const Idea& idea);

/// What happened after each idea, in their order. `minutes`: one-minute candles without holes. Throws btk::Error for an
/// idea without a candle.
std::vector<IdeaProfile> idea_profiles(std::span<const Idea> ideas, std::span<const Candle> minutes, std::size_t horizon);

/// How the price went after an idea, seen from its side; excursions in percent of the entry price.
struct IdeaFigures {
  double entry_price = 0;          ///< open of the first candle
  double max_mfe_percent = 0;      ///< farthest in favour, by wicks
  double max_mae_percent = 0;      ///< farthest against, by wicks; 0 or less
  double minutes_to_mfe = 0, minutes_to_mae = 0;
  double shakeout_mae_percent = 0; ///< farthest against before the farthest in favour
  double median_move_percent = 0;  ///< median of the closes
  bool hit = false;                ///< the last close is in favour
  Timestamp outcome_known_at = 0;  ///< end of the last candle
};
IdeaFigures idea_figures(const IdeaProfile& profile);

/// Every point of the grid; the order is that of the loops stop, trailing, hold, lock. Throws btk::Error for an axis
/// without values.
std::vector<SweepPoint> sweep_grid(const SweepAxes& axes);

/// The trades and figures of one point over all profiles, in time order. Throws btk::Error when a trade contradicts
/// its exits (candles that are no candles).
SweepReport sweep_point(const SweepPoint& point, std::span<const IdeaProfile> profiles, const SweepCosts& costs);

/// Minutes that all trades of all points were held.
struct HoldFigures {
  double average = 0, p95 = 0, p99 = 0;
};
HoldFigures hold_figures(std::span<const SweepReport> reports);

/// How often each author was right under the rule of a point, those with more ideas first.
std::vector<AuthorTrack> author_tracks(const SweepPoint& rule, std::span<const IdeaProfile> profiles);

/// Ranks what sweep_point() gave for every point of the grid, in grid order. `order`: a criterion, unknown ones are
/// "sharpe".
SweepResult rank_sweep(std::vector<SweepReport> reports, std::span<const IdeaProfile> profiles, std::string_view order);

/// The value that a criterion ranks by, highest first.
double sweep_criterion(const SweepReport& report, std::string_view criterion);

}  // namespace btk
