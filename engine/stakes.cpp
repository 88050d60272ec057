#include "engine/stakes.h"

#include <algorithm>
#include <utility>

#include "engine/text.h"

namespace btk {

double highest_stake(std::span<const MoneyTrade> trades) {
  std::vector<std::pair<Timestamp, double>> changes;
  for (const MoneyTrade& trade : trades) {
    changes.emplace_back(trade.pending_at, trade.cost);
    changes.emplace_back(trade.close_timestamp, -trade.cost);
  }
  // Of one moment the closes come first.
  std::sort(changes.begin(), changes.end());
  double staked = 0, highest = 0;
  for (const auto& [when, change] : changes) {
    staked += change;
    highest = std::max(highest, staked);
  }
  return highest;
}

std::optional<Timestamp> capital_used_up(std::span<const MoneyTrade> trades, double initial_capital) {
  std::vector<const MoneyTrade*> by_close_time;
  for (const MoneyTrade& trade : trades) by_close_time.push_back(&trade);
  std::stable_sort(by_close_time.begin(), by_close_time.end(), [](const MoneyTrade* a, const MoneyTrade* b) {
    return a->close_timestamp < b->close_timestamp;
  });
  double level = initial_capital;
  for (const MoneyTrade* trade : by_close_time) {
    level += money_result(*trade);
    if (level <= 0) return trade->close_timestamp;
  }
  return std::nullopt;
}

std::vector<std::string> stake_warnings(std::span<const MoneyTrade> trades, double initial_capital) {
  std::vector<std::string> lines;
  const std::string capital = fixed(initial_capital, 2);
  // Sums of amounts with cents: less than a cent is rounding.
  if (const double most = highest_stake(trades); most > initial_capital + 0.005) {
    lines.push_back("up to " + fixed(most, 2) + " were staked at once with " + capital + " of capital (cost, --capital)");
  }
  if (const auto when = capital_used_up(trades, initial_capital)) {
    lines.push_back("the capital of " + capital + " was used up on " + format_minute(*when) + "; no account could have made the trades after that");
  }
  return lines;
}

}  // namespace btk
