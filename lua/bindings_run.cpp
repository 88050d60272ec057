// Making and driving runs (lua/btk/run.lua).
#include <chrono>

#include <fmt/format.h>

#include "engine/error.h"
#include "lua/bindings.h"
#include "lua/convert.h"
#include "lua/ffi_exports.h"
#include "lua/history.h"
#include "lua/host_work.h"
#include "lua/traceback.h"
#include "lua/write_failure.h"

namespace btk::lua {
namespace {

// The exchange's folder and source: nothing for a script's own get_candles.
std::shared_ptr<CandleSource> open_source(lua_State* L, Script& script) {
  lua_getfield(L, 1, "exchange");
  ExchangeSchema exchange = read_exchange(L, lua_gettop(L));
  lua_pop(L, 1);
  exchange.base_dir = text_field(L, 1, "folder");
  return script.options().open_exchange(exchange);
}

// The first candles of a live run: a day before its start and before the candle with which a restored one goes on.
std::shared_ptr<const LoadedCandles> history(CandleSource& source, const std::string& symbol, const LiveSetup& live) {
  const Timestamp from = live_history_start(live);
  return part(*source.load(symbol, from, live.start), from, live.start);
}

void read_range(lua_State* L, TraderSetup& t, const ScriptOptions& options) {
  t.frame_interval = interval_of(text_field(L, 1, "frame_interval", "1m"));
  t.frame_start = static_cast<Timestamp>(number_field(L, 1, "frame_start"));
  t.frame_end = static_cast<Timestamp>(number_field(L, 1, "frame_end"));
  if (options.from) t.frame_start = *options.from;
  if (options.to) t.frame_end = *options.to;
  if (t.frame_end < t.frame_start) {
    throw Error(fmt::format("the run ends ({}) before it starts ({}); check --from and --to", format_minute(t.frame_end),
                            format_minute(t.frame_start)));
  }
}

// A back-test over no candle is no result but a mistake in the dates or the data.
void demand_candles(const TraderSetup& t, const CandleSeries& candles) {
  if (candles.empty()) throw Error(fmt::format("exchange {}: no candles of {}", t.exchange_name, t.symbol));
  if (t.live) return;
  const bool after = candles.first() > t.frame_end;
  if (!after && candles.end() > t.frame_start) return;
  throw Error(fmt::format("exchange {}: no candles of {} from {} to {}: the {} is of {}; check the frame's dates, or give --from and --to",
                          t.exchange_name, t.symbol, format_minute(t.frame_start), format_minute(t.frame_end), after ? "first" : "last",
                          format_minute(after ? candles.first() : candles.end() - kMinute)));
}

// new_run{ symbol, names, interval, risks, frame_*, exchange, has_get_signal, builder, risk_book }: the run, as a handle.
int new_run(lua_State* L, Script& script) {
  RunSetup setup;
  TraderSetup& t = setup.trader;
  t.symbol = text_field(L, 1, "symbol");
  t.strategy_name = text_field(L, 1, "strategy_name");
  t.exchange_name = text_field(L, 1, "exchange_name");
  t.frame_name = text_field(L, 1, "frame_name");
  t.signal_interval = interval_of(text_field(L, 1, "interval", "1m"));
  t.seed = script.options().seed;
  t.keep_decisions = script.options().keep_decisions;
  setup.live = script.live_setup();
  setup.kept = script.kept_series();
  setup.columns = script.options().columns;
  setup.explain = script.options().explain;
  if (setup.live) {
    t.frame_start = setup.live->start;
    t.live = t.ask_orders = t.keep_decisions = true;
  } else {
    read_range(L, t, script.options());
  }
  lua_getfield(L, 1, "risks");
  for (int i = 1, n = static_cast<int>(lua_objlen(L, -1)); i <= n; ++i) {
    lua_rawgeti(L, -1, i);
    t.risk_profiles.emplace_back(lua_tostring(L, -1));
    lua_pop(L, 1);
  }
  lua_pop(L, 1);
  setup.config = script.config();
  setup.gaps = text_field(L, 1, "gaps") == "error" ? GapPolicy::error : GapPolicy::fill;
  lua_getfield(L, 1, "has_get_signal");
  setup.has_get_signal = lua_toboolean(L, -1) != 0;
  lua_pop(L, 1);
  lua_getfield(L, 1, "builder");
  script.set_loading_candles(true);
  if (lua_touserdata(L, -1) != nullptr) {
    setup.candles = seen_candles(script, t.symbol, L, -1);
  } else {
    try {
      setup.source = open_source(L, script);
      const HostWork reading;
      setup.candles = setup.live ? history(*setup.source, t.symbol, *setup.live)
                                 : setup.source->load(t.symbol, history_start(t.frame_start, setup.config, setup.gaps), history_end(t.frame_end));
    } catch (const WriteFailure&) {
      script.set_loading_candles(false);
      throw;
    } catch (const InputError&) {  // in Lua it is an error like any other
      script.set_bad_input();
      throw;
    }
  }
  demand_candles(t, setup.candles->series);
  script.set_loading_candles(false);
  lua_getfield(L, 1, "risk_book");
  if (setup.live && setup.live->risk) {
    setup.risk = setup.live->risk;
  } else if (auto* shared = static_cast<std::shared_ptr<RiskBook>*>(lua_touserdata(L, -1)); shared && *shared) {
    setup.risk = *shared;
  } else {
    setup.risk = std::make_shared<RiskBook>();
  }
  Run& run = script.add_run(std::make_unique<Run>(std::move(setup)));
  run.collect(script.collected_kinds());
  script.set_current(&run);
  lua_pushlightuserdata(L, &run);
  return 1;
}

// loading_candles(): from here to new_run() a failure is one of the exchange's.
int loading_candles(lua_State*, Script& script) {
  script.set_loading_candles(true);
  return 0;
}

// range(from, to): the frame's ends with --from and --to in force.
int range(lua_State* L, Script& script) {
  lua_pushnumber(L, script.options().from ? static_cast<double>(*script.options().from) : lua_tonumber(L, 1));
  lua_pushnumber(L, script.options().to ? static_cast<double>(*script.options().to) : lua_tonumber(L, 2));
  return 2;
}

// Message handler of every protected call that the driver makes: the error table, and `late` in it when the script
// was ended because it took too long. Then it is free again.
int error_handler(lua_State* L) {
  Script& script = *static_cast<Script*>(lua_touserdata(L, lua_upvalueindex(1)));
  traceback_handler(L);
  if (script.resume_late() && lua_istable(L, 1)) {
    lua_pushboolean(L, 1);
    lua_setfield(L, 1, "late");
  }
  return 1;
}

// definition(function): file and line where it begins; nothing for a function that no script wrote.
int definition(lua_State* L, Script&) {
  lua_Debug ar;
  lua_pushvalue(L, 1);
  lua_getinfo(L, ">S", &ar);
  if (ar.source[0] != '@') return 0;
  lua_pushstring(L, ar.source + 1);
  lua_pushinteger(L, ar.linedefined);
  return 2;
}

// Wall-clock milliseconds of a steady clock, for listen_performance.
int stopwatch(lua_State* L, Script&) {
  const std::chrono::duration<double, std::milli> now = std::chrono::steady_clock::now().time_since_epoch();
  lua_pushnumber(L, now.count());
  return 1;
}

// measuring(run): shall its durations be kept? Then they are from now on.
int measuring(lua_State* L, Script& script) {
  if (script.measuring()) run_arg(L).keep_measures();
  lua_pushboolean(L, script.measuring());
  return 1;
}

// measure(run, metric, duration, time, time of the measurement before or nil)
int measure(lua_State* L, Script&) {
  Measure m{text_arg(L, 2), lua_tonumber(L, 3), static_cast<Timestamp>(lua_tonumber(L, 4))};
  if (lua_isnumber(L, 5)) m.previous = static_cast<Timestamp>(lua_tonumber(L, 5));
  run_arg(L).measure(std::move(m));
  return 0;
}

// pointers(run): its Drive, the trader's Now.
int pointers(lua_State* L, Script&) {
  Run& run = run_arg(L);
  lua_pushlightuserdata(L, &run.drive());
  lua_pushlightuserdata(L, const_cast<Now*>(&run.trader().now()));
  return 2;
}

int listen(lua_State* L, Script&) {
  run_arg(L).listen(static_cast<std::uint32_t>(lua_tonumber(L, 2)));
  return 0;
}

// event(run): kind, payload of the event that the trader just asked to deliver.
int event(lua_State* L, Script&) {
  Run& run = run_arg(L);
  const Event& e = run.trader().event();
  lua_pushnumber(L, static_cast<double>(e.kind));
  if (e.kind == EventKind::tick) {
    push_tick_result(L, run.row_context(), e);
  } else {
    push_event(L, run.row_context(), e);
  }
  if (e.kind == EventKind::progress) set_field(L, "total_frames", static_cast<double>(run.trader().frame_count()));
  if (e.kind == EventKind::refusal) {
    set_field(L, "message", e.note);
    lua_createtable(L, static_cast<int>(e.codes.size()), 0);
    int i = 0;
    for (const std::string& code : e.codes) {
      lua_pushlstring(L, code.data(), code.size());
      lua_rawseti(L, -2, ++i);
    }
    lua_setfield(L, -2, "codes");
  }
  return 2;
}

// result(run): the event that was just delivered, about a position or an order, as a tick result.
int result(lua_State* L, Script&) {
  Run& run = run_arg(L);
  push_tick_result(L, run.row_context(), run.trader().event());
  return 1;
}

// A live entry must not be older than CC_MAX_ENTRY_DELAY_SECONDS by the session's clock (differences.md 2).
bool came_too_late(Run& run) {
  LiveHooks* hooks = run.hooks();
  if (hooks == nullptr) return false;
  if (hooks->replaying()) return hooks->recorded(RunInput::Kind::late, "get_signal", {}).has_value();
  run.stamp();
  const double delay = static_cast<double>(hooks->clock_now()) - run.trader().now().when;
  if (delay <= run.config().max_entry_delay_seconds * 1000) return false;
  hooks->record(run.input(RunInput::Kind::late, "get_signal"));
  return true;
}

// Does the text hold a control character, C1 ones (U+0080 to U+009F) among them? `prose`: line feeds and tabs are none.
bool steers_terminals(std::string_view text, bool prose) {
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto byte = static_cast<unsigned char>(text[i]);
    if (prose && (text[i] == '\n' || text[i] == '\t')) continue;
    if (byte < 0x20 || byte == 0x7F) return true;
    if (byte == 0xC2 && i + 1 < text.size() && static_cast<unsigned char>(text[i + 1]) < 0xA0) return true;
  }
  return false;
}

// Texts of a generated file that the host would keep, and people see on their terminals.
void check_texts(const SignalRequest& request, const GeneratedProfile& profile) {
  const auto check = [](const char* field, const std::string& text, std::size_t most, bool prose) {
    if (text.size() > most) throw Error(fmt::format("the signal's {} has {} bytes; a generated file may use {}", field, text.size(), most));
    if (steers_terminals(text, prose)) throw Error(fmt::format("the signal's {} holds control characters; a generated file may use none", field));
  };
  check("note", request.note, profile.note_bytes, true);
  check("id", request.id, profile.id_bytes, false);
}

int answer_signal(lua_State* L, Script& script) {
  Trader& trader = run_arg(L).trader();
  SignalRequest request = read_signal(L, 2);
  if (const auto& profile = script.options().generated; profile && profile->bounded_answers) check_texts(request, *profile);
  if (request.symbol && *request.symbol != trader.setup().symbol) {
    throw Error(fmt::format("the signal names symbol \"{}\", this run trades {}; leave symbol out", *request.symbol,
                            trader.setup().symbol));
  }
  if (came_too_late(run_arg(L))) {
    trader.drop_request();
    lua_pushliteral(L, "late");
    return 1;
  }
  trader.answer_signal(std::move(request));
  if (ExplainLog* log = run_arg(L).explain()) log->answered();
  return 0;
}

// answer_warmup(run, message)
int answer_warmup(lua_State* L, Script&) {
  if (ExplainLog* log = run_arg(L).explain()) log->warmup(text_arg(L, 2));
  run_arg(L).trader().answer_warmup();
  return 0;
}

// What a live check sees depends on when other traders acted: it is recorded, and a replay sees the same.
void fix_risk_positions(Run& run) {
  LiveHooks* hooks = run.hooks();
  if (hooks == nullptr) return;
  const RiskQuery& query = run.trader().risk_query();
  RunInput input = run.input(RunInput::Kind::risk, query.profile, query.signal.id);
  if (hooks->replaying()) {
    if (auto then = hooks->recorded(input.kind, input.name, input.id)) run.trader().set_risk_positions(std::move(then->positions));
    return;
  }
  input.positions = query.positions;
  hooks->record(std::move(input));
}

int risk_query(lua_State* L, Script&) {
  Run& run = run_arg(L);
  fix_risk_positions(run);
  push_risk_query(L, run.row_context(), run.trader().risk_query());
  return 1;
}

int answer_risk(lua_State* L, Script&) {
  run_arg(L).trader().answer_risk(lua_toboolean(L, 2) != 0, text_arg(L, 3), text_arg(L, 4));
  return 0;
}

// report_error(run, where, error table of the traceback handler).
int report_error(lua_State* L, Script&) {
  ReportedError e;
  e.where = text_arg(L, 2);
  e.message = text_field(L, 3, "message");
  e.file = text_field(L, 3, "file");
  e.line = static_cast<int>(number_field(L, 3, "line"));
  e.traceback = text_field(L, 3, "traceback");
  if (ExplainLog* log = run_arg(L).explain()) log->failed(e.where, e.message);
  run_arg(L).report_error(std::move(e));
  return 0;
}

// watch_locals(run, get_signal): does what --explain wants to know of the function.
int watch_locals_of(lua_State* L, Script&) {
  ExplainLog* log = run_arg(L).explain();
  if (log == nullptr || !log->wish().locals) return 0;
  lua_settop(L, 2);
  watch_locals(L, *log);
  return 0;
}

int fatal(lua_State* L, Script&) {
  run_arg(L).set_fatal(text_arg(L, 2));
  run_arg(L).trader().abandon();
  return 0;
}

int abandon(lua_State* L, Script&) {
  run_arg(L).trader().abandon();
  return 0;
}

int finished_count(lua_State* L, Script&) {
  lua_pushnumber(L, static_cast<double>(run_arg(L).trader().finished().size()));
  return 1;
}

int set_current(lua_State* L, Script& script) {
  script.set_current(static_cast<Run*>(lua_touserdata(L, 1)));
  return 0;
}

constexpr NamedBinding kRunBindings[] = {
    {"new_run", bound<new_run>}, {"pointers", bound<pointers>},
    {"range", bound<range>}, {"error_handler", error_handler},
    {"loading_candles", bound<loading_candles>},
    {"definition", bound<definition>}, {"result", bound<result>},
    {"measuring", bound<measuring>}, {"measure", bound<measure>},
    {"stopwatch", bound<stopwatch>}, {"listen", bound<listen>},
    {"event", bound<event>}, {"answer_signal", bound<answer_signal>},
    {"answer_warmup", bound<answer_warmup>}, {"risk_query", bound<risk_query>},
    {"answer_risk", bound<answer_risk>}, {"report_error", bound<report_error>},
    {"fatal", bound<fatal>}, {"abandon", bound<abandon>},
    {"watch_locals", bound<watch_locals_of>}, {"finished", bound<finished_count>},
    {"set_current", bound<set_current>},
};

}  // namespace

std::span<const NamedBinding> run_bindings() { return kRunBindings; }

}  // namespace btk::lua
