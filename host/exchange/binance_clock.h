// The exchange's time, from the session's clock and a measured offset. It decides
// which candles are closed.
//
// The offset is measured from the exchange's own answer, half of the round trip
// taken off, again every hour of the session's clock, and at once when this
// machine's clock was set. Any thread.
#pragma once

#include <chrono>
#include <functional>
#include <mutex>
#include <optional>
#include <string>

#include "engine/time.h"

namespace btk::host {

/// One answer of the exchange, with the session's clock before and after.
struct TimeSample {
  Timestamp sent = 0, received = 0;
  Timestamp exchange = 0;
};

class BinanceClock {
 public:
  using Ask = std::function<TimeSample()>;
  using Log = std::function<void(std::string_view level, std::string_view text)>;

  /// `session` empty: the wall clock. `ask` throws when the exchange does not answer. `name` is for messages.
  BinanceClock(std::string name, std::function<Timestamp()> session, Ask ask, Log log);

  /// The exchange's time now, measuring the offset when that is due. Throws what `ask` throws, unless an offset
  /// that is merely old is at hand.
  Timestamp now();
  /// The session's clock.
  Timestamp session() const { return session_(); }
  /// How far the exchange is ahead of it, as it was last measured; 0 before that.
  Timestamp ahead();
  /// The offset is wrong (the exchange said so): it is measured again before it is used.
  void forget();

 private:
  using Steady = std::chrono::steady_clock;
  struct Offset {
    Timestamp ms = 0;
    Timestamp measured = 0;  ///< by the session's clock
    Steady::time_point steady;
    bool wild = false;
  };

  bool clock_was_set(Timestamp session) const;
  bool is_due(Timestamp session) const;
  void measure();

  std::string name_;
  bool wall_;
  std::function<Timestamp()> session_;
  Ask ask_;
  Log log_;
  std::mutex mutex_;
  std::optional<Offset> offset_;
  Steady::time_point failed_{};
  bool warned_ = false;
};

}  // namespace btk::host
