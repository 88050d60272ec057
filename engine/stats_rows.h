// How the statistics of stats.h walk their rows; the live and heat statistics are
// put together from the same steps. Rows point into a list that outlives them.
#pragma once

#include <optional>
#include <span>
#include <vector>

#include "engine/stats.h"

namespace btk {

using TradeRows = std::vector<const ClosedTrade*>;

/// The rows within the cap, newest arrival first: the order in which sums run.
TradeRows newest_first(std::span<const ClosedTrade> trades, std::optional<std::size_t> cap);

/// By close time; of trades closed in the same millisecond the later arrival comes first.
TradeRows chronological(TradeRows newest_first_rows);

/// What `value` (of a const ClosedTrade&, an optional number) gives for each row that has it.
template <typename Value>
std::vector<double> values_of(const TradeRows& rows, Value value) {
  std::vector<double> values;
  values.reserve(rows.size());
  for (const ClosedTrade* row : rows) {
    if (const std::optional<double> v = value(*row)) values.push_back(*v);
  }
  return values;
}

/// Net results in percent, in the rows' order.
std::vector<double> results_of(const TradeRows& rows);

/// The parts that count wins and losses apart.
struct Sides {
  std::vector<double> wins, losses;  ///< percent, in the rows' order
  double mean_win() const { return mean(wins).value_or(0); }
  double mean_loss() const { return mean(losses).value_or(0); }
};
Sides sides_of(const TradeRows& rows);

/// Which rows the durations count: all, or only those whose two times are above zero.
enum class Durations { of_all_rows, of_usable_rows };

/// The statistics over exactly these rows, newest arrival first.
TradeStats stats_of(const TradeRows& rows, Durations durations);

}  // namespace btk
