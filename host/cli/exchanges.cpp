#include "host/cli/exchanges.h"

#include <tuple>

namespace btk::host {
namespace {

/// What the candles of an exchange depend on.
auto essence(const lua::ExchangeSchema& s) {
  return std::tie(s.exchange_name, s.driver, s.gaps, s.path, s.base_dir, s.market, s.base_url, s.seed, s.start_price,
                  s.volatility);
}

}  // namespace

std::shared_ptr<lua::CandleSource> Exchanges::open(const lua::ExchangeSchema& schema) {
  const std::lock_guard lock(mutex_);
  for (const auto& [known, source] : opened_) {
    if (essence(known) == essence(schema)) return source;
  }
  auto source = open_exchange(schema, options_);
  opened_.emplace_back(schema, source);
  return source;
}

}  // namespace btk::host
