#include "tests/exchange_server/account.h"

#include <algorithm>
#include <cmath>

#include "tests/exchange_server/api_error.h"

namespace btk::exchange_server {
namespace {
constexpr double kDust = 1e-9;
}

double rounded(double amount) { return std::round(amount * 1e8) / 1e8; }

void Account::lock(const std::string& asset, double amount) {
  Balance& balance = balances[asset];
  if (amount > balance.free + kDust) {
    throw ApiError(400, -2010, "Account has insufficient balance for requested action.");
  }
  balance.free = rounded(balance.free - amount);
  balance.locked = rounded(balance.locked + amount);
}

void Account::check_margin(const std::string& symbol, double notional) const {
  double used = 0;
  int leverage = FuturesPosition{}.leverage;
  for (const auto& [name, held] : positions) {
    used += std::abs(held.amount) * held.entry_price / held.leverage;
    if (name == symbol) leverage = held.leverage;
  }
  const auto wallet = balances.find("USDT");
  const double owned = wallet == balances.end() ? 0 : wallet->second.free;
  if (used + notional / leverage > owned + kDust) throw ApiError(400, -2019, "Margin is insufficient.");
}

void Account::book(Execution& fill, const Rules& rules) {
  if (futures) return book_futures(fill, rules);
  Balance& base = balances[rules.base];
  Balance& quote = balances[rules.quote];
  const double worth = fill.price * fill.quantity;
  if (fill.buy) {
    fill.commission = rounded(fill.quantity * fee);
    fill.commission_asset = rules.base;
    quote.free = rounded(quote.free - worth);
    base.free = rounded(base.free + fill.quantity - fill.commission);
  } else {
    fill.commission = rounded(worth * fee);
    fill.commission_asset = rules.quote;
    base.free = rounded(base.free - fill.quantity);
    quote.free = rounded(quote.free + worth - fill.commission);
  }
}

void Account::book_futures(Execution& fill, const Rules& rules) {
  FuturesPosition& held = positions[fill.symbol];
  const double change = fill.buy ? fill.quantity : -fill.quantity;
  fill.commission = rounded(fill.price * fill.quantity * fee);
  fill.commission_asset = "USDT";
  if (held.amount * change < 0) {
    const double reduced = std::min(std::abs(held.amount), fill.quantity);
    fill.realized = rounded((fill.price - held.entry_price) * reduced * (held.amount > 0 ? 1 : -1));
  }
  const double after = held.amount + change;
  if (std::abs(after) < rules.step / 2) {
    held.amount = held.entry_price = 0;
  } else if (held.amount * change >= 0) {
    held.entry_price =
        (held.entry_price * std::abs(held.amount) + fill.price * fill.quantity) / std::abs(after);
    held.amount = rounded(after);
  } else {
    if (after * held.amount < 0) held.entry_price = fill.price;
    held.amount = rounded(after);
  }
  Balance& wallet = balances["USDT"];
  wallet.free = rounded(wallet.free + fill.realized - fill.commission);
}

}  // namespace btk::exchange_server
