// Candles of an exchange for commands that make no run: dump, pnldebug,
// brokerdebug. The exchange is a script's or, without a script, Binance.
#pragma once

#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "host/cli/console.h"
#include "host/cli/exchange_script.h"
#include "host/cli/interrupt.h"
#include "host/cli/options.h"
#include "host/cli/parser.h"
#include "lua/script.h"

namespace btk::host {

/// Which exchange and symbol, as the words on the command line say it.
struct CandleQuery {
  std::vector<std::string> files, settings;
  std::string symbol = "BTCUSDT", exchange, market = "spot", base_url, store;
  bool unsafe = false, env_override = false;

  void add_to(CLI::App& app);
  /// Checks the words; `command` stands in the sentences. Throws UsageError.
  void check(std::string_view command);
  std::vector<std::filesystem::path> paths() const { return {files.begin(), files.end()}; }
  std::vector<std::pair<std::string, std::string>> all_settings() const;
};

/// Where the candles come from. `script`: whose own get_candles is asked where the exchange has no driver. Throws UsageError.
std::shared_ptr<lua::CandleSource> open_source(const CandleQuery& query, const lua::ExchangeSchema& schema, lua::Script* script,
                                               Interrupt& interrupt);

/// The exchange that the query names, after loading its script.
class QueriedExchange {
 public:
  /// The query, the console and the interrupt outlive the object. Throws UsageError.
  QueriedExchange(const CandleQuery& query, Console& console, Interrupt& interrupt);

  lua::CandleSource& source() { return *source_; }

 private:
  std::shared_ptr<spdlog::logger> logger_;
  std::optional<ExchangeScript> script_;
  std::shared_ptr<lua::CandleSource> source_;
};

/// The candles of `interval` with open times in [from, to), oldest first; fewer where the exchange has no more. That is
/// told, and which of them fill gaps. Throws UsageError when there are none because that time has not come yet.
std::vector<Candle> candles_or_tell(lua::CandleSource& source, const std::string& symbol, Interval interval, Timestamp from,
                                    Timestamp to, Console& console);

/// --when: ISO date or Unix ms, "" for now.
Timestamp moment_or_now(const std::string& text);

/// A whole number in [1, most]. Throws UsageError.
std::int64_t read_count(const std::string& text, const std::string& option, std::int64_t most);

}  // namespace btk::host
