// The one-minute candles of one symbol as a run holds them, with what was put
// together from them. Scripts keep candle lists that point into these columns, so
// no column ever moves or goes away while its isolate lives: a series that has to
// move is copied, and the old one goes to the isolate's KeptSeries.
//
// In a back-test the candles are those of the source, shared by all who read
// them. In a live run they are a copy of its own that grows at its end.
#pragma once

#include <cstddef>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "engine/candles.h"
#include "lua/candle_source.h"

namespace btk::lua {

class SharedColumns;

/// What candle lists of one isolate may point into although its run has gone on with other columns.
struct KeptSeries {
  std::vector<std::shared_ptr<const void>> all;
};

class HeldCandles {
 public:
  /// `growing`: takes a copy that append() can make longer. `shared`: where longer candles are, of candles that do not grow.
  HeldCandles(std::shared_ptr<const LoadedCandles> loaded, std::shared_ptr<KeptSeries> kept, bool growing = false,
              std::shared_ptr<SharedColumns> shared = {});

  const LoadedCandles& loaded() const { return *loaded_; }
  /// Back-tests: the candles, for whoever outlives the run.
  std::shared_ptr<const LoadedCandles> share() const { return loaded_; }
  const CandleSeries& minutes() const { return loaded_->series; }
  /// Longer candles are put together when they are first asked for, and then only their new part.
  const CandleSeries& series(Interval interval);

  /// Goes on with other candles, which hold the present ones.
  void replace(std::shared_ptr<const LoadedCandles> other);
  /// Puts earlier candles that end where these begin in front; a gap between is filled. False: nothing is earlier.
  bool prepend(const LoadedCandles& earlier);
  /// Adds candles behind the end; those before it are left out. Holes are filled with flat candles or are an
  /// error, as `gaps` says. Throws btk::Error and changes nothing when a candle is not sound.
  void append(std::span<const Candle> candles, GapPolicy gaps);

  /// The run moves to another isolate: what lists of the old one point into stays with that isolate.
  void hand_over(std::shared_ptr<KeptSeries> to);

 private:
  void make_room(std::size_t more);
  void keep(std::shared_ptr<const void> series) { kept_->all.push_back(std::move(series)); }

  std::shared_ptr<const LoadedCandles> loaded_;
  std::shared_ptr<LoadedCandles> mine_;  ///< the same object when it can grow
  std::size_t capacity_ = 0;             ///< of mine_
  struct Growing {
    std::shared_ptr<CandleSeries> series;
    std::size_t capacity = 0;
  };
  const CandleSeries& grown(Interval interval);

  std::map<Interval, std::shared_ptr<const CandleSeries>> longer_;  ///< of candles that do not grow
  std::map<Interval, Growing> growing_;
  std::shared_ptr<KeptSeries> kept_;
  std::shared_ptr<SharedColumns> shared_;
};

/// The candles of `loaded` with open times in [from, to), in the same memory.
std::shared_ptr<const LoadedCandles> part(const LoadedCandles& loaded, Timestamp from, Timestamp to);

}  // namespace btk::lua
