#include <catch2/catch.hpp>

#include <map>

#include "host/cli/param_sweep.h"
#include "host/ledger/candles_hash.h"
#include "host/sweep/sweep_report.h"
#include "tests/support/temp_folder.h"

using namespace btk;
using namespace btk::host;
using Catch::Matchers::Contains;
using btk::test::TempFolder;

namespace {

constexpr Timestamp kStart = 1704067200000;  // 2024-01-01 00:00

// A day and a half of a wave: 100 to 106 and back in four hours.
class Wave : public lua::CandleSource {
 public:
  Wave() {
    auto loaded = std::make_shared<lua::LoadedCandles>();
    loaded->series = CandleSeries(Interval::m1, kStart - 12 * 60 * kMinute);
    for (int m = -12 * 60; m < 30 * 60; ++m) {
      const double first = at(m), last = at(m + 1);
      loaded->series.push(first, std::max(first, last), std::min(first, last), last, 10);
    }
    candles = std::move(loaded);
  }
  std::shared_ptr<const lua::LoadedCandles> load(const std::string&, Timestamp, Timestamp) override { return candles; }
  std::shared_ptr<const lua::LoadedCandles> candles;

 private:
  static double at(int minute) {
    const int phase = ((minute % 240) + 240) % 240;
    return 100 + 0.05 * (phase <= 120 ? phase : 240 - phase);
  }
};

// Buys or sells once in a wave, at a phase, for a while: the best is to buy at its foot and to hold for half of it.
const std::string kPlanted = R"(
local btk = require "btk"
btk.add_exchange { exchange_name = "wave", driver = "synthetic" }
btk.add_frame { frame_name = "day", interval = "1m", start_date = "2024-01-01", end_date = "2024-01-01" }
btk.add_strategy { strategy_name = "planted", interval = "5m",
  params = { phase = { 0, 230, step = 10 }, life = { 10, 120, step = 10 }, side = { "short", "long" } },
  get_signal = function(symbol, when, price)
    local p = btk.params
    if when / 60000 % 240 ~= p.phase then return nil end
    local way = p.side == "long" and 1 or -1
    return { position = p.side, price_take_profit = price * (1 + way * 0.15), price_stop_loss = price * (1 - way * 0.15),
             minute_estimated_time = p.life }
  end }
)";

struct Bench {
  TempFolder folder;
  std::FILE* sink = std::tmpfile();
  Console console{sink, sink};
  Interrupt interrupt{console};
  lua::ScriptOptions options;
  std::shared_ptr<Wave> source = std::make_shared<Wave>();
  std::vector<ParamAxis> axes;

  explicit Bench(const std::string& script) {
    options.files = {folder.write("s.lua", script)};
    options.symbols = {"X"};
    options.guarded = false;
    options.open_exchange = [this](const lua::ExchangeSchema&) { return source; };
    options.print = [](std::string_view) {};
    options.log = [](std::string_view, std::string_view) {};
    lua::Script main(options, lua::Script::Role::main);
    main.load();
    ground.symbols = main.plan();
    ground.script = &options;
    ground.key.strategy_name = ground.symbols.front().strategy_name;
    axes = main.params(ground.key.strategy_name).axes;
    space = std::make_unique<ParamSpace>(axes);
  }

  ParamSweepResult run(SearchKind kind, std::uint64_t trials, unsigned threads, const std::string& ledger) {
    Ledger file(folder / ledger);
    ParamSearch search(*space, kind, trials, 1);
    ParamSweepResult result{.space = *space, .strategy_name = ground.key.strategy_name, .exchange_name = "wave", .frame_name = "day",
                            .symbols = {"X"}, .from = kStart, .to = kStart + kDay - kMinute, .search = kind, .wanted = search.total(),
                            .seed = 1, .metric = "total_pnl", .family = {}, .trials = {}, .failures = {}};
    ParamSweep sweep(ground, file, interrupt, threads);
    sweep.run(search, result, [](const PoolProgress&) {});
    made = sweep.made();
    known = sweep.known();
    return result;
  }

  SweepGround ground;
  std::unique_ptr<ParamSpace> space;
  std::size_t made = 0, known = 0;
};

}  // namespace

TEST_CASE("tpe finds the best of a planted market more often than random search in as many trials", "[sweep]") {
  Bench bench(kPlanted);
  const ParamSweepResult grid = bench.run(SearchKind::grid, 0, 2, "grid.sqlite");
  REQUIRE(grid.trials.size() == 576);
  const std::vector<SweepRow> rows = sweep_rows(grid);
  CHECK(point_text(*bench.space, rows.front().tried->point).find("side=long") != std::string::npos);
  std::map<std::uint64_t, double> value;
  for (const SweepRow& row : rows) value[row.tried->point] = row.metric_value.value_or(-1000);
  const auto finds = [&](SearchKind kind, std::uint64_t seed) {
    ParamSearch search(*bench.space, kind, 60, seed);
    bool found = false;
    while (true) {
      const auto points = search.next(100);
      if (points.empty()) return found;
      for (const std::uint64_t p : points) {
        search.tell(p, value.at(p));
        found = found || value.at(p) == *rows.front().metric_value;
      }
    }
  };
  int tpe = 0, random = 0;
  for (std::uint64_t seed = 1; seed <= 100; ++seed) {
    tpe += finds(SearchKind::tpe, seed);
    random += finds(SearchKind::random, seed);
  }
  CAPTURE(tpe, random);
  CHECK(tpe >= random + 20);
}

TEST_CASE("a sweep takes from the ledger what is there, and comes to the same", "[sweep]") {
  Bench bench(kPlanted);
  const auto text = [&](const ParamSweepResult& r) { return sweep_document(r, std::nullopt).dump(); };
  const std::string whole = text(bench.run(SearchKind::tpe, 30, 1, "a.sqlite"));
  CHECK(bench.made == 30);
  bench.run(SearchKind::tpe, 20, 2, "b.sqlite");  // as far as another one came
  CHECK(text(bench.run(SearchKind::tpe, 30, 2, "b.sqlite")) == whole);
  CHECK(bench.known == 20);
  CHECK(bench.made == 10);
  const auto trials = Ledger(bench.folder / "b.sqlite").trials("", "planted");
  CHECK(trials.size() == 30);
}

TEST_CASE("a point whose run cannot be made is told, and is tried again the next time", "[sweep]") {
  Bench bench(R"(
    local btk = require "btk"
    btk.add_exchange { exchange_name = "wave", driver = "synthetic" }
    btk.add_frame { frame_name = "day", start_date = "2024-01-01", end_date = "2024-01-01" }
    btk.add_strategy { strategy_name = "s", params = { a = { 1, 2 } }, get_signal = function() end }
    btk.add_action { action_name = "x", handler = function() error("no handler") end }
    btk.override_strategy { strategy_name = "s", actions = { "x" } })");
  const ParamSweepResult result = bench.run(SearchKind::grid, 0, 1, "l.sqlite");
  CHECK(result.trials.empty());
  REQUIRE(result.failures.size() == 2);
  CHECK_THAT(result.failures[0].message, Contains("no handler"));
  REQUIRE(sweep_problems(result).size() == 1);
  CHECK(sweep_problems(result)[0].trials == 2);
  CHECK(Ledger(bench.folder / "l.sqlite").trials("", "s").empty());
}

TEST_CASE("the ranking puts trials without a value last, and the surface says what was tried where", "[sweep]") {
  const ParamSpace space({{"a", {1.0, 2.0}, true}, {"b", {std::string("x"), std::string("y")}, false}});
  ParamSweepResult r{.space = space, .strategy_name = "s", .exchange_name = "e", .frame_name = "", .symbols = {"X"}, .from = 0, .to = 1,
                     .search = SearchKind::grid, .wanted = 4, .seed = 1, .metric = "avg_pnl", .family = {}, .trials = {}, .failures = {}};
  const auto add = [&](std::uint64_t point, std::vector<double> pnl) {
    SweepTrial tried{point, {}, {}};
    for (const double p : pnl) {
      tried.trial.trades.push_back({.id = {}, .pending_at = 1, .close_timestamp = 2, .close_price = 1, .pnl_percentage = p});
    }
    tried.stats = tried.trial.stats();
    r.trials.push_back(std::move(tried));
  };
  add(0, {});
  add(1, {2});
  add(2, {2});
  add(3, {-10, 4});
  const auto rows = sweep_rows(r);
  std::string order;
  for (const SweepRow& row : rows) order += std::to_string(row.tried->point);
  CHECK(order == "1230");
  CHECK(rows[2].max_drawdown == Approx(10));
  const auto surfaces = sweep_surfaces(r, rows);
  REQUIRE(surfaces.size() == 1);
  REQUIRE(surfaces[0].cells.size() == 4);
  CHECK_FALSE(surfaces[0].cells[0].best);
  CHECK(surfaces[0].cells[1].best == 2.0);
  CHECK_THAT(sweep_markdown(r, 2), Contains("| 1 | 1 | y | 2.000 | 1 |") && !Contains("| 3 |"));
}

TEST_CASE("points whose signals came to nothing are explained", "[sweep]") {
  const ParamSpace space({{"a", {1.0, 2.0, 3.0}, true}});
  ParamSweepResult r{.space = space, .strategy_name = "s", .exchange_name = "e", .frame_name = "", .symbols = {"X"}, .from = 0, .to = 1,
                     .search = SearchKind::grid, .wanted = 3, .seed = 1, .metric = "avg_pnl", .family = {}, .trials = {}, .failures = {}};
  for (std::uint64_t point = 0; point < 3; ++point) r.trials.push_back({point, {}, {}});
  CHECK(sweep_turned_away(r).empty());
  CHECK_THAT(sweep_markdown(r, 3), !Contains("Refused") && !Contains("Came to Nothing"));
  CHECK(sweep_document(r, {})["ranking"][0]["refused"].is_null());

  r.trials[1].trial.refused = {7, 1704067200000, "the stop is too near"};
  r.trials[2].trial.refused = {1, 1704067200000, "another"};
  CHECK(sweep_turned_away(r) == std::vector<std::string>{
                                    "refused in 2 of 3 trials; with a=2: 7 signals that broke a rule; first 2024-01-01 00:00: the stop is too near"});
  CHECK_THAT(sweep_markdown(r, 3), Contains("| Refused |") && !Contains("| Rejected |") && Contains("* refused in 2 of 3 trials; with a=2: 7 signals"));
  CHECK(sweep_document(r, {})["ranking"][1]["refused"].dump() == R"({"count":7,"first_at":1704067200000,"first":"the stop is too near"})");
}

TEST_CASE("the hash of candles changes with any of them before the end, and with none after it", "[sweep]") {
  const auto candles = [](double close, int count) {
    lua::LoadedCandles loaded;
    loaded.series = CandleSeries(Interval::m1, kStart);
    for (int i = 0; i < count; ++i) loaded.series.push(1, 2, 0.5, i == 1 ? close : 1, 3);
    return loaded;
  };
  const Timestamp end = kStart + 3 * kMinute;
  CHECK(candles_hash(candles(1, 3), end) == candles_hash(candles(1, 9), end));
  CHECK(candles_hash(candles(1, 3), end) != candles_hash(candles(1, 2), end));
  CHECK(candles_hash(candles(1, 3), end) != candles_hash(candles(std::nextafter(1.0, 2.0), 3), end));
}
