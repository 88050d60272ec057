// The trade list as CSV for spreadsheets and notebooks: a header and one line per
// trade, oldest first, every number with all its digits.
#pragma once

#include <span>
#include <string>

#include "host/report/trade_row.h"

namespace btk::host {

/// Fields with commas, quotes or line breaks are quoted (RFC 4180), lines end with "\n". Times are ISO-8601
/// UTC; what is not available is an empty field.
std::string trades_csv(std::span<const TradeRow> rows);

}  // namespace btk::host
