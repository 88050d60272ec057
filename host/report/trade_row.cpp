#include "host/report/trade_row.h"

namespace btk::host {

std::vector<ClosedTrade> closed_trades(std::span<const TradeRow> rows) {
  std::vector<ClosedTrade> trades;
  trades.reserve(rows.size());
  for (const TradeRow& row : rows) {
    trades.push_back({.id = row.id,
                      .pending_at = static_cast<double>(row.pending_at),
                      .close_timestamp = static_cast<double>(row.close_timestamp),
                      .close_price = row.close_price,
                      .pnl_percentage = row.pnl.pnl_percentage,
                      .peak_pnl = row.peak_pnl,
                      .fall_pnl = row.fall_pnl});
  }
  return trades;
}

}  // namespace btk::host
