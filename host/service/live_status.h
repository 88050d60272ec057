// What `btkhost status` shows of a running session, as plain values: the driver
// fills them, the control socket carries them as JSON.
#pragma once

#include <cstdint>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "engine/time.h"

namespace btk::host {

struct SymbolStatus {
  std::string symbol, strategy;
  std::string state = "flat";  ///< "starting" (nothing is known yet), "flat", "order" (a limit order waits), "position", "ended",
                               ///< "entering" (the exchange has not said whether it took the entry: it is asked again)
  std::string side;            ///< "long" or "short" unless flat
  // Quote currency; absent where there is none.
  std::optional<double> price;  ///< the newest the trader has seen
  std::optional<double> price_open, price_take_profit, price_stop_loss, cost;
  std::optional<double> pnl_percent;  ///< of an open position
  Timestamp last_minute = 0;          ///< the last minute that was processed; 0: none yet
  /// ms from the minute's end to its being processed, on the session's clock; in an answer lag_at() of then
  std::optional<Timestamp> lag;
  std::uint64_t errors = 0;      ///< script errors and failed requests so far
  std::string last_error;
  bool paused = false;
  bool stopping = false;  ///< asked to stop, alone or with the others: no entries until the next start
  int script_version = 1;  ///< the one in force here
  std::string blocked;  ///< why no entry is made; empty: entries are made
};

/// The lag that shows a trader which stands still, too: what its last minute took, or how long the next one is overdue.
std::optional<Timestamp> lag_at(const SymbolStatus& status, Timestamp now);

struct LiveStatus {
  std::string mode = "paper";  ///< "paper" or "live"
  std::int64_t pid = 0;
  std::vector<std::string> scripts;
  int script_version = 1;      ///< the newest that is in force anywhere; those that were refused are counted, too
  std::string reload_refused;  ///< why the newest change is not in force everywhere; empty: it is
  Timestamp since = 0;     ///< start of the session, on its clock
  std::string clock = "wall";
  Timestamp now = 0;      ///< of that clock
  bool draining = false;  ///< asked to stop: no new entries, open positions are looked after
  // Kill switches, quote currency.
  std::optional<double> daily_pnl, max_daily_loss, exposure, max_exposure;
  std::string tripped;  ///< the sentence why; empty: no switch has tripped
  std::vector<SymbolStatus> symbols;
};

nlohmann::ordered_json to_json(const LiveStatus& status);
/// Unknown keys are passed over, missing ones keep their defaults. Throws btk::Error for a wrong type.
LiveStatus read_live_status(const nlohmann::ordered_json& json);

/// The table for people: a few lines of the session, one row per symbol. Ends with a line feed.
std::string status_text(const LiveStatus& status);

}  // namespace btk::host
