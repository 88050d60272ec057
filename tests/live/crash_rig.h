// A live session that is killed and started again and again, and what must be true of it whenever it rests: the
// exchange and the engine tell the same story.
#pragma once

#include <memory>
#include <random>

#include "host/journal/journal.h"
#include "tests/live/kit.h"

namespace btk::test {

class CrashRig {
 public:
  /// `stops`: the broker leaves protective stops at the exchange.
  CrashRig(std::uint64_t seed, bool stops);
  /// BTK_KEEP=FOLDER keeps all files there, to be looked at.
  ~CrashRig();
  CrashRig(const CrashRig&) = delete;
  CrashRig& operator=(const CrashRig&) = delete;

  // Ways to die. Each starts the program and comes back when it is dead.
  /// While it loads, or after some minutes of trading.
  void kill_some_time();
  /// At the n-th point at which the journal writes.
  void kill_at_journal(int n);
  /// Between the sending of an order and its answer. slow: the order is carried out when nobody waits for it any
  /// more, and perhaps after the next start; drop_after: it was, and the answer is lost.
  void kill_at_order(const std::string& fault);
  /// No file may become longer than this; the program must end by itself, well before it sends what it could not write.
  void run_out_of_disk(std::uint64_t bytes);
  /// The store may be read and not written: it does not begin.
  void run_read_only();
  /// Half an hour passes, or less, while the program is down. Not while a limit order waits: if it is filled then,
  /// traders that catch up do not meet in the same minute any more, and who was first cannot be told from the log.
  void sleep_over();

  /// Starts it, lets it trade a few minutes and leave by itself; then `audit`.
  void rest();
  /// The replay decides the same.
  void replay() const;

  std::size_t orders_sent() const { return exchange_.get("/admin/orders").size(); }
  std::string said() const { return read_text(folder_ / "err"); }

 private:
  std::unique_ptr<Process> start(const Words& more = {}, std::map<std::string, std::string> environment = {},
                                 std::function<void()> before = {});
  void refused(Process& program);
  void kill(Process& program);
  void audit();
  int random(int from, int to) { return std::uniform_int_distribution(from, to)(random_); }

  TempFolder folder_;
  std::mt19937_64 random_;
  bool stops_;
  Exchange exchange_;
};

/// What a journal knows about one trader at rest.
struct EngineView {
  host::TraderKey key;
  std::optional<host::SavedTrader> saved;
  std::vector<FinishedSignal> finished;
  std::string decisions;
  std::vector<Candle> candles;
};

/// All orders of a spot account that did something, against what the engine believes; and the decision log by itself.
void check_books(const std::vector<EngineView>& traders, const Json& book);
void check_decisions(const EngineView& trader);
/// Orders that nobody would know of after a crash.
void check_all_known(const std::vector<EngineView>& traders, const Json& book);
/// Never more than one position over all traders.
void check_limit_of_one(const std::vector<EngineView>& traders);

}  // namespace btk::test
