// Is there enough money? Costs of trades are fixed amounts, so nothing in a back-test keeps a strategy from staking more
// than the starting capital. Amounts in the quote currency (USD), times ms UTC.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "engine/equity.h"

namespace btk {

/// The largest sum of costs of trades that were open at the same time, all entries of a trade together. One that closes in
/// the moment in which another opens is not open beside it. 0 without trades.
double highest_stake(std::span<const MoneyTrade> trades);

/// The first close after which initial capital + results is not above zero, if there is one.
std::optional<Timestamp> capital_used_up(std::span<const MoneyTrade> trades, double initial_capital);

/// What a reader of the money figures has to know, as sentences without a full stop. Empty when the capital was enough.
std::vector<std::string> stake_warnings(std::span<const MoneyTrade> trades, double initial_capital);

}  // namespace btk
