// What the market did: one-minute candles of some symbols, and everything that
// public endpoints derive from them as of a moment. Nothing after that moment
// can be read. Prices in quote currency, quantities in base currency.
#pragma once

#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "engine/candles.h"

namespace btk::exchange_server {

/// What orders must obey.
struct Rules {
  double tick = 0.01;       ///< prices are multiples of it
  double step = 0.00001;    ///< quantities are multiples of it, and not less
  double min_notional = 5;  ///< price times quantity is not less
  double max_market = 9e6;  ///< market orders are not larger
  std::string base, quote;  ///< "BTC", "USDT"
};

struct Trade {
  std::int64_t id = 0;
  Timestamp time = 0;
  double price = 0, quantity = 0;
  bool buyer_is_maker = false;
};

class Market {
 public:
  /// `spread`: share of the price between the best bid and the middle.
  explicit Market(double spread) : spread_(spread) {}

  /// A symbol with the candles of a CSV file (.gz or not). Throws btk::Error.
  void add_file(const std::string& symbol, const std::filesystem::path& file);
  /// A symbol with a made-up walk around `price` over [from, to).
  void add_synthetic(const std::string& symbol, double price, std::uint64_t seed, Timestamp from,
                     Timestamp to);

  std::vector<std::string> symbols() const;
  bool has(std::string_view symbol) const { return pairs_.contains(symbol); }
  const Rules& rules(std::string_view symbol) const { return pairs_.find(symbol)->second.rules; }
  void set_rules(std::string_view symbol, double tick, double step, double min_notional, double max_market = Rules{}.max_market);
  /// Open time of the first candle, and the end of the last, over all symbols.
  std::pair<Timestamp, Timestamp> span() const;

  /// The closed candle of that minute, or nothing. `now` decides what is closed.
  std::optional<Candle> closed(std::string_view symbol, Timestamp minute, Timestamp now) const;
  /// Candles with open times in [from, to], oldest first, at most `limit`; without `from` the newest ones.
  /// The last may be open still, as far as it has come by `now`. Missing minutes are left out.
  std::vector<Candle> candles(std::string_view symbol, Interval interval, std::optional<Timestamp> from,
                              Timestamp to, std::size_t limit, Timestamp now) const;
  /// The last closed candle's close; nothing before the first.
  std::optional<double> last_price(std::string_view symbol, Timestamp now) const;
  /// Where a market order meets the book: on ticks, a spread away from the last price.
  double ask(std::string_view symbol, double last) const;
  double bid(std::string_view symbol, double last) const;
  /// Four trades a minute, from what its candle says.
  std::vector<Trade> trades(std::string_view symbol, Timestamp from, Timestamp to, std::size_t limit,
                            Timestamp now) const;

  /// Changes, adds or (nothing) removes a candle.
  void alter(std::string_view symbol, Timestamp minute, std::optional<Candle> candle);

 private:
  struct Pair {
    Timestamp first = 0;
    std::vector<std::optional<Candle>> minutes;
    Rules rules;
  };

  void add(const std::string& symbol, const CandleSeries& series, const std::vector<Gap>& gaps);
  const std::optional<Candle>& minute(std::string_view symbol, Timestamp t) const;
  /// The candle of the minute under way.
  std::optional<Candle> under_way(std::string_view symbol, Timestamp now) const;

  double spread_;
  std::map<std::string, Pair, std::less<>> pairs_;
};

/// Down and up to a multiple of `unit`, not disturbed by rounding errors.
double floor_to(double value, double unit);
double ceil_to(double value, double unit);
/// Is it one, within rounding errors?
bool is_multiple(double value, double unit);

}  // namespace btk::exchange_server
