// Where a run's candles come from, as the script side sees it. The host
// implements it for files and databases; lua/hook_source.h for a script's own
// get_candles function.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "engine/candles.h"

namespace btk::lua {

/// Candles of one symbol with what was mended while reading them.
struct LoadedCandles {
  CandleSeries series;        ///< one-minute candles without holes
  std::vector<Gap> gaps;      ///< filled holes, in order
  std::size_t duplicates = 0; ///< rows that a later row of the same minute replaced
};

/// Levels of an order book, best first: price (quote currency), quantity (base currency).
struct OrderBook {
  std::vector<std::pair<double, double>> bids, asks;
};

struct AggregatedTrade {
  std::string id;
  double price = 0, quantity = 0;
  Timestamp timestamp = 0;
  bool buyer_is_maker = false;
};

/// What an exchange demands of orders for a symbol; 0: no rule known.
struct SymbolRules {
  double tick_size = 0;     ///< prices are multiples of it
  double step_size = 0;     ///< quantities are multiples of it
  double min_quantity = 0;  ///< base currency
  double min_notional = 0;  ///< quote currency
};

/// Those of its candles that exist: not what fills its gaps.
std::vector<Candle> real_candles(const LoadedCandles& loaded);

class CandleSource {
 public:
  virtual ~CandleSource() = default;
  /// The one-minute candles of `symbol` that the source has in [from, to), or everything that it has around
  /// when that is no dearer; the same object is handed to all who ask. Throws btk::Error. May be called from several threads.
  virtual std::shared_ptr<const LoadedCandles> load(const std::string& symbol, Timestamp from, Timestamp to) = 0;

  // For paper and live runs. Any thread; throw btk::Error.

  /// The one-minute candles with open times in [from, to), oldest first, that exist and are closed for good.
  /// Missing minutes are left out. `to` is not later than the session's clock.
  virtual std::vector<Candle> closed(const std::string& symbol, Timestamp from, Timestamp to);
  /// nullopt: this exchange has none of it.
  virtual std::optional<OrderBook> order_book(const std::string& /*symbol*/, int /*depth*/) { return std::nullopt; }
  /// Trades in [from, to), oldest first.
  virtual std::optional<std::vector<AggregatedTrade>> trades(const std::string& /*symbol*/, Timestamp /*from*/, Timestamp /*to*/) {
    return std::nullopt;
  }
  virtual SymbolRules rules(const std::string& /*symbol*/) { return {}; }
  /// How far the exchange's clock is ahead of the session's, ms, as it was last measured; 0 where it has none of its own.
  virtual Timestamp ahead() { return 0; }
};

}  // namespace btk::lua
