// Profit and loss of a position (engine.md 6): effective entry, result in
// percent and USD with partial closes, share closed, liquidation price.
#pragma once

#include <optional>

#include "engine/config.h"
#include "engine/signal.h"

namespace btk {

/// Costs per side in percent.
struct Costs {
  double slippage = 0.1;
  double fee = 0.1;
  explicit Costs(const Config& c) : slippage(c.percent_slippage), fee(c.percent_fee) {}
};

/// USD put in by all entries; partial closes do not reduce it.
double invested(const Signal& signal);

/// Cost-weighted harmonic mean of the entries: total dollars over total coins, replayed through the
/// partial closes. Quote currency.
double effective_price(const Signal& signal);

/// Result if everything still held were closed at `close`, realised partials included.
Pnl pnl_at(const Signal& signal, double close, const Costs& costs);

/// USD taken out by partial closes, at cost.
double closed_dollars(const Signal& signal);
/// 0..100, in percent of everything invested.
double closed_percent(const Signal& signal);
/// USD of entries still held, at cost.
double remaining_basis(const Signal& signal);

/// Close price at which the whole margin is lost; nothing when there is none above zero.
std::optional<double> liquidation_price(const Signal& signal, const Costs& costs);

/// Fees in USD of closing everything still held at `close`: opening side, partials and the close itself.
/// Leverage multiplies them as it multiplies the result.
double fees_paid(const Signal& signal, double close, const Costs& costs);

/// Percent that the price must run from the effective entry before the break-even milestone.
inline double breakeven_threshold(const Config& c) {
  return (c.percent_slippage + c.percent_fee) * 2 + c.breakeven_threshold;
}

}  // namespace btk
