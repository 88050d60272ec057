// A user who gives any command with any number at any moment: the books stay sound,
// and neither listening nor the size of the steps changes a decision.
#include <catch2/catch.hpp>
#include <set>

#include "tests/engine/random_run.h"

using namespace btk;
using namespace btk::test;

namespace {

constexpr int kCandles = 160;
constexpr std::uint32_t kEverything = ~0u;

// Moments are compared by price. While one purchase is all there is, that orders the results too; partial
// closes and further purchases change what a price is worth. (Without fees a flat trade's result is not
// exactly zero.)
bool moments_in_order(const Signal& s) {
  if (s.entries.size() > 1 || !s.partials.empty()) return true;
  return s.fall.pnl.pnl_percentage <= s.peak.pnl.pnl_percentage + 1e-12 * s.multiplier;
}

// Looks at a run while it goes on; the first thing that is wrong is kept.
class Watch {
 public:
  Watch(const RandomCase& c, const Trader& trader, const RiskBook& book)
      : leaks_allowed_(c.config.risk_reference_reservations), trader_(trader), book_(book) {}

  const std::string& fault() const { return fault_; }
  void expect(bool holds, const char* what) {
    if (!holds && fault_.empty()) fault_ = what;
  }

  void row() {
    const Signal* p = trader_.pending();
    if (!p) return;
    const double closed = closed_percent(*p), total = invested(*p);
    expect(closed >= 0 && closed <= 100 + 1e-6, "the closed share is within 0 and 100 percent");
    expect(p->pending_at != opened_ || total >= invested_, "what was invested never shrinks");
    expect(remaining_basis(*p) >= 0, "what is left is not negative");
    expect(p->peak.pnl.pnl_percentage >= 0, "the best moment is not below zero");
    expect(moments_in_order(*p), "the worst moment is not above the best");
    opened_ = p->pending_at;
    invested_ = total;
  }

  void event(const Event& e) {
    const bool ends = e.action == Action::closed || e.action == Action::cancelled;
    if (e.signal && e.signal->id.size() == 36) {  // made by the engine, so never used again
      const std::string& id = e.signal->id;
      const bool part_of_end = ends || e.kind == EventKind::commit;
      expect(!ended_.contains(id) || part_of_end, "no event after the end of its signal");
      if ((e.kind == EventKind::position || e.kind == EventKind::order) && ends) {
        expect(ended_.insert(id).second, "a signal ends once");
      }
    }
    if (e.kind == EventKind::idle_ping || (e.kind == EventKind::position && ends)) {
      expect(leaks_allowed_ || book_.empty(), "nothing is reserved while nothing is held");
    }
  }

 private:
  bool leaks_allowed_;
  const Trader& trader_;
  const RiskBook& book_;
  std::string fault_;
  Timestamp opened_ = 0;
  double invested_ = 0;
  std::set<std::string> ended_;
};

struct Outcome {
  std::string hash, text, fault;
  std::vector<Decision> lines;
  std::vector<FinishedSignal> finished;
  bool data_ended = false;
  std::int64_t calls = 0, pings = 0, waits = 0, warmups = 0;
  bool books_empty = false;
};

// Commands are given at events of the kinds in `commanded`; `sliced` advances by the half minute.
Outcome run(const RandomCase& c, const CandleSeries& candles, std::uint32_t commanded, std::uint32_t heard,
            bool sliced) {
  RiskBook book;
  Trader trader(c.setup, c.config, candles, book);
  trader.listen(heard);
  RandomUser user(c);
  Watch watch(c, trader, book);
  WorkKey horizon{c.setup.frame_start, 0};
  if (sliced) trader.set_horizon(horizon);
  for (Ask ask = trader.advance(); ask != Ask::done; ask = trader.advance()) {
    switch (ask) {
      case Ask::signal_due:
        user.strategy(trader);
        break;
      case Ask::risk_check:
        user.risk(trader);
        break;
      case Ask::event: {
        const Event e = trader.event();
        watch.event(e);
        if (commanded >> static_cast<unsigned>(e.kind) & 1) user.event(e, trader);
        break;
      }
      case Ask::horizon:
        watch.expect(trader.next_work() && *trader.next_work() > horizon,
                     "a trader stops only at its horizon");
        horizon = horizon.stage == 0 ? WorkKey{horizon.minute, 1} : WorkKey{horizon.minute + kMinute, 0};
        trader.set_horizon(horizon);
        break;
      case Ask::order:
        watch.expect(false, "a back-test asks no exchange");
        break;
      case Ask::done:
        break;
    }
    watch.row();
  }
  return {trader.decisions().hash(), trader.decisions().text(), watch.fault(),         decisions(trader),
          trader.finished(),         trader.data_ended(),       trader.signal_calls(), trader.active_pings(),
          trader.schedule_pings(),   trader.warmup_ticks(),     book.empty()};
}

// What is wrong with the order of the decisions; empty when nothing is.
std::string broken_order(const std::vector<Decision>& lines) {
  enum { flat, waiting, open } state = flat;
  Timestamp time = 0;
  for (const Decision& d : lines) {
    if (d.time < time) return "time runs backwards: " + d.line;
    time = d.time;
    const auto must = [&](bool holds) { return holds ? std::string() : "out of order: " + d.line; };
    std::string wrong;
    if (d.kind == "scheduled") {
      wrong = must(state == flat);
      state = waiting;
    } else if (d.kind == "opened") {
      wrong = must(state != open);
      state = open;
    } else if (d.kind == "closed") {
      wrong = must(state == open);
      state = flat;
    } else if (d.kind == "cancelled") {
      wrong = must(state == waiting);
      state = flat;
    } else if (d.kind == "commit") {
      wrong = must(d.has("action=cancel-scheduled")
                       ? state == flat
                       : state == (d.has("action=activate-scheduled") ? waiting : open));
    } else if (d.kind != "refused" && d.kind != "risk-rejection") {
      wrong = must(state == open);
    }
    if (!wrong.empty()) return wrong;
  }
  return state == flat ? "" : "something is open at the end";
}

std::size_t count(const std::vector<Decision>& lines, const std::string& kind) {
  return static_cast<std::size_t>(
      std::count_if(lines.begin(), lines.end(), [&](const Decision& d) { return d.kind == kind; }));
}

void check_finished(const RandomCase& c, const Outcome& o) {
  const Costs costs(c.config);
  for (const FinishedSignal& f : o.finished) {
    const Signal& s = f.signal;
    if (f.action == Action::cancelled) {
      REQUIRE(s.pending_at == 0);
      continue;
    }
    REQUIRE(f.close_timestamp >= s.pending_at);
    REQUIRE(s.peak.pnl.pnl_percentage >= 0);
    REQUIRE(moments_in_order(s));
    REQUIRE(std::isfinite(f.pnl.pnl_percentage));
    REQUIRE(std::isfinite(f.pnl.pnl_cost));
    // A trailing shift may put a level below zero, where no market reaches it but a reported fill can close.
    if (f.current_price > 0) REQUIRE((f.fees >= 0 && std::isfinite(f.fees)));
    if (!c.absurd && closed_percent(s) >= 100 - 1e-7) {
      const double here = f.pnl.pnl_percentage, margin = 1e-6 * s.multiplier;
      REQUIRE(pnl_at(s, f.current_price * 2, costs).pnl_percentage == Approx(here).margin(margin));
      REQUIRE(pnl_at(s, f.current_price / 2, costs).pnl_percentage == Approx(here).margin(margin));
    }
  }
}

}  // namespace

TEST_CASE("whatever a user commands, the books stay sound") {
  std::size_t closed = 0, cancelled = 0, commits = 0, full = 0;
  for (std::uint64_t seed = 1; seed <= 3000; ++seed) {
    INFO("seed " << seed);
    const RandomCase c(seed, kCandles);
    const CandleSeries candles = random_market(seed, kCandles);
    const auto commanded = static_cast<std::uint32_t>(Dice(seed, 5).next() & Dice(seed, 6).next());
    const std::uint32_t pings = 1u << static_cast<unsigned>(EventKind::active_ping) |
                                1u << static_cast<unsigned>(EventKind::schedule_ping);
    const std::uint32_t kinds = commanded | pings;

    const Outcome all = run(c, candles, kinds, kEverything, false);
    REQUIRE(all.fault == "");
    REQUIRE(broken_order(all.lines) == "");
    REQUIRE((all.books_empty || c.config.risk_reference_reservations));
    REQUIRE(count(all.lines, "closed") + count(all.lines, "cancelled") == all.finished.size());
    check_finished(c, all);

    for (const Outcome& o : {run(c, candles, kinds, kinds, false), run(c, candles, kinds, kEverything, true),
                             run(c, candles, kinds, kinds, true)}) {
      REQUIRE(o.fault == "");
      REQUIRE(o.text == all.text);
      REQUIRE(o.hash == all.hash);
      REQUIRE(o.data_ended == all.data_ended);
      REQUIRE(std::tie(o.calls, o.pings, o.waits, o.warmups) ==
              std::tie(all.calls, all.pings, all.waits, all.warmups));
    }
    closed += count(all.lines, "closed");
    cancelled += count(all.lines, "cancelled");
    commits += count(all.lines, "commit");
    for (const FinishedSignal& f : all.finished) full += closed_percent(f.signal) > 99.999;
  }
  // The fuzzer reaches what it is about.
  CHECK(closed > 5000);
  CHECK(cancelled > 1000);
  CHECK(commits > 10'000);
  CHECK(full > 100);
}

TEST_CASE("without commands nobody needs to listen for the decisions to be the same") {
  for (std::uint64_t seed = 1; seed <= 500; ++seed) {
    INFO("seed " << seed);
    const RandomCase c(seed, kCandles);
    const CandleSeries candles = random_market(seed, kCandles);
    const Outcome all = run(c, candles, 0, kEverything, false);
    const Outcome none = run(c, candles, 0, 0, false);
    const Outcome sliced = run(c, candles, 0, 0, true);
    REQUIRE(none.text == all.text);
    REQUIRE(sliced.text == all.text);
    REQUIRE(none.data_ended == all.data_ended);
    REQUIRE(sliced.data_ended == all.data_ended);
    REQUIRE(none.calls == all.calls);
  }
}
