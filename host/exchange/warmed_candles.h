// Candles that `btkhost cache warm` has put into the candle store of exchanges
// whose candles come from a script's own get_candles. They are there under the
// exchange's name, and only if somebody asked for it.
#pragma once

#include <filesystem>
#include <functional>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <string_view>

#include "host/store/candle_store.h"
#include "lua/stored_candles.h"

namespace btk::host {

class WarmedCandles : public lua::StoredCandles {
 public:
  using Log = std::function<void(std::string_view level, std::string_view text)>;
  /// `log` hears, once for each exchange, that its candles come from here. The store is looked for when it is first needed.
  WarmedCandles(std::filesystem::path store, Log log) : file_(std::move(store)), log_(std::move(log)) {}

  Stretch stretch(const std::string& exchange, const std::string& symbol, Timestamp from, Timestamp to) override;
  std::vector<Candle> read(const std::string& exchange, const std::string& symbol, Timestamp from, Timestamp to) override;
  /// What says which candles of [from, to) are stored; empty when none are.
  std::string hash(const std::string& exchange, const std::string& symbol, Timestamp from, Timestamp to);

 private:
  CandleStore* store();

  const std::filesystem::path file_;
  const Log log_;
  std::mutex mutex_;
  std::unique_ptr<CandleStore> store_;
  std::set<std::string> told_;
};

}  // namespace btk::host
