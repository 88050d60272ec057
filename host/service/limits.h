// The kill switches of a session: the most it may lose in a UTC day and the most
// it may hold. One book is shared by all traders of a session; they tell it what
// they have open and what they closed, and ask before they enter.
//
// A day's loss is how far the worth of everything has fallen since 00:00 UTC: what
// was closed that day plus what is open now, less what was open at the day's
// beginning. Once it has reached the limit, no entry is made until the next UTC
// day, also when the prices come back. Exposure is the sum of cost * multiplier of
// what is open (less what partial closes took out), waits as a limit order or is
// being bought. All amounts are in the quote currency.
#pragma once

#include <map>
#include <mutex>
#include <nlohmann/json.hpp>
#include <optional>
#include <set>
#include <string>

#include "engine/time.h"

namespace btk::host {

struct Limits {
  std::optional<double> max_daily_loss, max_exposure;
  bool flatten = false;  ///< a tripped switch also closes what is open
};

/// `loss` is an amount or a share of `capital` ("250", "5%"), `exposure` an amount; empty: no limit. Throws
/// UsageError.
Limits read_limits(const std::string& loss, const std::string& exposure, double capital);

/// What a restart needs of a book.
struct LimitState {
  struct Holding {
    double pnl = 0, exposure = 0;
    std::string closed;  ///< id of the signal that was closed last
  };

  Timestamp day = 0;       ///< begin of the UTC day; 0: none yet
  double realised = 0;     ///< closed that day
  double open_before = 0;  ///< open profit at the day's beginning
  bool tripped = false;
  std::map<std::string, Holding> open;  ///< by trader, as it was last told
};
nlohmann::ordered_json to_json(const LimitState& state);
/// Throws btk::Error for what is no state.
LimitState read_limit_state(const nlohmann::ordered_json& json);

class LimitBook {
 public:
  explicit LimitBook(const Limits& limits, const LimitState& state = {});

  /// What a trader has open at `now`: its profit and its exposure; 0 and 0 when flat. What was reserved for it is
  /// released: it is a part of this exposure, or was not bought.
  void set_open(const std::string& trader, Timestamp now, double pnl, double exposure);
  /// A trader closed a position at `now` with this profit; set_open follows. A signal that is told again (its trader was
  /// killed and closes it anew) counts once.
  void add_closed(const std::string& trader, Timestamp now, const std::string& signal_id, double pnl);
  /// The profit of what the trader had open when it was last told.
  double last_pnl(const std::string& trader) const;
  /// Only these traders are there from now on. What others had lost or won this day stays so.
  void keep_only(const std::set<std::string>& traders);

  /// Before an entry (or an average buy) that adds this exposure: why it must not be made, one sentence, or
  /// nothing. Then the exposure is reserved for the trader until it tells what it has open.
  std::optional<std::string> refuse_entry(const std::string& trader, Timestamp now, double exposure);

  struct View {
    double daily_pnl = 0, exposure = 0;
    bool tripped = false;  ///< the daily loss has been reached
    bool flatten = false;  ///< and everything shall be closed
    std::string why;       ///< one sentence why no entry is made; empty: entries are made
  };
  View view(Timestamp now);

  LimitState state() const;
  const Limits& limits() const { return limits_; }

 private:
  void turn_day(Timestamp now);
  void look();
  double open_pnl() const;
  double daily_pnl() const;
  double exposure() const;
  std::string why() const;

  const Limits limits_;
  mutable std::mutex mutex_;
  LimitState state_;
  std::map<std::string, double> reserved_;
};

}  // namespace btk::host
