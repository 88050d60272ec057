// A paper session played in parts: time runs to a moment and stands there until every trader waits, so that what a test
// does in between (signals, faults, another script) always happens at the same point of the session.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "engine/candles.h"
#include "host/journal/journal.h"
#include "tests/live/kit.h"

namespace btk::test {

/// What a program that has ended left behind.
struct Result {
  int code = -1;
  std::string out, err;
};

class Play {
 public:
  /// `market`: the server's candles ("--candles", "BTCUSDT=FILE"); time begins at `start`. The traders of `symbols` are
  /// waited for.
  Play(const Words& market, const std::string& start, std::vector<std::string> symbols);

  const std::filesystem::path& folder() const { return folder_.path(); }
  /// Written into the folder; the scripts of start() and run() by name.
  void write(const std::string& file, const std::string& text) const;
  Exchange& exchange() { return *exchange_; }

  /// From the next start on these symbols.
  void trade(std::vector<std::string> symbols) { symbols_ = std::move(symbols); }
  /// btkhost paper with these scripts and further words, until every trader waits. With `wait` false it comes back at once.
  void start(const Words& words, bool wait = true);
  /// Time runs to this moment.
  void go_to(const std::string& moment) { go_to(*parse_date(moment)); }
  void go_to(Timestamp moment);
  Process& process() { return *process_; }
  /// Ends the session with a signal and returns its exit code; -1: it was killed.
  int end(int signal);
  /// btkhost replay of the session; with words beside it.
  Result replay(const Words& words = {});
  /// Any other command of btkhost in the folder, with this standard output and error.
  Result run(const Words& words);
  /// Standard error (of all starts) and output (of the last) of the session.
  std::string err() const { return read_text(folder_ / "paper.err"); }
  std::string out() const { return read_text(folder_ / "paper.out"); }

  // From the journal, after the session.
  std::string decisions(const std::string& symbol);
  std::vector<Candle> candles(const std::string& symbol);
  std::filesystem::path database() const { return folder_ / "dump" / "data" / "paper.sqlite"; }

 private:
  bool all_wait(Timestamp moment) const;
  template <typename Read>
  auto from_journal(const std::string& symbol, Read read);

  TempFolder folder_;
  std::vector<std::string> symbols_;
  std::optional<Exchange> exchange_;
  std::optional<Process> process_;
};

/// A made-up market that a file holds: `minutes` candles from `start`, prices of two decimals.
std::vector<Candle> write_market(const std::filesystem::path& file, const std::string& start, int minutes, unsigned seed);

/// True in the long mode (BTK_LONG=1).
bool long_mode();

}  // namespace btk::test
