// The broker of a paper run: what an exchange would have done with an order, as
// the configuration models it. Price with slippage, quantity rounded down to the
// exchange's step, fee in percent.
#pragma once

#include "engine/config.h"
#include "engine/order.h"
#include "lua/candle_source.h"

namespace btk::lua {

/// Confirms, with a fill where something is bought or sold. Refuses an entry that is smaller than the exchange
/// takes. Checks and resting limit orders have no fill.
OrderAnswer simulated_answer(const OrderQuery& query, const Config& config, const SymbolRules& rules);
/// What it did for the newest average buy (else partial close) of a position.
Fill simulated_command(const Signal& position, bool average_buy, const Config& config, const SymbolRules& rules);

/// Base currency that an entry buys, or that is still held of a position.
double base_quantity(const Signal& signal, double price, bool closing);

/// The multiple of `step` that is next to `value`, or the next one below it. `step` 0: the value.
double nearest_step(double value, double step);
double step_below(double value, double step);

}  // namespace btk::lua
