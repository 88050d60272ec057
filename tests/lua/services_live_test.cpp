// What parallel traders of a session share, and what a replay of one of them sees.
#include "tests/lua/live_bench.h"

using namespace btk;
using namespace btk::test;
using Catch::Matchers::Contains;

namespace {

const std::string kJobs = R"(
  btk.cron.register { name = "shared", interval = "15m", handler = function(info) print("shared", (info.when - 1704067200000) / 60000, info.range) end }
  btk.cron.register { name = "once", handler = function(info) print("once") end }
  btk.add_strategy { strategy_name = "s", interval = "1m", get_signal = function(symbol, when, price)
    local seen = btk.kv.get("level")
    if seen ~= nil then btk.kv.set("level", nil) print("level", seen) return long(price, { price_take_profit = price * seen }) end
    print(table.concat(btk.kv.keys("x"), ","))
  end })";

// A bench whose stores are given.
void share(LiveBench& bench, const std::shared_ptr<lua::KeyValueStore>& kept, const std::shared_ptr<lua::KeyValueStore>& passing) {
  bench.options.services.kept = kept;
  bench.options.services.passing = passing;
}

std::string lines_with(const LiveBench& bench, const std::string& word) {
  std::string found;
  for (const std::string& line : bench.lines) {
    if (line.find(word) != std::string::npos) found += line + ";";
  }
  return found;
}

}  // namespace

TEST_CASE("A slot fires once over the traders that share a store, also after a restart; jobs without one again", "[services][live]") {
  const auto kept = std::make_shared<lua::MemoryKeyValueStore>();
  LiveBench one, other;
  for (LiveBench* bench : {&one, &other}) {
    const auto passing = one.options.services.passing ? one.options.services.passing : std::make_shared<lua::MemoryKeyValueStore>();
    share(*bench, kept, passing);
    bench->begin(kJobs);
  }
  for (int m = 0; m <= 20; ++m) {
    (m % 2 == 0 ? one : other).minute(m);
    (m % 2 == 0 ? other : one).minute(m);
  }
  CHECK(lines_with(one, "shared") == "shared\t0\tnil;");
  CHECK(lines_with(other, "shared") == "shared\t15\tnil;");
  CHECK(lines_with(one, "once") + lines_with(other, "once") == "once;");
  one.lines.clear();
  share(one, kept, std::make_shared<lua::MemoryKeyValueStore>());
  one.setup.state = one.trader().state();
  one.setup.start = kStart + 21 * kMinute;
  one.source->now = one.setup.start;
  one.begin(kJobs);
  one.minutes(21, 40);
  CHECK(lines_with(one, "shared") == "shared\t30\tnil;");
  CHECK(lines_with(one, "once") == "once;");
}

TEST_CASE("A replay is told what the store had told the session, though it has none", "[services][live]") {
  const auto kept = std::make_shared<lua::MemoryKeyValueStore>();
  LiveBench bench;
  share(bench, kept, std::make_shared<lua::MemoryKeyValueStore>());
  const std::string space = "kv/0:";
  kept->put(space, "x0", "1");
  bench.begin(kJobs);
  bench.minutes(0, 4);
  kept->put(space, "level", "1.04");  // another trader's
  kept->put(space, "x1", "1");
  bench.minutes(5, 16);
  CHECK(bench.errors() == std::vector<std::string>{});
  REQUIRE(bench.trader().pending() != nullptr);
  CHECK(bench.trader().pending()->price_take_profit == Approx(104.0));
  CHECK_FALSE(kept->get(space, "level"));
  CHECK_THAT(bench.text(), Contains("x0\n") && Contains("level\t1.04"));
  // What is foreseen is not recorded: the first look at each key, and changes.
  CHECK(bench.hooks.of(lua::RunInput::Kind::service).size() < 12);

  LiveBench again;
  again.hooks.replay = true;
  again.hooks.inputs = bench.hooks.inputs;
  again.begin(kJobs);
  again.minutes(0, 16);
  CHECK(again.text() == bench.text());
  CHECK(again.trader().decisions().text() == bench.trader().decisions().text());
}

TEST_CASE("A failing job of a session is tried again by whoever comes next", "[services][live]") {
  const auto kept = std::make_shared<lua::MemoryKeyValueStore>();
  const std::string script = R"(
    btk.cron.register { name = "j", interval = "1h", handler = function() if btk.kv.get("broken") then error("no answer") end print("done") end }
    btk.add_strategy { strategy_name = "s", interval = "1m" })";
  LiveBench one, other;
  share(one, kept, kept);
  share(other, kept, kept);
  kept->put("kv/0:", "broken", "true");
  one.begin(script);
  one.minute(0);
  kept->erase("kv/0:", "broken");
  other.begin(script);
  other.minute(0);
  one.minute(1);
  CHECK(one.text() + other.text() == "done");
  CHECK(one.errors() == std::vector<std::string>{"cron j: no answer"});
}

TEST_CASE("Minutes that are worked on again after a crash find what was kept in them", "[services][live]") {
  const std::string script = R"(
    btk.add_strategy { strategy_name = "s", interval = "1m", get_signal = function(symbol)
      local n = (btk.get_session_data(symbol) or 0) + 1
      btk.set_session_data(symbol, n)
      print(n)
    end })";
  const auto kept = std::make_shared<lua::MemoryKeyValueStore>();
  LiveBench bench;
  share(bench, kept, kept);
  bench.begin(script);
  bench.minutes(0, 2);
  const TraderState journaled = bench.trader().state();
  bench.minutes(3, 5);  // lost: the process ends before they are written
  bench.setup.state = journaled;
  bench.setup.start = kStart + 3 * kMinute;
  bench.source->now = bench.setup.start;
  bench.begin(script);
  bench.minute(3);
  CHECK(bench.text() == "1\n2\n3\n4\n5\n6\n7");
}
