// Binance's answers as values. Nothing of an answer is used before all of it has
// been checked: an answer that is cut short, of the wrong types, of another
// range, or that contradicts itself is a BadAnswer and is asked for again.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "engine/error.h"
#include "lua/candle_source.h"

namespace btk::host {

/// Why an answer cannot be believed.
class BadAnswer : public Error {
 public:
  using Error::Error;
};

/// Candles that were asked for: open times in [from, to), and what is closed at `asked_at` of the exchange's time.
struct KlineQuestion {
  Timestamp from = 0, to = 0;
  Timestamp step = kMinute;
  Timestamp asked_at = 0;
};

/// In order of time, each once: of adjacent duplicates the last. Candles that were still open are left out.
std::vector<Candle> parse_klines(const std::string& body, const KlineQuestion& question);

/// Open time of the first candle of the answer; nothing when there is none that is closed.
std::optional<Timestamp> parse_first_kline(const std::string& body, const KlineQuestion& question);

Timestamp parse_server_time(const std::string& body);

/// At most `depth` levels a side.
lua::OrderBook parse_depth(const std::string& body, int depth);

struct TradePage {
  std::vector<lua::AggregatedTrade> trades;  ///< by id, times never going back
  std::int64_t last_id = -1;
};
TradePage parse_trades(const std::string& body);

/// Nothing when the exchange does not know the symbol.
std::optional<lua::SymbolRules> parse_rules(const std::string& body, const std::string& symbol);

/// What an answer other than 200 says: "400 Invalid symbol. (code -1121)". `code` is 0 when it has none.
std::string describe_refusal(int status, const std::string& body, int& code);

}  // namespace btk::host
