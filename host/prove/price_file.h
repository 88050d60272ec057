// Does a file know prices? A script that reads files (--unsafe) may have the prices
// of tomorrow in one. Cutting off candles does not show that: the file stays. So a
// proof must cut the file, too, and for that find out which of its numbers belong to
// which candle.
//
// No format is assumed: the numbers of a text, column by column, are compared with
// the candles that the run saw. Seventeen in a row that move as the candles do
// (as prices at any scale, logarithms of them, or returns, one per minute or per any
// usual interval, within the digits that they have) are taken for those candles,
// and so is what follows. The times that stand beside them do not matter: a price
// under a wrong date is found all the same. Chance does not do that: minutes of
// real markets do not repeat seventeen steps.
//
// Numbers that follow no candles (settings, calendars) stay as they are.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "host/prove/other_future.h"

namespace btk::host {

class PriceFile {
 public:
  PriceFile(std::string_view text, const KnownCandles& candles);

  /// Numbers that are taken for candles of `symbol()`.
  std::size_t matched() const { return marks_.size(); }
  const std::string& symbol() const { return symbol_; }
  bool is(std::string_view text) const { return text == text_; }

  /// The text as it would stand in that future: what belongs to candles before its moment is untouched.
  std::string seen_in(OtherFuture& future) const;

 private:
  enum class Meaning { price, log_price, yield, percent_yield };
  struct Number {
    std::size_t begin = 0, length = 0;
    int decimals = 0;
    double value = 0;
  };
  struct Mark {
    Number number;
    Meaning meaning;
    Timestamp time, before;  ///< open times of the candle at whose close it is known, and of the one that a yield starts from
  };
  struct Reference;

  static std::vector<Number> numbers_of(std::string_view text, std::vector<std::size_t>& per_line);
  void match(const std::vector<Number>& column, const std::vector<Reference>& references, const std::string& symbol);

  std::string text_, symbol_;
  std::vector<Mark> marks_;  ///< in the order of the text
};

}  // namespace btk::host
