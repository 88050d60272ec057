#include "ratios.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/mman.h>
#include <unistd.h>

#include <charconv>
#include <functional>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "engine_run.h"
#include "host/exchange/open.h"
#include "host/store/candle_store.h"
#include "measure.h"
#include "plain_loop.h"
#include "process.h"
#include "product.h"
#include "ratio_rows.h"
#include "sweep_ratios.h"
#include "tests/support/temp_folder.h"
#include "yardsticks.h"

namespace btk::bench {
namespace {

namespace fs = std::filesystem;

/// Both in turn, so that whatever else the machine does meets both; the median of each.
struct Pair {
  double plain = 0, product = 0;
  double ratio() const { return product / plain; }
};

Pair compare(int repeats, const std::function<void()>& plain, const std::function<double()>& product) {
  std::vector<double> a, b;
  for (int i = 0; i < repeats; ++i) {
    Stopwatch watch;
    plain();
    a.push_back(watch.lap());
    b.push_back(product());
  }
  return {middle(a), middle(b)};
}

std::shared_ptr<lua::CandleSource> source_of(const std::shared_ptr<const lua::LoadedCandles>& year) {
  return std::make_shared<MemorySource>(year);
}

// ---- Loading ---------------------------------------------------------------------

/// The least that reading such a file takes: a memory map and std::from_chars.
void bare_csv_load(const fs::path& file) {
  const int fd = open(file.c_str(), O_RDONLY | O_CLOEXEC);
  const auto size = static_cast<std::size_t>(fs::file_size(file));
  void* map = mmap(nullptr, size, PROT_READ, MAP_PRIVATE, fd, 0);
  const char* p = static_cast<const char*>(map);
  const char* end = p + size;
  while (*p++ != '\n') continue;
  CandleSeries series(Interval::m1, 0);
  series.reserve(size / 55);
  while (p < end) {
    std::int64_t time = 0;
    p = std::from_chars(p, end, time).ptr + 1;
    double v[5];
    for (double& value : v) p = std::from_chars(p, end, value).ptr + 1;
    series.push(v[0], v[1], v[2], v[3], v[4]);
  }
  munmap(map, size);
  close(fd);
}

void load_rows(const CandleSeries& minutes, const test::TempFolder& folder, int repeats) {
  const fs::path csv = folder / "BTCUSDT-1m-2023.csv", store = folder / "candles.sqlite";
  host::CandleStore(store, host::Database::Mode::create).write({"year", "BTCUSDT", Interval::m1}, minutes);
  lua::ExchangeSchema schema;
  schema.exchange_name = "year";
  schema.driver = "csv";
  schema.base_dir = folder.path();
  schema.path = "{symbol}-1m-*.csv";
  const auto load = [&] {
    Stopwatch watch;
    host::open_exchange(schema)->load("BTCUSDT", minutes.first(), minutes.end());
    return watch.lap();
  };
  const Pair files = compare(repeats, [&] { bare_csv_load(csv); }, load);
  row("CSV load / mmap + from_chars", "<= 1.5x", "", times(files.ratio()));
  schema.driver = "sqlite";
  schema.path = store;
  const double cached = cpu_median(repeats, load);
  row("candle store load / CSV load", "<= 0.1x", "", times(cached / files.product));
}

// ---- Memory ------------------------------------------------------------------------

void memory_rows(const lua::ScriptOptions& options, bool quick) {
  const int early = quick ? 10 : 50, late = quick ? 40 : 200;
  double first = 0;
  for (int i = 1; i <= late; ++i) {
    product_run(options);
    if (i == early) first = resident_mb();
  }
  row(fmt::format("memory after run {} less after run {}", late, early), "< 2 MB", "",
      fmt::format("{:.2f} MB", resident_mb() - first));
}

// ---- Processes -----------------------------------------------------------------------

double process_median(int repeats, const std::vector<std::string>& command, const fs::path& folder) {
  std::vector<double> cpu;
  for (int i = 0; i < repeats; ++i) cpu.push_back(run_process(command, folder).cpu);
  return middle(cpu);
}

void process_rows(const test::TempFolder& folder, const Yardsticks& y, int repeats) {
  const auto program = product_program();
  if (!program) {
    row("btkhost is not built: no process is measured", "", "", "");
    return;
  }
  const auto copy = [&](const std::string& name) {
    fs::copy_file(strategy(name), folder / (name + ".lua"), fs::copy_options::overwrite_existing);
    return (folder / (name + ".lua")).string();
  };
  const std::vector<std::string> run = {program->string(), "run", copy("w1")};
  row("btkhost --version (CPU)", "<= 10 ms", "",
      ms(process_median(4 * repeats, {program->string(), "--version"}, folder.path())));
  row("btkhost check: a run without candles (CPU)", "<= 30 ms", "",
      ms(process_median(4 * repeats, {program->string(), "check", copy("noop")}, folder.path())));
  const ProcessResult once = run_process(run, folder.path());
  const double whole = process_median(repeats, run, folder.path());
  if (y.node_w1_process) row("W1 whole process from CSV / plain Node loop (CPU)", "<= 1x", "", times(whole / *y.node_w1_process));
  if (y.lua_w1_process) row("W1 whole process from CSV / plain LuaJIT (CPU)", "", "", times(whole / *y.lua_w1_process));
  row("W1 whole process from CSV (CPU)", "", "", ms(whole));
  row("peak memory of it less 30 MB, per candle", "<= 64 B", "",
      fmt::format("{:.0f} B", (once.peak_mb - 30) * 1024 * 1024 / static_cast<double>(kYear)));
}

// ---- Stopping a runaway script ---------------------------------------------------------

double stop_latency(const lua::ScriptOptions& options) {
  lua::Script main(options, lua::Script::Role::main);
  main.load();
  const lua::PlannedRun planned = main.plan().front();
  lua::Script script(options, lua::Script::Role::worker, planned.symbol, planned.strategy_name);
  script.load();
  script.begin(planned, std::make_shared<RiskBook>());
  double asked = 0;
  std::jthread stopper([&](const std::stop_token& ended) {
    std::this_thread::sleep_for(std::chrono::milliseconds(60));
    asked = wall_seconds();
    while (!ended.stop_requested()) {
      script.isolate().interrupt();
      std::this_thread::sleep_for(std::chrono::milliseconds(2));
    }
  });
  try {
    script.advance({std::numeric_limits<Timestamp>::max(), 1});
  } catch (const lua::ScriptFailure&) {  // what was asked for
  }
  const double ended = wall_seconds();
  stopper.request_stop();
  stopper.join();
  return ended - asked;
}

}  // namespace

void print_ratios(bool quick) {
  const int repeats = quick ? 5 : 15;
  const auto year = std::make_shared<const lua::LoadedCandles>(make_year());
  const CandleSeries& minutes = year->series;
  const auto source = source_of(year);
  const Timeframes frames(minutes);
  const test::TempFolder folder;
  write_csv(minutes, folder / "BTCUSDT-1m-2023.csv");
  const Yardsticks y = run_yardsticks(fs::path(BTK_BENCH_WORK), quick);

  heading("medians, CPU time unless it says wall");
  // First: a new process counts the memory of this one as its own, and the time to copy the tables of it.
  process_rows(folder, y, quick ? 3 : 7);
  const auto w1 = [&] { plain_w1(minutes); };
  const auto product = [&](const char* name, bool guarded) {
    const lua::ScriptOptions options = options_for(name, source, guarded);
    return [options] { return product_run(options).run; };
  };
  const Pair run = compare(repeats, w1, product("w1", true));
  row("W1 run, closes added up in Lua / plain C++ loop", "<= 6x", "3x", times(run.ratio()));
  row("  a script that cannot be stopped", "", "", times(compare(repeats, w1, product("w1", false)).ratio()));
  row("  with btk.ta.sma", "<= 6x", "3x", times(compare(repeats, w1, product("w1_ta", true)).ratio()));
  row("  with btk.series", "<= 6x", "3x", times(compare(repeats, w1, product("w1_series", true)).ratio()));
  const Pair engine = compare(repeats, w1, [&] {
    Stopwatch watch;
    engine_w1(minutes);
    return watch.lap();
  });
  row("  engine with the rule in C++", "", "", times(engine.ratio()));
  if (y.lua_w1) row("W1 run / plain LuaJIT script", "", "", times(run.product / *y.lua_w1));
  if (y.cpp_w1) row("W1 run / hot.cpp window sums, asked every minute", "", "", times(run.product / *y.cpp_w1));
  const Pair second = compare(repeats, [&] { plain_w2(frames); }, product("w2", true));
  row("W2 run, candle lists / plain C++ loop", "<= 4x", "2x", times(second.ratio()));
  row("  with btk.series", "<= 4x", "2x", times(compare(repeats, [&] { plain_w2(frames); }, product("w2_series", true)).ratio()));
  if (y.cpp_w2) row("W2 run / w2w3.cpp windows", "<= 4x", "2x", times(second.product / *y.cpp_w2));
  sweep_rows(minutes, source, y, quick);
  load_rows(minutes, folder, repeats);
  memory_rows(options_for("w1", source), quick);
  const lua::ScriptOptions stuck = options_for("runaway", source);
  std::vector<double> stops;
  for (int i = 0; i < (quick ? 5 : 21); ++i) stops.push_back(stop_latency(stuck));
  row("runaway script stopped after (wall, median)", "<= 100 ms", "", ms(middle(stops)));
  row("  the slowest", "<= 100 ms", "", ms(*std::max_element(stops.begin(), stops.end())));
}

}  // namespace btk::bench
