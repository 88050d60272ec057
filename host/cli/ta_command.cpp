// btkhost ta: what an indicator script makes of the newest candles, as a table.
#include <algorithm>
#include <chrono>
#include <cstdlib>

#include "host/cli/commands.h"
#include "host/cli/exit_code.h"
#include "host/cli/parser.h"
#include "host/cli/run_json.h"
#include "host/cli/script_host.h"
#include "host/cli/script_setup.h"
#include "host/cli/script_words.h"
#include "host/cli/symbols.h"
#include "host/cli/usage_error.h"

namespace btk::host {
namespace {

using Table = std::vector<std::vector<std::string>>;  ///< the first row is the header

struct TaOptions : ScriptChoice {
  std::string symbol, interval = "15m", format = "table";
  int limit = 50;
  std::optional<Timestamp> when;
};

std::optional<TaOptions> read_ta_options(const Words& words, Console& console) {
  TaOptions o;
  Parser parser("ta", "Prints the columns of an indicator script: a file that registers an exchange and returns a function(candles, symbol, "
                "interval), which returns a table of columns.", "btkhost ta bands.lua --symbol BTCUSDT --interval 1h --limit 24   (in a folder of btkhost init, template full)");
  CLI::App& app = parser.app();
  std::string symbol, when;
  ScriptWords script(app, o);
  script.files("ta", "the Lua file");
  app.add_option("--symbol,--symbols", symbol, "one symbol; default: the script's first, else BTCUSDT");
  script.exchange();
  app.add_option("--interval", o.interval, "of the candles: 1m 3m 5m 15m 30m 1h 2h 4h 6h 8h 1d; default 15m");
  app.add_option("--limit", o.limit, "how many candles; default 50");
  app.add_option("--when", when, "the present moment: ISO date or Unix ms; default: the end of the script's frame, else now");
  app.add_option("--format", o.format, "table, csv or json; default table");
  script.unsafe().env_override();
  if (!parser.parse(words, console)) return std::nullopt;
  script.read();
  if (o.files.size() > 1) throw UsageError("btkhost ta: one script at a time");
  const auto interval = parse_interval(o.interval);
  if (!interval || !is_candle_interval(*interval)) {
    throw UsageError(fmt::format("--interval: there are no candles of \"{}\"; use 1m 3m 5m 15m 30m 1h 2h 4h 6h 8h 1d", o.interval));
  }
  if (o.limit < 1 || o.limit > 1000000) throw UsageError(fmt::format("--limit {}: give a number from 1 to 1000000", o.limit));
  if (!symbol.empty()) {
    const auto symbols = read_symbols(symbol, "--symbol");
    if (symbols.size() > 1) throw UsageError("btkhost ta: one symbol at a time");
    o.symbol = symbols.front();
  }
  if (!when.empty()) o.when = align(read_moment(when, DayEdge::last_minute, "--when"), kMinute);
  if (o.format != "table" && o.format != "csv" && o.format != "json") {
    throw UsageError(fmt::format("--format: there is no format \"{}\"; there are table, csv, json", o.format));
  }
  return o;
}

/// The end of the script's first frame, else now.
Timestamp default_moment(lua::Script& script) {
  const lua::WalkerOffer offer = script.walker_offer();
  if (!offer.frame_name.empty()) return align(script.frame(offer.frame_name).end, kMinute);
  const auto now = std::chrono::system_clock::now().time_since_epoch();
  return align(std::chrono::duration_cast<std::chrono::milliseconds>(now).count(), kMinute);
}

Table read_table(lua_State* L) {
  Table table;
  for (int i = 1, rows = static_cast<int>(lua_objlen(L, -1)); i <= rows; ++i) {
    lua_rawgeti(L, -1, i);
    std::vector<std::string>& row = table.emplace_back();
    for (int k = 1, cells = static_cast<int>(lua_objlen(L, -1)); k <= cells; ++k) {
      lua_rawgeti(L, -1, k);
      const char* text = lua_tostring(L, -1);
      row.emplace_back(text != nullptr ? text : "");
      lua_pop(L, 1);
    }
    lua_pop(L, 1);
  }
  lua_pop(L, 1);
  return table;
}

Table make_table(lua::Script& script, const TaOptions& o) {
  const lua::ScriptExchange exchange = script.exchange();
  const std::string symbol = !o.symbol.empty() ? o.symbol : !exchange.symbols.empty() ? exchange.symbols.front() : "BTCUSDT";
  const Timestamp when = o.when ? *o.when : default_moment(script);
  lua::Isolate& isolate = script.isolate();
  lua_State* L = isolate.state();
  isolate.push_module("ta_table");
  lua_getfield(L, -1, "make");
  lua_remove(L, -2);
  script.returned().front().push(L);
  for (const std::string& text : {symbol, o.interval}) lua_pushlstring(L, text.data(), text.size());
  lua_pushinteger(L, o.limit);
  lua_pushlstring(L, exchange.schema.exchange_name.data(), exchange.schema.exchange_name.size());
  lua_pushnumber(L, static_cast<double>(when));
  isolate.call(6, 1);
  return read_table(L);
}

std::string aligned(const Table& table) {
  std::vector<std::size_t> widths(table.front().size(), 0);
  for (const auto& row : table) {
    for (std::size_t i = 0; i < row.size(); ++i) widths[i] = std::max(widths[i], row[i].size());
  }
  std::string out;
  for (const auto& row : table) {
    std::string line;
    for (std::size_t i = 0; i < row.size(); ++i) line += fmt::format("{}{:>{}}", i == 0 ? "" : "  ", row[i], widths[i]);
    out += line + "\n";
  }
  return out;
}

std::string csv(const Table& table) {
  std::string out;
  for (const auto& row : table) {
    for (std::size_t i = 0; i < row.size(); ++i) {
      std::string cell = row[i];
      if (cell.find_first_of(",\"\n") != std::string::npos) {
        for (std::size_t at = cell.find('"'); at != std::string::npos; at = cell.find('"', at + 2)) cell.insert(at, 1, '"');
        cell = '"' + cell + '"';
      }
      out += (i == 0 ? "" : ",") + cell;
    }
    out += '\n';
  }
  return out;
}

std::string json_rows(const Table& table) {
  auto rows = nlohmann::ordered_json::array();
  for (std::size_t r = 1; r < table.size(); ++r) {
    nlohmann::ordered_json object;
    for (std::size_t i = 0; i < table[r].size(); ++i) {
      const std::string& cell = table[r][i];
      if (i == 0) {
        object[table[0][i]] = cell;
      } else {
        char* end = nullptr;
        const double value = std::strtod(cell.c_str(), &end);
        if (cell.empty()) {
          object[table[0][i]] = nullptr;
        } else if (*end == '\0') {
          object[table[0][i]] = value;
        } else {
          object[table[0][i]] = cell;
        }
      }
    }
    rows.push_back(std::move(object));
  }
  return json_text(rows) + "\n";
}

}  // namespace

int ta_command(const Words& words, Console& console) {
  const auto options = read_ta_options(words, console);
  if (!options) return 0;
  ScriptHost host(*options, console);
  const lua::ScriptOptions setup = host.script_options(*options);
  lua::Script script(setup, lua::Script::Role::main);
  const Interrupt::Watch watch(host.interrupt(), script.isolate());
  load_or_refuse(script);
  Table table;
  try {
    table = make_table(script, *options);
  } catch (const lua::ScriptFailure& e) {
    if (e.error().stop == lua::StopReason::interrupted) return kInterrupted;
    throw UsageError(e.what());
  }
  console.print(options->format == "csv" ? csv(table) : options->format == "json" ? json_rows(table) : aligned(table));
  return 0;
}

}  // namespace btk::host
