#include "host/cli/cache_warm.h"

#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <thread>

#include "engine/error.h"

namespace btk::host {
namespace {

class Warming {
 public:
  Warming(const WarmPlan& plan, CandleFiller& source, Console& console, const std::function<bool()>& stopped)
      : plan_(plan), source_(source), console_(console), stopped_(stopped), progress_(console, plan.quiet) {}

  std::size_t run() {
    const std::size_t at_once = std::min(source_.at_once(), plan_.symbols.size());
    std::vector<std::thread> threads;
    for (std::size_t i = 1; i < at_once; ++i) threads.emplace_back([this] { work(); });
    work();
    for (std::thread& thread : threads) thread.join();
    return failed_.load();
  }

 private:
  void work() {
    for (std::size_t i = next_++; i < plan_.symbols.size(); i = next_++) {
      for (const Interval interval : plan_.intervals) {
        if (stopped_()) return;
        try {
          warm(plan_.symbols[i], interval);
        } catch (const Error& e) {
          if (stopped_()) return;
          console_.note(e.what());
          ++failed_;
        }
      }
    }
  }

  void say(const std::string& line) {
    if (!plan_.quiet) console_.note(line);
  }

  void warm(const std::string& symbol, Interval interval) {
    const SeriesKey key = source_.key(symbol, interval);
    const Timestamp step = length(interval);
    const Timestamp from = align(plan_.from, step);
    const Timestamp to = align(std::min(plan_.to, source_.session()), step);
    const std::string range = fmt::format("{} {} from {} to {}", symbol, to_string(interval), format_iso(from), format_iso(to));
    if (from >= to) throw Error(fmt::format("{}: no candle of it is closed yet", range));
    say("Checking candles cache for " + range);
    const TimeRange all = source_.needed({from, to});
    if (!source_.store().uncovered(key, all.from, all.to).empty()) {
      say("Caching candles for " + range);
      const std::string what = fmt::format("{} {}", symbol, to_string(interval));
      const auto count = [&](Timestamp t) { return static_cast<std::size_t>(std::max<Timestamp>(0, t - all.from) / step); };
      source_.complete(symbol, interval, all.from, all.to, [&](Timestamp done) { progress_.update(what, count(done), count(all.to)); });
    }
    report(key, from, to);
  }

  void report(const SeriesKey& key, Timestamp from, Timestamp to) {
    const lua::LoadedCandles loaded = source_.store().read(key, from, to);
    std::size_t missing = 0;
    for (const Gap& gap : loaded.gaps) missing += gap.candles;
    const std::size_t candles = loaded.series.size() - missing;
    if (candles == 0) {
      throw Error(fmt::format("{} has no candles of {} from {} to {}", key.exchange, key.symbol, format_iso(from), format_iso(to)));
    }
    std::string text = fmt::format("checkCandles: OK {} candles {} {}", candles, key.symbol, to_string(key.interval));
    if (missing > 0) text += fmt::format(" ({} that the exchange does not have)", missing);
    const auto open = source_.store().uncovered(key, from, to);
    if (!open.empty()) text += fmt::format("; from {} on they are not final yet", format_iso(open.front().from));
    console_.print(text + "\n");
  }

  const WarmPlan& plan_;
  CandleFiller& source_;
  Console& console_;
  const std::function<bool()>& stopped_;
  CacheProgress progress_;
  std::atomic<std::size_t> next_{0}, failed_{0};
};

}  // namespace

std::size_t warm_cache(const WarmPlan& plan, CandleFiller& source, Console& console,
                       const std::function<bool()>& stopped) {
  return Warming(plan, source, console, stopped).run();
}

}  // namespace btk::host
