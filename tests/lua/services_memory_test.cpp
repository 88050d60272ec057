// btk.memory, btk.state, btk.session and btk.kv in a back-test: what they find, what they hide, what they refuse.
#include "tests/lua/script_bench.h"

using namespace btk;
using namespace btk::test;
using Catch::Matchers::Contains;

namespace {

// Runs `code` in get_signal at minute `minute`, with a limit order waiting since minute 1 so that there is a signal.
std::string inside(const std::string& code, int minute = 10) {
  return "local function minute() return (btk.get_timestamp() - 1704067200000) / 60000 end "
         "btk.add_strategy { strategy_name = 's', interval = '1m', get_signal = function(symbol, when, price) "
         "  if minute() == 1 then return long(price, { price_open = price * 0.99, price_take_profit = price * 1.05, price_stop_loss = price * 0.9, "
         "  minute_estimated_time = 120 }) end end, "
         "  callbacks = { on_schedule_ping = function(symbol, signal) if minute() ~= " +
         std::to_string(minute) + " then return end " + code + "\nend } } ";
}

const std::string kNotes = R"(
  local function note(id, text, when)
    btk.memory.write_memory { signal_id = "x", bucket_name = "b", memory_id = id, value = { text = text }, description = text, when = when }
  end
  note("m1", "BTC breakout above resistance, volume high")
  note("m2", "ETH range; low volume")
  note("m3", "Пробой уровня BTC/USDT")
  note("m4", "btc btc btc future note", btk.get_timestamp() + 60000)
  local function find(query, settings)
    local out = {}
    for i, hit in ipairs(btk.memory.search_memory { signal_id = "x", bucket_name = "b", query = query, settings = settings }) do
      out[i] = string.format("%s %.13f", hit.memory_id, hit.score)
    end
    print(query .. ": " .. table.concat(out, ", "))
  end
)";

}  // namespace

TEST_CASE("Notes are found by BM25 with the reference's figures", "[services]") {
  ScriptBench bench;
  // The figures of analytics.md 6.4.
  const auto outcome = bench.run(inside(kNotes + R"(
    for _, query in ipairs { "volume", "vol", "BTC volume", "btc btc", "btc", "УРОВ", "  ", "!?", "" } do find(query) end)"));
  CHECK(outcome.errors() == std::vector<std::string>{});
  CHECK(outcome.text() ==
        "volume: m2 0.7461641037189, m1 0.6197551261477\n"
        "vol: m2 0.7461641037189, m1 0.6197551261477\n"
        "BTC volume: m1 0.9386644877871, m2 0.7461641037189\n"
        "btc btc: m3 0.7679120606046, m1 0.6378187232787\n"
        "btc: \n"
        "УРОВ: m3 1.2960613757616\n"
        "  : \n"
        "!?: \n"
        ": ");
}

TEST_CASE("Settings replace the constants, and a note's place stays when it is written again", "[services]") {
  ScriptBench bench;
  // By hand, k1 = 1, b = 0: one word of one note in two: idf = ln(1.5 / 1.5 + 1) = ln 2, times 1 * 2 / (1 + 1) = ln 2.
  const auto outcome = bench.run(inside(R"(
    local function note(id, text) btk.write_memory { bucket_name = "b", memory_id = id, value = text } end
    note("one", "alpha beta") note("two", "gamma")
    local hits = btk.search_memory { bucket_name = "b", query = "beta", settings = { BM25_K1 = 1, BM25_B = 0, BM25_SCORE = 0.1 } }
    print(#hits, string.format("%.15g", hits[1].score), hits[1].content)
    note("one", "alpha delta")
    for _, hit in ipairs(btk.search_memory { bucket_name = "b", query = "a", settings = { BM25_K1 = 1, BM25_B = 0, BM25_SCORE = 0 } }) do print(hit.memory_id) end
    for _, item in ipairs(btk.list_memory { bucket_name = "b" }) do print(item.memory_id, item.content) end
    btk.remove_memory { bucket_name = "b", memory_id = "two" }
    print(#btk.list_memory { bucket_name = "b" }, pcall(btk.read_memory, { bucket_name = "b", memory_id = "two" })))"));
  CHECK(outcome.errors() == std::vector<std::string>{});
  CHECK_THAT(outcome.text(), Contains("1\t0.693147180559945\talpha beta"));
  CHECK_THAT(outcome.text(), Contains("two\tgamma\none\talpha delta"));  // listed by the time of writing
  CHECK_THAT(outcome.text(), Contains("1\tfalse\t") && Contains("value not found memoryId=two"));
}

TEST_CASE("A note or a state from later is not seen", "[services]") {
  ScriptBench bench;
  const auto outcome = bench.run(inside(R"(
    local when = btk.get_timestamp()
    local note = { signal_id = "x", bucket_name = "b", memory_id = "m", value = 7, when = when + 1 }
    btk.memory.write_memory(note)
    print(#btk.memory.list_memory { signal_id = "x", bucket_name = "b" }, pcall(btk.memory.read_memory, { signal_id = "x", bucket_name = "b", memory_id = "m" }))
    print(btk.memory.read_memory { signal_id = "x", bucket_name = "b", memory_id = "m", when = when + 1 })
    local state = { signal_id = "x", bucket_name = "b", initial_value = { n = 1 } }
    state.when = when + 1
    print(btk.state.set_state(function(v) return { n = v.n + 1 } end, state).n)
    print(btk.state.get_state(state).n, btk.state.get_state { signal_id = "x", bucket_name = "b", initial_value = { n = 1 } }.n)
    btk.session.set_data(symbol or "BTCUSDT", "later", nil, nil, when + 1)
    print(btk.session.get_data("BTCUSDT"), btk.session.get_data("BTCUSDT", nil, nil, when + 1)))"));
  CHECK(outcome.errors() == std::vector<std::string>{});
  CHECK_THAT(outcome.text(), Contains("0\tfalse") && Contains("\n7\n2\n2\t1\nnil\tlater"));
}

TEST_CASE("A state belongs to the signal that is held, a session value to the run", "[services]") {
  ScriptBench bench;
  bench.prices = [](int m) { return m < 30 ? 100.0 : 100 + 3 * ((m - 30) % 40) / 10.0; };
  const auto outcome = bench.run(R"(
    local get, set = btk.create_signal_state { bucket_name = "pings", initial_value = 0 }
    local closed = 0
    btk.listen_active_ping(function(e)
      set(e.symbol, function(n) return n + 1 end)
      btk.set_session_data(e.symbol, (btk.get_session_data(e.symbol) or 0) + 1)
    end)
    btk.listen_partial_profit_available(function(e) print("pings", get(e.symbol)) end)
    btk.add_strategy { strategy_name = "s", interval = "1m",
      get_signal = function(_, _, price) return long(price, { minute_estimated_time = 20 }) end,
      callbacks = { on_close = function(symbol) closed = closed + 1
        local ok, why = pcall(get, symbol)
        if closed == 3 then print("session", btk.get_session_data(symbol) > 20) print(why) end end } })");
  CHECK(outcome.errors() == std::vector<std::string>{});
  CHECK_THAT(outcome.text(), Contains("session\ttrue"));
  CHECK_THAT(outcome.text(), Contains("get_signal_state requires a pending or scheduled signal for symbol=BTCUSDT"));
}

TEST_CASE("btk.kv keeps values as they are in JSON, in the order in which their keys came", "[services]") {
  ScriptBench bench;
  const auto outcome = bench.run(inside(R"(
    local levels = btk.kv.open("levels")
    local value = { 1, 2, { a = "b" } }
    levels:set("z", value) levels.set("a", false) levels:set("zz", "x")
    value[1] = 9
    print(levels:get("z")[1], levels.get("z")[3].a, levels:get("a"), levels:get("none", 5), levels:has("a"), levels:has("none"))
    print(table.concat(levels:keys(), " "), table.concat(levels:keys("z"), " "), #btk.kv.keys())
    levels:set("z", nil)
    levels:delete("zz")
    print(levels:update("n", function(n) return (n or 0) + 1 end), levels:update("n", function(n) return n + 1 end))
    print(table.concat(levels:keys(), " "), btk.kv.get("n")))"));
  CHECK(outcome.errors() == std::vector<std::string>{});
  CHECK(outcome.text() == "1\tb\tfalse\t5\ttrue\tfalse\nz a zz\tz zz\t0\n1\t2\na n\tnil");
}

TEST_CASE("Mistakes in calls of the services are told in one sentence, at the script's line", "[services]") {
  ScriptBench bench;
  const auto refused = [&](const std::string& code) {
    const auto all = bench.run(inside("\n" + code)).errors();
    return all.empty() ? std::string("no error") : all.front();
  };
  CHECK(refused("btk.write_memory { bucket = 'b', memory_id = 'm', value = 1 }") ==
        "test.lua:2: write_memory has no field 'bucket'; did you mean 'bucket_name'?");
  CHECK(refused("btk.write_memory { bucket_name = 'b', memory_id = 'm' }") == "test.lua:2: write_memory: value is missing");
  CHECK(refused("btk.search_memory { bucket_name = 'b', query = 5 }") ==
        "test.lua:2: search_memory: query must be a text, got number");
  CHECK(refused("btk.state.get_state { signal_id = 'x', bucket_name = '' }") ==
        "test.lua:2: state.get_state: bucket_name must be a text that is not empty, got the text \"\"");
  CHECK(refused("btk.kv.open('a'):set('k', print)") != "no error");
  CHECK(refused("btk.kv.open('a'):get()") == "test.lua:2: kv.open(\"a\").get: key is missing; give a text that is not empty");
  CHECK(refused("btk.kv.set('\\255', 1)") == "test.lua:2: names and keys of what is kept must be UTF-8 text");
  CHECK(refused("btk.memory.serch_memory {}") == "test.lua:2: btk.memory has no function 'serch_memory'; did you mean 'search_memory'?");
  CHECK_THAT(bench.problem("btk.kv.set('a', 1)"), Contains("works inside a run"));
}
