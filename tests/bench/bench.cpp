// bench                 every part with ns per step and candles per second, then the table of goals
// bench --quick         the same in less than a minute
// bench --ratios        only the table (with --quick: the short one)
// Google Benchmark's own options work as well; with --benchmark_filter=REGEX only those parts, without the table.
#include <benchmark/benchmark.h>

#include <algorithm>
#include <cstring>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "engine_run.h"
#include "host/exchange/open.h"
#include "host/store/candle_store.h"
#include "plain_loop.h"
#include "product.h"
#include "ratios.h"
#include "tests/support/temp_folder.h"

namespace btk::bench {
namespace {

using benchmark::Counter;
using benchmark::State;

/// Adds candles/s and the time of one candle.
void per_candle(State& state, std::size_t candles) {
  const auto n = static_cast<double>(candles);
  state.counters["candles/s"] = Counter(n, Counter::kIsIterationInvariantRate);
  state.counters["s/candle"] = Counter(n, Counter::kIsIterationInvariantRate | Counter::kInvert);
}

template <class Work>
void add(const std::string& name, std::size_t candles, Work work) {
  benchmark::RegisterBenchmark(name.c_str(),
                               [=](State& state) {
                                 for (auto _ : state) work();
                                 if (candles > 0) per_candle(state, candles);
                               })
      ->Unit(benchmark::kMillisecond);
}

/// Only the run itself is timed, not the loading of the script.
void add_run(const std::string& name, const lua::ScriptOptions& options, std::size_t candles) {
  benchmark::RegisterBenchmark(name.c_str(),
                               [=](State& state) {
                                 for (auto _ : state) state.SetIterationTime(product_run(options).run);
                                 per_candle(state, candles);
                               })
      ->UseManualTime()
      ->Unit(benchmark::kMillisecond);
}

/// What the benchmarks share; lives until they have run.
struct Data {
  explicit Data(std::size_t minutes)
      : year(std::make_shared<const lua::LoadedCandles>(make_year(minutes))),
        source(std::make_shared<MemorySource>(year)),
        frames(year->series) {
    write_csv(year->series, folder / "BTCUSDT-1m-2023.csv");
    host::CandleStore(folder / "candles.sqlite", host::Database::Mode::create)
        .write({"year", "BTCUSDT", Interval::m1}, year->series);
  }
  std::shared_ptr<const lua::LoadedCandles> year;
  std::shared_ptr<lua::CandleSource> source;
  Timeframes frames;
  test::TempFolder folder;
};

void add_loads(const Data& data) {
  const CandleSeries& minutes = data.year->series;
  lua::ExchangeSchema schema;
  schema.exchange_name = "year";
  schema.base_dir = data.folder.path();
  for (const char* driver : {"csv", "sqlite"}) {
    schema.driver = driver;
    schema.path = schema.driver == "csv" ? "{symbol}-1m-*.csv" : (data.folder / "candles.sqlite").string();
    add(std::string("load/") + driver, minutes.size(), [schema, &minutes] {
      benchmark::DoNotOptimize(host::open_exchange(schema)->load("BTCUSDT", minutes.first(), minutes.end()));
    });
  }
}

void add_all(const Data& data) {
  const CandleSeries& minutes = data.year->series;
  const std::size_t n = minutes.size();
  add("plain C++/W1", n, [&] { benchmark::DoNotOptimize(plain_w1(minutes)); });
  add("plain C++/W2", n, [&] { benchmark::DoNotOptimize(plain_w2(data.frames)); });
  add("engine/noop", n, [&] { benchmark::DoNotOptimize(engine_noop(minutes)); });
  add("engine/W1 in C++", n, [&] { benchmark::DoNotOptimize(engine_w1(minutes)); });
  add("engine/every ping", n, [&] { benchmark::DoNotOptimize(engine_pings(minutes)); });
  for (const char* name : {"noop", "window", "view_reads", "w1", "w1_ta", "w1_series", "w2", "w2_series", "ping"}) {
    add_run(std::string("script/") + name, options_for(name, data.source), n);
  }
  for (const char* name : {"noop", "view_reads", "w1", "w2"}) {
    add_run(std::string("script unguarded/") + name, options_for(name, data.source, false), n);
  }
  add("isolate/state and sandbox", 0, [] { lua::Isolate isolate(lua::IsolateOptions{}); });
  const lua::ScriptOptions options = options_for("w1", data.source);
  add("isolate/with btk and a strategy", 0, [options] {
    lua::Script script(options, lua::Script::Role::worker, "BTCUSDT", "golden-cross");
    script.load();
  });
  add_loads(data);
}

/// Takes a word out of the command line; true when it was there.
bool take_option(std::vector<char*>& words, const char* option) {
  return std::erase_if(words, [&](const char* word) { return std::strcmp(word, option) == 0; }) > 0;
}

}  // namespace
}  // namespace btk::bench

int main(int argc, char** argv) {
  using namespace btk::bench;
  std::vector<char*> words(argv, argv + argc);
  const bool quick = take_option(words, "--quick"), only_ratios = take_option(words, "--ratios");
  const bool only_parts = std::ranges::any_of(words, [](const char* word) {
    return std::string_view(word).starts_with("--benchmark_filter");
  });
  if (!only_ratios) {
    std::string shorter = "--benchmark_min_time=0.1";
    if (quick) words.insert(words.begin() + 1, shorter.data());
    int count = static_cast<int>(words.size());
    benchmark::Initialize(&count, words.data());
    if (benchmark::ReportUnrecognizedArguments(count, words.data())) return 2;
    const Data data(kYear);
    add_all(data);
    benchmark::RunSpecifiedBenchmarks();
  }
  if (!only_parts) print_ratios(quick);
}
