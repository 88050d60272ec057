#include "engine/pnl.h"

#include <algorithm>
#include <cmath>

#include "engine/error.h"

namespace btk {
namespace {

struct SidePrices {
  double open, close;  // with slippage
};

SidePrices with_slippage(const Signal& s, double open, double close, double slippage) {
  if (s.is_long()) return {open * (1 + slippage / 100), close * (1 - slippage / 100)};
  return {open * (1 - slippage / 100), close * (1 + slippage / 100)};
}

double gross_percent(const Signal& s, const SidePrices& p) {
  return s.is_long() ? ((p.close - p.open) / p.open) * 100 : ((p.open - p.close) / p.open) * 100;
}

struct Blend {
  double coins = 0, cost = 0;
};

Blend blend(const Signal& s, std::size_t from, std::size_t to) {
  Blend b;
  for (std::size_t i = from; i < to; ++i) {
    b.coins += s.entries[i].cost / s.entries[i].price;
    b.cost += s.entries[i].cost;
  }
  return b;
}

double remaining_after(const Partial& p) { return p.cost_basis_at_close * (1 - p.percent / 100); }

// Walks the effective price through the partial closes (engine.md 6.2) and hands each partial with the
// effective price at its moment to `visit`. Returns the effective price at the end.
template <class Visit>
double replay(const Signal& s, Visit visit) {
  double x = s.price_open;
  for (std::size_t j = 0; j < s.partials.size(); ++j) {
    const Partial& q = s.partials[j];
    if (j == 0) {
      const double coins = blend(s, 0, q.entry_count_at_close).coins;
      x = coins == 0 ? s.price_open : q.cost_basis_at_close / coins;
    } else {
      const Partial& before = s.partials[j - 1];
      const Blend added = blend(s, before.entry_count_at_close, q.entry_count_at_close);
      const double rest = remaining_after(before);
      const double coins = rest / x + added.coins;
      if (coins != 0) x = (rest + added.cost) / coins;
    }
    visit(q, x);
  }
  const Partial& last = s.partials.back();
  const Blend added = blend(s, last.entry_count_at_close, s.entries.size());
  const double rest = remaining_after(last);
  const double coins = rest / x + added.coins;
  return coins == 0 ? x : (rest + added.cost) / coins;
}

}  // namespace

double invested(const Signal& s) {
  if (s.entries.empty()) return s.cost;
  double sum = 0;
  for (const Entry& e : s.entries) sum += e.cost;
  return sum;
}

double effective_price(const Signal& s) {
  if (s.entries.empty()) return s.price_open;
  if (!s.partials.empty()) return replay(s, [](const Partial&, double) {});
  const Blend all = blend(s, 0, s.entries.size());
  return all.cost / all.coins;
}

Pnl pnl_at(const Signal& s, double close, const Costs& costs) {
  const double total = invested(s);
  Pnl r;
  r.pnl_entries = total;
  r.price_close = close;
  if (s.partials.empty()) {
    r.price_open = effective_price(s);
    const SidePrices p = with_slippage(s, r.price_open, close, costs.slippage);
    const double fee = costs.fee * (1 + p.close / p.open);
    r.pnl_percentage = (gross_percent(s, p) - fee) * s.multiplier;
    r.pnl_cost = (r.pnl_percentage / 100) * total;
    return r;
  }
  double gross = 0, fees = costs.fee, closed = 0;
  r.price_open = replay(s, [&](const Partial& q, double entry) {
    const double dollars = (q.percent / 100) * q.cost_basis_at_close;
    const double weight = dollars / total;
    closed += dollars;
    const SidePrices p = with_slippage(s, entry, q.current_price, costs.slippage);
    gross += weight * gross_percent(s, p);
    fees += costs.fee * weight * (p.close / p.open);
  });
  if (closed > total + std::max(0.001, total * 1e-8)) {
    throw Error("position " + s.id + ": partial closes exceed what was invested; this is a defect, please report it");
  }
  const double rest = (total - closed) / total;
  if (rest > 0) {
    const SidePrices p = with_slippage(s, r.price_open, close, costs.slippage);
    gross += rest * gross_percent(s, p);
    fees += costs.fee * rest * (p.close / p.open);
  }
  r.pnl_percentage = (gross - fees) * s.multiplier;
  r.pnl_cost = (r.pnl_percentage / 100) * total;
  return r;
}

double closed_dollars(const Signal& s) {
  double sum = 0;
  for (const Partial& p : s.partials) sum += (p.percent / 100) * p.cost_basis_at_close;
  return sum;
}

double closed_percent(const Signal& s) {
  const double total = invested(s);
  return total == 0 ? 0 : closed_dollars(s) / total * 100;
}

double remaining_basis(const Signal& s) {
  if (s.partials.empty()) return invested(s);
  const Partial& last = s.partials.back();
  return remaining_after(last) + blend(s, last.entry_count_at_close, s.entries.size()).cost;
}

// The result is linear in the close price, so two evaluations give the line (engine.md 6.6).
std::optional<double> liquidation_price(const Signal& s, const Costs& costs) {
  const double p0 = s.price_open, p1 = s.price_open * 0.9;
  const double y0 = pnl_at(s, p0, costs).pnl_percentage;
  const double y1 = pnl_at(s, p1, costs).pnl_percentage;
  const double slope = (y1 - y0) / (p1 - p0);
  if (!std::isfinite(slope) || std::abs(slope) < std::numeric_limits<double>::epsilon()) return std::nullopt;
  const double level = p0 + (-100 - y0) / slope;
  if (!std::isfinite(level) || level <= 0) return std::nullopt;
  return level;
}

double fees_paid(const Signal& s, double close, const Costs& costs) {
  const double total = invested(s);
  double shares = 1, closed = 0;  // the opening side is paid on everything
  const auto add = [&](double weight, double entry, double price) {
    const SidePrices p = with_slippage(s, entry, price, costs.slippage);
    shares += weight * (p.close / p.open);
  };
  double entry = effective_price(s);
  if (!s.partials.empty()) {
    entry = replay(s, [&](const Partial& q, double at) {
      const double dollars = (q.percent / 100) * q.cost_basis_at_close;
      closed += dollars;
      add(dollars / total, at, q.current_price);
    });
  }
  if (closed < total) add((total - closed) / total, entry, close);
  return costs.fee / 100 * shares * s.multiplier * total;
}

}  // namespace btk
