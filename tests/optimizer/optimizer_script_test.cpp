// btk.optimizer in a script: collecting, conversations, names, files
// (optimizer-cli.md 1.16, checks 1 to 9).
#include <catch2/catch.hpp>

#include <algorithm>

#include <fstream>
#include <iterator>

#include "host/exchange/open.h"
#include "lua/script.h"
#include "optimizer/generated_files.h"
#include "tests/support/temp_folder.h"

using namespace btk;

namespace {

constexpr const char* kHead = R"lua(local btk = require "btk"
local asked, events = {}, {}
local function rows_of(n, id) local out = {} for i = 1, n do out[i] = { id = id and id(i) or i, value = i } end return out end
local function paged(rows) return function(args)
  asked[#asked + 1] = args.offset
  local out = {}
  for i = args.offset + 1, math.min(#rows, args.offset + args.limit) do out[#out + 1] = rows[i] end
  return out
end end
local function range(from, to, note) return { note = note, start_date = from, end_date = to } end
local Q1, Q2, Q3 = range("2022-01-01", "2022-03-31", "one"), range("2022-04-01", "2022-06-30"), range("2022-07-01", "2022-09-30", "three")
local function add(fields)
  local s = { optimizer_name = "o", kind = "advisor", range_train = { Q1 }, range_test = range("2023-01-01", "2023-03-31"),
              source = { { name = "rows", fetch = paged(rows_of(2)) } }, get_prompt = function(symbol, messages) return "text of " .. #messages end }
  for k, v in pairs(fields or {}) do s[k] = v end
  btk.add_optimizer(s)
end
local O = { optimizer_name = "o" }
btk.add_exchange { exchange_name = "m", driver = "synthetic", seed = 7 }
)lua";

struct Played {
  std::vector<std::string> lines, log;
  std::string problem;
  std::string text() const {
    std::string all;
    for (const auto& line : lines) all += (all.empty() ? "" : "\n") + line;
    return all;
  }
  bool logged(const std::string& part) const {
    return std::ranges::any_of(log, [&](const std::string& line) { return line.find(part) != std::string::npos; });
  }
};

Played play(const test::TempFolder& folder, const std::string& body) {
  Played played;
  lua::ScriptOptions options;
  options.files = {folder.write("opt.lua", std::string(kHead) + body)};
  options.print = [&](std::string_view line) { played.lines.emplace_back(line); };
  options.log = [&](std::string_view level, std::string_view text) { played.log.push_back(std::string(level) + ": " + std::string(text)); };
  options.open_exchange = [](const lua::ExchangeSchema& schema) { return host::open_exchange(schema); };
  options.write_generated = [](const std::string& where, const std::vector<lua::GeneratedFile>& files) {
    return optimizer::write_generated(where, files);
  };
  lua::Script script(options, lua::Script::Role::main);
  try {
    script.load();
  } catch (const Error& e) {
    played.problem = e.what();
  }
  return played;
}

Played play(const std::string& body) {
  const test::TempFolder folder;
  return play(folder, body);
}

std::string content(const std::filesystem::path& file) {
  std::ifstream in(file, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

// The names under which the host's module knows columns of prices, between blanks.
std::string indicator_prices() {
  const lua::ScriptOptions options;
  lua::Script script(options, lua::Script::Role::main);
  lua_State* L = script.isolate().state();
  script.isolate().push_module("indicator_table");
  lua_getfield(L, -1, "price_columns");
  script.isolate().call(0, 1);
  std::string names = " ";
  for (int i = 1; i <= static_cast<int>(lua_objlen(L, -1)); ++i) {
    lua_rawgeti(L, -1, i);
    names += std::string(lua_tostring(L, -1)) + " ";
    lua_pop(L, 1);
  }
  lua_pop(L, 2);
  return names;
}

}  // namespace

TEST_CASE("one range with one source: one record, two messages, the text of get_prompt") {
  const Played p = play(R"lua(add()
local data = btk.optimizer.get_data("BTCUSDT", O)
print(#data, data[1].symbol, data[1].name, data[1].strategy, #data[1].messages)
print(data[1].messages[1].role, data[1].messages[2].role, data[1].messages[2].content)
print(data[1].messages[1].content))lua");
  CHECK(p.problem.empty());
  CHECK(p.text() == "1\tBTCUSDT\tone\ttext of 2\t2\nuser\tassistant\tOK\n"
                    "Read these data and answer OK.\n\n[{\"id\":1,\"value\":1},{\"id\":2,\"value\":2}]");
}

TEST_CASE("one record per training range, whatever the number of sources; names follow the note, then the sources") {
  const Played p = play(R"lua(add { range_train = { Q1, Q2, Q3 } }
for _, r in ipairs(btk.optimizer.get_data("BTCUSDT", O)) do print(r.name, #r.messages) end
btk.add_optimizer { optimizer_name = "two", range_train = { Q2 }, range_test = range("2023-01-01", "2023-03-31"),
  source = { { name = "rows", fetch = paged(rows_of(2)) }, paged(rows_of(1)) }, get_prompt = function(_, messages) return tostring(#messages) end }
local data = btk.optimizer.get_data("BTCUSDT", { optimizer_name = "two" })
print(#data, data[1].name, #data[1].messages, data[1].strategy))lua");
  CHECK(p.text() == "one\t2\nrows\t2\nthree\t2\n1\trows+unknown\t4\t4");
}

TEST_CASE("sources are read in pages of 25 until one is short") {
  const Played p = play(R"lua(local function offsets(n)
  asked = {}
  btk.override_optimizer { optimizer_name = "o", source = { { name = "rows", fetch = paged(rows_of(n)) } } }
  btk.optimizer.get_data("BTCUSDT", O)
  return table.concat(asked, " ")
end
add { callbacks = { on_source_data = function(_, name, rows, from, to) print(name, #rows, from, to) end } }
print(offsets(60))
print(offsets(50))
print(offsets(0)))lua");
  CHECK(p.problem.empty());
  CHECK(p.text() == "rows\t60\t2022-01-01\t2022-03-31\n0 25 50\nrows\t50\t2022-01-01\t2022-03-31\n0 25 50\nrows\t0\t2022-01-01\t2022-03-31\n0");
}

TEST_CASE("rows with the same id count once, by type and value; a page that is too long or endless is noticed") {
  CHECK(play(R"lua(add { source = { { name = "rows", fetch = function() return { { id = 1, v = "a" }, { id = "1", v = "b" }, { id = 1, v = "c" }, { v = "d" }, { v = "e" } } end,
  user = function(_, rows) local out = {} for i, r in ipairs(rows) do out[i] = r.v end return table.concat(out) end } } }
print(btk.optimizer.get_data("BTCUSDT", O)[1].messages[1].content))lua").text() == "abde");
  CHECK(play(R"lua(add { source = { { name = "long", fetch = function() return rows_of(26) end } } } btk.optimizer.get_data("BTCUSDT", O))lua").problem.find(
            "source \"long\" returned 26 rows for a page of 25") != std::string::npos);
  const Played p = play(R"lua(local n = 0
add { source = { { name = "all", fetch = function(args) n = n + 1 return rows_of(25, function(i) return args.offset + i end) end, user = function(_, rows) return tostring(#rows) end } } }
print(btk.optimizer.get_data("BTCUSDT", O)[1].messages[1].content, n))lua");
  CHECK(p.text() == "10000\t400");
  CHECK(p.logged("10000 rows were read"));
}

TEST_CASE("messages: the source's own words, then the template's, then the usual ones") {
  const Played p = play(R"lua(add { template = { get_user_message = function(symbol, rows, name) return "T " .. symbol .. #rows .. name end },
  source = { { name = "own", fetch = paged(rows_of(1)), user = function() return "mine" end, assistant = function() return "read" end }, paged(rows_of(3)) } }
for _, m in ipairs(btk.optimizer.get_data("BTCUSDT", O)[1].messages) do print(m.role, m.content) end)lua");
  CHECK(p.text() == "user\tmine\nassistant\tread\nuser\tT BTCUSDT3unknown\nassistant\tOK");
}

TEST_CASE("progress and callbacks come in the reference's order, and a failing callback stops nothing") {
  const test::TempFolder folder;
  const Played p = play(folder, R"lua(local function note(text) events[#events + 1] = text end
add { range_train = { Q1, Q2 }, source = { { name = "a", fetch = paged(rows_of(1)) }, { name = "b", fetch = paged(rows_of(1)) } },
  get_prompt = function() note("prompt") return "text" end,
  callbacks = { on_source_data = function(_, name) note("source " .. name) end, on_data = function(_, list) note("data " .. #list) error("oops") end,
                on_code = function() note("code") end, on_dump = function(_, path) note("dump " .. path:match("[^/]*$")) end } }
btk.listen_optimizer_progress(function(e) note(e.processed_sources .. "/" .. e.total_sources) end)
btk.listen_error(function(e) note("error " .. e.message) end)
local path = btk.optimizer.dump("BTCUSDT", O)
print(table.concat(events, ", "))
print(path:match("[^/]*$")))lua");
  CHECK(p.problem.empty());
  CHECK(p.text() == "0/4, source a, 1/4, source b, prompt, 2/4, source a, 3/4, source b, prompt, 4/4, data 2, error oops, code, dump o_BTCUSDT.lua\n"
                    "o_BTCUSDT.lua");
  CHECK(p.logged("warn: optimizer o: error in on_data"));
  CHECK(p.logged("info: Optimizer report saved: "));
  for (const char* name : {"o_BTCUSDT.lua", "o_BTCUSDT.md", "o_BTCUSDT/strategy-1.lua", "o_BTCUSDT/strategy-2.lua", "o_BTCUSDT/manifest.json"}) {
    CHECK(std::filesystem::exists(folder / name));
  }
  CHECK(play(R"lua(add { source = { { name = "a", fetch = function() error("no data") end } } } btk.optimizer.dump("BTCUSDT", O))lua").problem.find("no data") !=
        std::string::npos);
  CHECK(play(R"lua(add { get_prompt = function() return "" end } btk.optimizer.get_data("BTCUSDT", O))lua").problem.find(
            "optimizer 'o', range_train[1]: get_prompt must return a non-empty text") != std::string::npos);
}

TEST_CASE("code has every block in order, and is the same bytes when it is made again") {
  const test::TempFolder folder;
  const Played p = play(folder, R"lua(add { range_train = { Q1, Q2 } }
local entry, files = btk.optimizer.get_code("BTCUSDT", O)
print(entry)
print(entry == (btk.optimizer.get_code("BTCUSDT", { optimizer_name = "o", fresh = true })))
local n = 0 for _ in pairs(files) do n = n + 1 end print(n))lua");
  CHECK(p.problem.empty());
  const std::string text = p.text();
  std::size_t at = 0;
  for (const char* block : {"-- btk:generated {", "local btk = require", "dump_json", "function text(", "function json(", "btk.add_exchange {", "_train_frame-1\"",
                            "_train_frame-2\"", "_test_frame\"", "btk.include \"o_BTCUSDT/strategy-1.lua\"", "strategy-2.lua\"", "btk.add_walker {",
                            "btk.walker.background(\"BTCUSDT\""}) {
    const auto next = text.find(block, at);
    INFO(block);
    REQUIRE(next != std::string::npos);
    at = next;
  }
  CHECK(text.find("\ntrue\n2") != std::string::npos);
}

TEST_CASE("whatever a strategy text holds comes out of the file unchanged, and nothing of it runs") {
  const test::TempFolder folder;
  const Played p = play(folder, R"lua(local nasty = 'q" ]] ]==] \0 end \r\n `tick` ${x} \\ \127 äöü\'  os.exit() --[[ " .. os.exit() .. "'
add { get_prompt = function() return nasty end, range_train = { range("2022-01-01", "2022-03-31", 'note " ]] \n os.exit()') } }
local _, files = btk.optimizer.get_code("BTCUSDT", O)
local text = files["o_BTCUSDT/strategy-1.lua"]
local chunk = assert(load(text:match("local PROMPT = [^\n]*") .. " return PROMPT"))
print(chunk() == nasty)
print(load(text) ~= nil, select(2, text:gsub("^%-%- btk:generated [^\n]*\n", "")), text:find("os.exit() .. \"", 1, true)))lua");
  CHECK(p.problem.empty());
  CHECK(p.text() == "true\ntrue\t1\tnil");
}

TEST_CASE("strategy texts lose their Markdown, but not what they say") {
  const Played p = play(R"lua(add { get_prompt = function() return "# Plan\n\n\n\nBuy **when** RSI < 30 & price > 2 * 3 * 4, see [docs](http://x).\n\n- a_b_c\n| t | u |\n\n" end }
local _, files = btk.optimizer.get_code("BTCUSDT", O)
print(load(files["o_BTCUSDT/strategy-1.lua"]:match("local PROMPT = [^\n]*") .. " return PROMPT")()))lua");
  CHECK(p.text() == "Plan\n\nBuy when RSI < 30 & price > 2 * 3 * 4, see docs.\n\n- a_b_c\n| t | u |");
}

TEST_CASE("a generated file that somebody edited is kept beside the new one") {
  const test::TempFolder folder;
  const std::string dump = "add() btk.optimizer.dump(\"BTCUSDT\", O, \"out\")";
  CHECK(play(folder, dump).problem.empty());
  const auto file = folder / "out/o_BTCUSDT/strategy-1.lua";
  const std::string first = content(file);
  CHECK(play(folder, dump).log.size() == 1);
  CHECK(content(file) == first);
  std::ofstream(file, std::ios::app) << "-- mine\n";
  const Played p = play(folder, dump);
  CHECK(p.logged("it is kept as strategy-1.edited-1.lua"));
  CHECK(content(file) == first);
  CHECK(content(folder / "out/o_BTCUSDT/strategy-1.edited-1.lua") == first + "-- mine\n");
}

TEST_CASE("nothing that somebody wrote is lost when files are generated over it, whatever its name") {
  const test::TempFolder folder;
  const std::string dump = "add() btk.optimizer.dump(\"BTCUSDT\", O, \"out\")";
  const std::vector<std::pair<std::string, std::string>> own{
      {"out/o_BTCUSDT.lua", "-- my own work\n"},
      {"out/o_BTCUSDT.md", "# My notes\n"},
      {"out/o_BTCUSDT/strategy-1.lua", "-- btk:generated {broken\nprint(1)\n"},
      {"out/o_BTCUSDT/manifest.json", "{\"mine\": 1}\n"},
  };
  for (const auto& [name, text] : own) folder.write(name, text);
  const auto kept = [](const std::string& name) {
    const std::filesystem::path path(name);
    return (path.parent_path() / (path.stem().string() + ".edited-1" + path.extension().string())).string();
  };
  Played p = play(folder, dump);
  CHECK(p.problem.empty());
  for (const auto& [name, text] : own) {
    INFO(name);
    CHECK(content(folder / kept(name)) == text);
    CHECK(p.logged("it is kept as " + std::filesystem::path(kept(name)).filename().string()));
  }
  // What was generated is generated over, what was edited since is not.
  std::vector<std::string> first;
  for (const auto& [name, text] : own) first.push_back(content(folder / name));
  CHECK(play(folder, "add { range_train = { Q2 } } btk.optimizer.dump(\"BTCUSDT\", O, \"out\")").log.size() == 1);
  CHECK(content(folder / "out/o_BTCUSDT.md") != first[1]);
  CHECK(play(folder, dump).log.size() == 1);
  for (std::size_t i = 0; i < own.size(); ++i) CHECK(content(folder / own[i].first) == first[i]);
  std::ofstream(folder / "out/o_BTCUSDT.md", std::ios::app) << "Bought some.\n";
  std::string manifest = first[3];
  manifest.insert(manifest.find('{') + 1, "\n \"remark\": 1,");
  folder.write("out/o_BTCUSDT/manifest.json", manifest);
  p = play(folder, dump);
  CHECK(content(folder / "out/o_BTCUSDT.edited-2.md") == first[1] + "Bought some.\n");
  CHECK(content(folder / "out/o_BTCUSDT/manifest.edited-2.json") == manifest);
  CHECK_FALSE(std::filesystem::exists(folder / "out/o_BTCUSDT.edited-2.lua"));
}

TEST_CASE("mistakes in an optimizer are told, and register nothing") {
  const auto problem = [](const std::string& body) { return play(body).problem; };
  CHECK_THAT(problem("add() add()"), Catch::Contains("optimizer o already exist"));
  CHECK_THAT(problem("btk.optimizer.get_data(\"BTCUSDT\", O)"), Catch::Contains("optimizer o not found source=optimizer.get_data"));
  CHECK_THAT(problem("add { range_train = {} }"), Catch::Contains("optimizer template validation failed: range_train must be a non-empty array"));
  CHECK_THAT(problem("add { source = {} }"), Catch::Contains("optimizer template validation failed: source must be a non-empty array"));
  CHECK_THAT(problem("btk.add_optimizer {}"), Catch::Contains("optimizer template validation failed: missing optimizer_name"));
  CHECK_THAT(problem("add { get_prompt = 1 }"), Catch::Contains("optimizer template validation failed: get_prompt must be a function"));
  CHECK_THAT(problem("btk.add_optimizer { optimizer_name = \"p\", range_train = { Q1 }, source = { paged({}) }, get_prompt = print }"), Catch::Contains("range_test"));
  CHECK_THAT(problem("add { range_train = { Q1, range(\"2022-12-01\", \"2023-01-01\") } }"),
             Catch::Contains("optimizer o: range_train[2] overlaps range_test") && Catch::Contains("allow_overlap = true"));
  CHECK(problem("add { range_train = { range(\"2022-12-01\", \"2023-01-01\") }, allow_overlap = true }").empty());
  CHECK_THAT(problem("add { range_test = range(\"2023-03-01\", \"2023-02-01\") }"), Catch::Contains("before it starts"));
  CHECK_THAT(problem("add { range_test = range(\"2023-03-01\", \"2999-02-01\") }"), Catch::Contains("in the future"));
  CHECK_THAT(problem("add { optimizer_name = \"../x\" }"), Catch::Contains("becomes a file name"));
  CHECK_THAT(problem("add { template = { get_banner = print } }"), Catch::Contains("get_banner"));
  CHECK_THAT(problem("add { options = { metrics = 'total_pnl' } }"), Catch::Contains("options has no field 'metrics'; did you mean 'metric'?"));
  CHECK_THAT(problem("add { options = { strategy_interval = '7m' } }"), Catch::Contains("optimizer 'o': options: strategy_interval must be one of \"1m\"") && Catch::Contains("got the text \"7m\""));
  CHECK_THAT(problem("add { options = { strategy_interval = '1d' } }"), Catch::Contains("strategy_interval must be one of"));  // no strategy may have it
  CHECK_THAT(problem("add { options = { strategy_interval = 5 } }"), Catch::Contains("strategy_interval must be one of"));
  CHECK_THAT(problem("add { options = { frame_interval = '7m' } }"), Catch::Contains("options: frame_interval must be one of"));
  CHECK_THAT(problem("add { options = { metric = 'sharp_ratio' } }"), Catch::Contains("options: metric must be a metric such as \"sharpe_ratio\""));
  CHECK_THAT(problem("add { options = { max_context_bytes = 'lots' } }"), Catch::Contains("options: max_context_bytes must be a number of bytes from 1 up, got the text \"lots\""));
  CHECK_THAT(problem("add { options = { prefix = 'a b' } }"), Catch::Contains("options: prefix must be 1 to 40 letters, digits, _ and -"));
  CHECK_THAT(problem("add { options = { prefix = ('a'):rep(41) } }"), Catch::Contains("options: prefix must be"));
  CHECK_THAT(problem("add() btk.override_optimizer { optimizer_name = 'o', options = { frame_interval = '7m' } }"), Catch::Contains("frame_interval must be"));
  CHECK(problem("add { options = { strategy_interval = '1h', frame_interval = '1d', metric = 'total_pnl', max_context_bytes = 1e6, prefix = 'a-b_1' } }").empty());
  CHECK_THAT(problem("add { surprise = 1 }"), Catch::Contains("surprise"));
}

TEST_CASE("the indicator sources show closed bars of the range only, with a legend") {
  const Played p = play(R"lua(add { range_train = { range("2022-01-03", "2022-01-05") }, source = { btk.optimizer.sources.indicators { term = "long" } },
  callbacks = { on_source_data = function(_, name, rows) print(name, #rows, btk.date.iso(rows[1].id), btk.date.iso(rows[#rows].id), rows[1].rsi_14 ~= nil, rows[1].ema_34 ~= nil) end } }
local text = btk.optimizer.get_data("BTCUSDT", O)[1].messages[1].content
print(select(2, text:gsub("\n| 2022", "")), text:find("**rsi_14**: relative strength index over 14 bars, 0 to 100; looks back 14 h", 1, true) ~= nil))lua");
  CHECK(p.problem.empty());
  CHECK(p.text() == "indicators-long\t72\t2022-01-03T01:00:00.000Z\t2022-01-06T00:00:00.000Z\ttrue\ttrue\n48\ttrue");
}

TEST_CASE("with anonymize, rows have their prices divided by the last close, and nothing else") {
  const Played p = play(R"lua(
local given = { { id = 1, close = 50, priceOpen = "100", rsi = 50, note = "50", volume = 50, candle = { high = 25 }, closes = { 50, 75 }, atr = 5,
                  o = 50, h = 50, l = 50, c = 50 }, { id = 2, o = 50, c = 50 } }
btk.override_exchange { exchange_name = "m", driver = "synthetic", seed = 7, start_price = 50, volatility = 0.00001 }
local shown
add { anonymize = true, range_train = { range("2022-01-01", "2022-01-02") },
      source = { { name = "rows", fetch = paged(given), price_columns = { "atr" } }, btk.optimizer.sources.indicators { term = "short" } },
      get_prompt = function(_, messages) shown = messages return "text" end }
btk.optimizer.get_data("BTCUSDT", O)
local rows = btk.json.decode(shown[1].content:match("\n\n(.*)$"))
local row, unit = rows[1], rows[1].close / 50
local function near(value, wanted) return math.abs(value / unit - wanted) < 1e-6 end
print(math.abs(row.close - 1) < 0.01, near(tonumber(row.priceOpen), 100), type(row.priceOpen), near(row.candle.high, 25), near(row.closes[2], 75),
      near(row.atr, 5), near(row.o, 50), near(row.l, 50))
print(row.rsi, row.note, row.volume, rows[2].o, rows[2].c, given[1].close)
local table_end = shown[3].content:match("| ([%d.]+) |\n\n## Columns")
print(math.abs(tonumber(table_end) - 1) < 0.01))lua");
  CHECK(p.problem.empty());
  CHECK(p.text() == "true\ttrue\tstring\ttrue\ttrue\ttrue\ttrue\ttrue\n50\t50\t50\t50\t50\t50\ntrue");
}

TEST_CASE("with anonymize, prices are known by names of the indicator tables, too, and in lists by the shape of a candle") {
  const Played p = play(R"lua(
local LEVEL = 50000
local given = {
  { id = 1, close = LEVEL, sma_20 = LEVEL, support = LEVEL, atr_14 = 500, kline = { 1641000000000, "50000", "50010", "49990", "50005", "12.5", 1641000059999 } },
  { id = 2, prices = { { 1641000000000, LEVEL }, { 1641000060, LEVEL } }, quoted = { LEVEL, 7, 1641000000000 }, rsi = { 1641000000000, 50, 40, 30, 20 } },
}
btk.override_exchange { exchange_name = "m", driver = "synthetic", seed = 7, start_price = LEVEL, volatility = 0.00001 }
local shown
add { anonymize = true, range_train = { range("2022-01-01", "2022-01-02") }, source = { { name = "rows", fetch = paged(given), price_columns = { "quoted" } } },
      get_prompt = function(_, messages) shown = messages return "text" end }
btk.optimizer.get_data("BTCUSDT", O)
local rows = btk.json.decode(shown[1].content:match("\n\n(.*)$"))
local function near(value, wanted) return math.abs(value - wanted) < 0.01 end
local row, lists = rows[1], rows[2]
print(near(row.close, 1), near(row.sma_20, 1), near(row.support, 1), near(row.atr_14, 0.01))
local k = row.kline
print(k[1] == 1641000000000, near(k[2], 1), near(k[3], 1), near(k[4], 1), near(k[5], 1), type(k[5]), k[6], k[7] == 1641000059999)
print(lists.prices[1][1] == 1641000000000, near(lists.prices[1][2], 1), lists.prices[2][1], near(lists.prices[2][2], 1))
print(near(lists.quoted[1], 1), near(lists.quoted[2] * 1e4, 1.4), lists.quoted[3] == 1641000000000, lists.rsi[2], lists.rsi[5])
print(given[1].kline[2], given[1].sma_20))lua");
  CHECK(p.problem.empty());
  CHECK(p.text() == "true\ttrue\ttrue\ttrue\ntrue\ttrue\ttrue\ttrue\ttrue\tstring\t12.5\ttrue\n"
                    "true\ttrue\t1641000060\ttrue\ntrue\ttrue\ttrue\t50\t20\n50000\t50000");
  CHECK_FALSE(p.logged("as they are"));
}

TEST_CASE("with anonymize, numbers that stay near the price without a name are told once, others never") {
  const Played p = play(R"lua(
local given = {}
for i = 1, 40 do
  given[i] = { id = i, close = 50 + i % 3, fill = 50 + i % 2, rsi = 20 + i * 17 % 60, volume = i * 3, take_profit = 0, when = 1641000000000 + i,
               book = { 50, 2 }, deals = { { at = "50.5" }, { at = "49.5" } }, kraken = { 1641000000 + i, "50", "51", "49", "50", "50.2", "400" } }
end
btk.override_exchange { exchange_name = "m", driver = "synthetic", seed = 7, start_price = 50, volatility = 0.00001 }
add { anonymize = true, range_train = { range("2022-01-01", "2022-01-02"), range("2022-01-03", "2022-01-04") },
      source = { { name = "rows", fetch = paged(given) }, { name = "bare", fetch = paged { { id = 1, target = 60 } } } } }
btk.optimizer.get_data("BTCUSDT", O))lua");
  CHECK(p.problem.empty());
  CHECK(p.logged("warn: source \"rows\": numbers that stay near the price are shown to the model as they are: book[1], deals.at, fill, kraken[6]; "
                 "name the fields that are prices in price_columns of the source"));
  CHECK(p.logged("shown to the model as they are: target; name"));
  CHECK(std::ranges::count_if(p.log, [](const std::string& line) { return line.find("as they are") != std::string::npos; }) == 2);
}

TEST_CASE("every column of the indicator tables that is in price units is known as a price") {
  // What the legend calls a price, or in price units, must be masked; what it does not must stay.
  const Played p = play(R"lua(
for _, term in ipairs { "long", "swing", "short", "micro" } do
  btk.add_optimizer { optimizer_name = term, range_train = { range("2022-01-01", "2022-01-02") }, range_test = range("2023-01-01", "2023-01-02"), anonymize = false,
                      source = { btk.optimizer.sources.indicators { term = term } }, get_prompt = function(_, messages) return messages[1].content end }
  local text = btk.optimizer.get_data("BTCUSDT", { optimizer_name = term })[1].strategy
  for name, legend in text:gmatch("%- %*%*([^*]+)%*%*: ([^;]*)") do
    local price = (legend:find("price", 1, true) or legend:find("MACD line minus", 1, true) or legend:find("signal line", 1, true)) and not legend:find("percent")
    print((price and "price " or "other ") .. name)
  end
end)lua");
  CHECK(p.problem.empty());
  const std::string prices = indicator_prices();
  std::size_t seen = 0;
  for (const std::string& line : p.lines) {
    const bool price = line.starts_with("price ");
    INFO(line);
    CHECK(price == (prices.find(" " + line.substr(6) + " ") != std::string::npos));
    ++seen;
  }
  CHECK(seen > 80);
}
