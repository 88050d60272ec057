// Indicators of btk.series: columns of values over a run's candles, one value per candle, computed once and read by
// index from scripts (lua/btk/series.lua).
//
// A column begins at a candle that is fixed when it is made (its anchor) and only grows at its end, so a value, once
// there, never changes: not when the history is extended backwards, not when live candles come, not when another
// isolate takes the run over. It holds exactly what btk.ta gives for the list of candles from the anchor to that
// candle, bit for bit: the same kernels compute both (lua/indicator_memory.h, lua/indicators.h). Candles without a
// value (warm-up, a division by zero) hold NaN. Columns may know candles that the run has not come to; the reader
// in Lua looks only at what is closed at the run's present moment.
//
// How LuaJIT reads it. The reader holds a pointer to a View, found once, and loads `values` and `rows` from it at every
// read. The struct is declared without const in the FFI: loads through const pointers are taken out of loops, and
// these two change whenever a column is extended. Debian's LuaJIT may also delay a load past a call that comes after
// it in the script; therefore a block of values that has become too small stays alive, unchanged, as long as the
// column, and rows that were written are never written again. Nothing is allocated by reading.
//
// A SeriesColumn is used by one thread at a time. Runs over the same candles may share it (lua/shared_columns.h): each has views of
// its own, so that what one reads is never what another one is writing.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <limits>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <tuple>
#include <utility>
#include <variant>
#include <vector>

#include "engine/candles.h"
#include "lua/indicator_memory.h"

namespace btk::lua {

/// What the FFI sees of one column of results; the same struct stands in lua/btk/series.lua.
struct SeriesView {
  double* values = nullptr;  ///< values[i] belongs to the candle at anchor + i * step
  std::int32_t rows = 0;
};

/// An indicator with its parameters, as a script declares it.
struct IndicatorSpec {
  std::string name;                     ///< as in btk.ta, or "value" for the source itself
  std::array<double, 3> parameters{};   ///< in the order of btk.ta
  std::string source = "close";         ///< of indicators of one column

  friend auto operator<=>(const IndicatorSpec&, const IndicatorSpec&) = default;
};

/// What can be said of it without candles.
struct IndicatorShape {
  int needs = 1;           ///< candles until there is a value
  int results = 1;
  bool remembers = false;  ///< depends on every candle since the anchor, not only on the last `needs`
};

/// Throws btk::Error when there is no such indicator, or with a parameter that it cannot have.
IndicatorShape shape_of(const IndicatorSpec& spec);

class SeriesColumn {
 public:
  static constexpr std::int32_t kBlock = 4096;  ///< rows that are computed at a time

  /// Throws as shape_of() does.
  SeriesColumn(const IndicatorSpec& spec, Timestamp anchor);

  const std::array<SeriesView, 3>& views() const { return views_; }
  /// Computes on until there are `rows` rows, and some more, as far as the candles of `series` go. It is the series
  /// of the run as it is now; it may have become longer at both ends.
  void extend(const CandleSeries& series, std::int64_t rows);

 private:
  using Call = std::int32_t (*)(const ta::Inputs&, std::int32_t count, const double* parameters, double* out,
                                std::int32_t stride);
  /// Depends on the last `need` candles only.
  struct Window {
    Call call;
    int need;
  };
  using Kernel = std::variant<Window, ta::AverageMemory, ta::DemaMemory, ta::TemaMemory, ta::RsiMemory, ta::MacdMemory,
                              ta::AdxMemory, ta::AtrMemory, ta::KeltnerMemory, ta::SupertrendMemory, ta::ObvMemory,
                              ta::WeightedPrice>;
  struct Made {
    Kernel kernel;
    IndicatorShape shape;
  };
  static Made make(const IndicatorSpec& spec);
  friend IndicatorShape shape_of(const IndicatorSpec& spec);

  void make_room(std::int64_t rows);
  void slide(const Window& window, const ta::Inputs& in, int from, int to);

  IndicatorSpec spec_;
  Timestamp anchor_;
  Made made_;
  std::array<SeriesView, 3> views_{};
  std::int64_t room_ = 0;
  std::vector<std::unique_ptr<double[]>> blocks_;  ///< those in use, and those that were outgrown
  std::vector<double> scratch_;
};

/// A column that runs on several threads may read.
class SharedColumn {
 public:
  /// Throws as shape_of() does.
  SharedColumn(const IndicatorSpec& spec, Timestamp anchor) : column_(spec, anchor) {}
  /// As SeriesColumn::extend(); the views of what is there then.
  std::array<SeriesView, 3> extend(const CandleSeries& series, std::int64_t rows);

 private:
  std::mutex mutex_;
  SeriesColumn column_;
};

/// A column as one run reads it: its views change only when that run asks for more.
struct BoundColumn {
  std::shared_ptr<SharedColumn> column;
  std::array<SeriesView, 3> views{};
};

/// The columns of one run.
class SeriesColumns {
 public:
  static constexpr std::size_t kMost = 1000;

  /// The column of these candles; `make` is asked for it when it is new. Throws btk::Error, also when there are too many.
  BoundColumn& column(const std::string& symbol, Interval interval, const IndicatorSpec& spec, Timestamp anchor,
                      const std::function<std::shared_ptr<SharedColumn>()>& make);

 private:
  using Key = std::tuple<std::string, Interval, IndicatorSpec, Timestamp>;
  std::map<Key, BoundColumn> columns_;
};

}  // namespace btk::lua
