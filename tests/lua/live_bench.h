// Runs a script as a paper or live session does, minute by minute, over candles
// made in memory: the host's side of LiveHooks is played by the test. Minute 0
// opens at kStart and the session starts at kStart, with a day of history.
#pragma once

#include <deque>
#include <map>

#include "tests/lua/script_bench.h"

namespace btk::test {

/// What a session has seen of the market so far: candles exist up to `now`, those in `missing` never did.
class GrowingSource : public lua::CandleSource {
 public:
  std::map<std::string, Prices> prices;
  Timestamp now = kStart;
  std::vector<int> missing;     ///< minutes
  lua::SymbolRules symbol_rules;
  int loads = 0;

  explicit GrowingSource(Prices own) { prices["BTCUSDT"] = std::move(own); }

  Candle candle(const std::string& symbol, int m) const {
    const Prices& price = prices.at(symbol);
    const double open = price(m - 1), close = price(m);
    return {kStart + m * kMinute, open, std::max(open, close), std::min(open, close), close, 1.0 + (m & 3)};
  }
  /// More than was asked for, and later than now: a run must not be misled by that.
  std::shared_ptr<const lua::LoadedCandles> load(const std::string& symbol, Timestamp from, Timestamp to) override {
    ++loads;
    auto loaded = std::make_shared<lua::LoadedCandles>();
    const int first = static_cast<int>((from - kStart) / kMinute), last = static_cast<int>((to - kStart) / kMinute) + 30;
    loaded->series = CandleSeries(Interval::m1, kStart + first * kMinute);
    for (int m = first; m < last; ++m) {
      const Candle c = candle(symbol, m);
      loaded->series.push(c.open, c.high, c.low, c.close, c.volume);
    }
    return loaded;
  }
  std::vector<Candle> closed(const std::string& symbol, Timestamp from, Timestamp to) override {
    std::vector<Candle> out;
    for (Timestamp t = from; t < std::min(to, align(now, kMinute)); t += kMinute) {
      const int m = static_cast<int>((t - kStart) / kMinute);
      if (std::find(missing.begin(), missing.end(), m) == missing.end()) out.push_back(candle(symbol, m));
    }
    return out;
  }
  std::optional<lua::OrderBook> order_book(const std::string&, int depth) override {
    return lua::OrderBook{{{99.0, static_cast<double>(depth)}}, {{101.0, 2.0}}};
  }
  std::optional<std::vector<lua::AggregatedTrade>> trades(const std::string&, Timestamp from, Timestamp) override {
    return std::vector<lua::AggregatedTrade>{{"t" + std::to_string(from / 60'000), 100.5, 2, from, true}};
  }
  lua::SymbolRules rules(const std::string&) override { return symbol_rules; }
};

class FakeHooks : public lua::LiveHooks {
 public:
  std::vector<std::string> written;      ///< orders that the journal had before they were sent
  std::vector<lua::RunInput> inputs;     ///< recorded, or to be handed out by a replay
  bool replay = false;
  bool broken_journal = false;
  Timestamp now = kStart;

  void before_order(const OrderQuery& query) override {
    if (broken_journal) throw Error("the journal cannot be written: no space");
    written.push_back(std::string(to_string(query.kind)) + " " + query.signal.id + " " + std::to_string(query.attempt));
  }
  void record(lua::RunInput input) override { inputs.push_back(std::move(input)); }
  bool replaying() const override { return replay; }
  std::optional<lua::RunInput> recorded(lua::RunInput::Kind kind, std::string_view name, std::string_view id) override {
    for (auto it = inputs.begin(); it != inputs.end(); ++it) {
      if (it->kind != kind || it->name != name || it->id != id || it->minute != minute || it->stage != stage) continue;
      lua::RunInput found = *it;
      inputs.erase(it);
      return found;
    }
    return std::nullopt;
  }
  Timestamp clock_now() override { return now; }

  std::vector<lua::RunInput> of(lua::RunInput::Kind kind) const {
    std::vector<lua::RunInput> found;
    for (const auto& input : inputs) {
      if (input.kind == kind) found.push_back(input);
    }
    return found;
  }

  Timestamp minute = 0;  ///< of a replay: the work under way
  int stage = 0;
};

class LiveBench {
 public:
  lua::ScriptOptions options;
  std::shared_ptr<GrowingSource> source;
  FakeHooks hooks;
  lua::LiveSetup setup;
  std::vector<std::string> lines, log;
  std::string head =
      "local btk = require 'btk' "
      "btk.add_exchange{ exchange_name = 'm', driver = 'synthetic' } "
      "local function long(price, more) "
      "  local s = { position = 'long', price_take_profit = price * 1.02, price_stop_loss = price * 0.98, minute_estimated_time = 60 } "
      "  for k, v in pairs(more or {}) do s[k] = v end return s end "
      "local function at(minute) return btk.get_timestamp() == 1704067200000 + minute * 60000 end ";

  explicit LiveBench(Prices prices = flat) : source(std::make_shared<GrowingSource>(std::move(prices))) {
    options.mode = "paper";
    options.open_exchange = [this](const lua::ExchangeSchema&) { return source; };
    options.print = [this](std::string_view line) { if (!quiet) lines.emplace_back(line); };
    options.log = [this](std::string_view level, std::string_view text) { log.push_back(std::string(level) + ": " + std::string(text)); };
    options.guarded = false;
    options.symbols = {"BTCUSDT"};
    setup.start = kStart;
    setup.hooks = &hooks;
  }
  LiveBench(const LiveBench&) = delete;
  LiveBench& operator=(const LiveBench&) = delete;

  /// A fresh isolate with the script in it, quietly.
  std::unique_ptr<lua::Script> make(const std::string& text) {
    options.files = {folder.write("test.lua", head + text)};
    auto made = std::make_unique<lua::Script>(options, lua::Script::Role::worker, "BTCUSDT", "s");
    quiet = true;
    made->load();
    quiet = false;
    return made;
  }
  lua::PlannedRun planned() const { return {"BTCUSDT", "s", "m", "", {}}; }

  void begin(const std::string& text) {
    script = make(text);
    script->begin_live(planned(), setup);
  }
  void use_live_broker() {
    options.mode = setup.mode = "live";
    setup.use_broker = true;
  }
  /// Lets the session come to the minute `m` (of kStart): the candle before it, then what is to be done. `late`: the clock is
  /// so many minutes further.
  void minute(int m, int late = 0) {
    source->now = hooks.now = kStart + (m + late) * kMinute + 500;
    script->append_candles(script->closed_candles(script->candles_end(), kStart + m * kMinute));
    hooks.minute = kStart + m * kMinute;
    hooks.stage = 0;
    script->advance({kStart + m * kMinute, 0});
    hooks.stage = 1;
    script->advance({kStart + m * kMinute, 1});
  }
  void minutes(int from, int to) {
    for (int m = from; m <= to; ++m) minute(m);
  }
  Trader& trader() { return script->run().trader(); }
  std::string text() const {
    std::string all;
    for (const std::string& line : lines) all += (all.empty() ? "" : "\n") + line;
    return all;
  }
  std::vector<std::string> errors() const {
    std::vector<std::string> all;
    for (const lua::ReportedError& e : script->finish().errors) all.push_back(e.where + ": " + e.message);
    return all;
  }

  TempFolder folder;
  std::unique_ptr<lua::Script> script;
  bool quiet = false;
};

}  // namespace btk::test
