#include "lua/paper_broker.h"

#include <cmath>

#include <fmt/format.h>

#include "engine/pnl.h"

namespace btk::lua {

namespace {

Fill fill_at(double price, bool buys, double quantity, const Config& config) {
  Fill fill;
  fill.price = price * (1 + (buys ? 1 : -1) * config.percent_slippage / 100);
  fill.quantity = quantity;
  fill.fee = *fill.price * quantity * config.percent_fee / 100;
  return fill;
}

}  // namespace

double base_quantity(const Signal& signal, double price, bool closing) {
  if (!closing) return price > 0 ? signal.cost * signal.multiplier / price : 0;
  const double entry = effective_price(signal);
  return entry > 0 ? remaining_basis(signal) * signal.multiplier / entry : 0;
}

double nearest_step(double value, double step) { return step > 0 ? std::round(value / step) * step : value; }

// A value that is a multiple but for its last bits stays.
double step_below(double value, double step) { return step > 0 ? std::floor(value / step * (1 + 1e-12)) * step : value; }

OrderAnswer simulated_answer(const OrderQuery& query, const Config& config, const SymbolRules& rules) {
  if (is_check(query.kind) || query.kind == OrderAsk::place) return {Verdict::confirmed, {}, {}};
  const bool closing = query.kind == OrderAsk::close;
  const bool buys = query.signal.is_long() != closing;
  const double quantity = step_below(base_quantity(query.signal, query.price, closing), rules.step_size);
  if (!closing && (!(quantity > 0) || quantity < rules.min_quantity || quantity * query.price < rules.min_notional)) {
    return {Verdict::rejected,
            fmt::format("{} of {} USD is less than the exchange takes (quantity {}, minimum {}; minimum value {})",
                        to_string(query.kind), query.signal.cost, quantity, rules.min_quantity, rules.min_notional),
            {}};
  }
  return {Verdict::confirmed, {}, fill_at(query.price, buys, quantity, config)};
}

Fill simulated_command(const Signal& p, bool average_buy, const Config& config, const SymbolRules& rules) {
  if (average_buy) {
    const Entry& entry = p.entries.back();
    return fill_at(entry.price, p.is_long(), step_below(entry.cost * p.multiplier / entry.price, rules.step_size), config);
  }
  const Partial& part = p.partials.back();
  const double base = part.percent / 100 * part.cost_basis_at_close * p.multiplier / effective_price(p);
  return fill_at(part.current_price, !p.is_long(), step_below(base, rules.step_size), config);
}

}  // namespace btk::lua
