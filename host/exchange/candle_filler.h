// What `btkhost cache warm` fills the candle store from.
#pragma once

#include <cstddef>
#include <functional>
#include <string>

#include "host/store/candle_store.h"

namespace btk::host {

class CandleFiller {
 public:
  virtual ~CandleFiller() = default;

  /// The series in the store.
  virtual SeriesKey key(const std::string& symbol, Interval interval) const = 0;
  virtual CandleStore& store() = 0;
  /// The present moment.
  virtual Timestamp session() const = 0;
  /// What runs over [from, to) cannot do without.
  virtual TimeRange needed(TimeRange range) const { return range; }
  /// How many symbols may be fetched side by side.
  virtual std::size_t at_once() const = 0;
  /// Fetches into the store what was never fetched of [from, to), as far as it is closed. `done` is told how far
  /// it has got: everything before that moment is in the store.
  virtual void complete(const std::string& symbol, Interval interval, Timestamp from, Timestamp to,
                        const std::function<void(Timestamp)>& done = {}) = 0;
};

}  // namespace btk::host
