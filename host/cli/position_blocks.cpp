#include "host/cli/position_blocks.h"

#include <fmt/format.h>

#include "engine/pnl.h"
#include "engine/text.h"
#include "engine/time.h"
#include "host/cli/console.h"

namespace btk::host {
namespace {

std::string short_price(double value) { return fmt::format("{:.8g}", value); }

// The lines that every block begins with.
std::string block_head(std::string_view what, const lua::RunReport& r, const Signal& s, Timestamp when) {
  std::string text = fmt::format("[POSITION {}] {}\n  Time: {}\n  Strategy: {}\n  Signal: {}\n  Direction: {}\n", what, r.symbol,
                                 format_iso(when), r.strategy_name, s.id, to_string(s.position));
  if (!s.note.empty()) text += fmt::format("  Note: {}\n", one_line(s.note));
  return text;
}

std::string level_lines(double open, double take, double stop) {
  return fmt::format("  Open: {}\n  Take profit: {}\n  Stop loss: {}\n", short_price(open), short_price(take), short_price(stop));
}

std::string asked(const Signal& s) { return level_lines(s.price_open, s.price_take_profit, s.price_stop_loss); }

std::string how_it_ended(const FinishedSignal& f) {
  if (f.action == Action::cancelled) return fmt::format("  Price: {}\n  Reason: {}\n", short_price(f.current_price), to_string(f.cancel_reason));
  return fmt::format("  Close: {}\n  Reason: {}\n  PNL: {}%\n  Win: {}\n", short_price(f.current_price), to_string(f.close_reason),
                     fixed(f.pnl.pnl_percentage, 2), f.pnl.pnl_percentage > 0 ? "yes" : "no");
}

}  // namespace

std::string position_blocks(const lua::RunReport& r) {
  std::string text;
  for (const FinishedSignal& f : r.signals) {
    const Signal& s = f.signal;
    const bool opened = f.action == Action::closed;
    // A position taken at the market begins where a limit order would be scheduled.
    if (!opened || s.pending_at != s.scheduled_at) text += block_head("SCHEDULED", r, s, s.scheduled_at) + asked(s);
    if (opened) {
      text += block_head("OPENED", r, s, s.pending_at) + asked(s);
      text += block_head("CLOSED", r, s, f.close_timestamp) + level_lines(effective_price(s), s.take(), s.stop());
    } else {
      text += block_head("CANCELLED", r, s, f.close_timestamp) + asked(s);
    }
    text += how_it_ended(f);
  }
  return text;
}

}  // namespace btk::host
