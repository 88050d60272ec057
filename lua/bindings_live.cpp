// What paper and live runs need of the host (lua/btk/orders.lua, live.lua, data.lua).
#include <cmath>

#include <fmt/format.h>

#include "engine/error.h"
#include "engine/text.h"
#include "lua/bindings.h"
#include "lua/convert.h"
#include "lua/host_work.h"
#include "lua/paper_broker.h"

namespace btk::lua {
namespace {

std::string order_label(const Run& run) {
  const OrderQuery& query = run.trader().order_query();
  return lua::order_name(query.kind, query.signal.id);
}

int mode(lua_State* L, Script& script) {
  const std::string& text = script.options().mode;
  lua_pushlstring(L, text.data(), text.size());
  return 1;
}

// may_reach_out(): may it ask for what no repetition would give again?
int may_reach_out(lua_State* L, Script& script) {
  lua_pushboolean(L, script.options().mode != "backtest" || (script.options().real_time && script.current() == nullptr));
  return 1;
}

// live(): what the run that is being begun is told by its setup.
int live(lua_State* L, Script& script) {
  const LiveSetup& setup = *script.live_setup();
  lua_createtable(L, 0, 7);
  set_field(L, "mode", setup.mode);
  set_field(L, "rehearsed", script.options().tests != nullptr);
  set_field(L, "start", static_cast<double>(setup.start));
  set_field(L, "history", static_cast<double>(live_history_start(setup)));
  set_field(L, "use_broker", setup.use_broker);
  set_field(L, "replaying", setup.hooks->replaying());
  set_field(L, "restored", setup.state && (setup.state->order || setup.state->position));
  return 1;
}

// clock_now(): the session's clock, ms.
int clock_now(lua_State* L, Script& script) {
  const Run* run = script.current();
  if (run == nullptr || run->hooks() == nullptr) throw Error("live.now works inside a run: call it from a hook, a callback or a listener");
  lua_pushnumber(L, static_cast<double>(run->hooks()->clock_now()));
  return 1;
}

ChunkRuns& chunk_runs(Script& script) {
  if (script.options().chunk_runs == nullptr) throw Error("live.run works under btkhost paper and btkhost live");
  return *script.options().chunk_runs;
}

// live_begin(symbol, strategy, exchange): the run that live_step() drives.
int live_begin(lua_State* L, Script& script) {
  chunk_runs(script).begin({text_arg(L, 1), text_arg(L, 2), text_arg(L, 3), {}, {}});
  return 0;
}

// live_step(): true when the run is over.
int live_step(lua_State* L, Script& script) {
  lua_pushboolean(L, chunk_runs(script).step());
  return 1;
}

int live_stop(lua_State*, Script& script) {
  chunk_runs(script).stop();
  return 0;
}

// Orders ------------------------------------------------------------------------

// order_query(run): kind, payload.
int order_query(lua_State* L, Script&) {
  const Run& run = run_arg(L);
  const OrderQuery& query = run.trader().order_query();
  const std::string_view kind = to_string(query.kind);
  lua_pushlstring(L, kind.data(), kind.size());
  push_order_query(L, run.row_context(), query);
  return 2;
}

// before_order(run): the journal has it; from now on the order counts as sent.
int before_order(lua_State* L, Script&) {
  Run& run = run_arg(L);
  const OrderQuery& query = run.trader().order_query();
  run.hooks()->before_order(query);
  if (!is_check(query.kind)) run.mark_sent(order_label(run));
  return 0;
}

int push_reason(lua_State* L, const std::optional<std::string>& why) {
  if (!why) return 0;
  lua_pushlstring(L, why->data(), why->size());
  return 1;
}

// forbidden(run): why the host forbids the order that is about to be asked about, or nothing. The exchange may have filled
// what was placed or sent before: that is not to be forbidden any more.
int forbidden(lua_State* L, Script&) {
  Run& run = run_arg(L);
  const OrderQuery& query = run.trader().order_query();
  const bool purchase = query.kind == OrderAsk::open || query.kind == OrderAsk::place;
  if (!purchase || run.was_sent(order_label(run))) return 0;
  return push_reason(L, run.hooks()->forbids(query));
}

// Why the minute at work is too old for a purchase: its price is not that of today.
std::optional<std::string> too_late(Run& run) {
  const HostWork asking;
  const Timestamp minute = run.trader().work().minute;
  const double late = static_cast<double>(run.hooks()->market_now() - minute) / 1000;
  if (late <= run.config().max_entry_delay_seconds) return std::nullopt;
  return fmt::format("minute {} is over for {:.0f} s, longer than CC_MAX_ENTRY_DELAY_SECONDS ({})", format_minute(minute), late,
                     shortest(run.config().max_entry_delay_seconds));
}

// forbidden_average_buy(run, cost or nil): the same for an average buy of the open position, also when it comes too late.
int forbidden_average_buy(lua_State* L, Script&) {
  Run& run = run_arg(L);
  const Signal* position = run.trader().pending();
  if (position == nullptr) return 0;
  OrderQuery query;
  query.signal = *position;
  query.signal.cost = luaL_optnumber(L, 2, run.config().position_entry_cost);
  if (const auto why = too_late(run)) return push_reason(L, why);
  return push_reason(L, run.hooks()->forbids(query));
}

int was_sent(lua_State* L, Script&) {
  const Run& run = run_arg(L);
  lua_pushboolean(L, run.was_sent(order_label(run)));
  return 1;
}

bool on_paper(const Run& run) { return !run.live()->use_broker || run.live()->mode == "paper"; }

void give_answer(lua_State* L, Run& run, OrderAnswer answer, bool record) {
  const OrderQuery& query = run.trader().order_query();
  if (record) {
    RunInput input = run.input(RunInput::Kind::verdict, text_arg(L, 2), query.signal.id);
    input.answer = answer;
    run.hooks()->record(std::move(input));
  }
  if (answer.verdict != Verdict::unknown) run.forget_sent(order_label(run));
  run.trader().answer_order(std::move(answer));
}

// answer_order(run, hook, verdict, why, what the hook returned): nothing, or what is wrong with the latter.
int answer_order(lua_State* L, Script&) {
  Run& run = run_arg(L);
  const std::string name = text_arg(L, 3);
  OrderAnswer answer{name == "confirmed"  ? Verdict::confirmed
                     : name == "rejected" ? Verdict::rejected
                     : name == "deleted"  ? Verdict::deleted
                                          : Verdict::unknown,
                     text_arg(L, 4),
                     {}};
  std::string problem;
  if (answer.verdict == Verdict::confirmed) answer.fill = read_fill(L, 5, problem);
  give_answer(L, run, std::move(answer), true);
  if (problem.empty()) return 0;
  lua_pushlstring(L, problem.data(), problem.size());
  return 1;
}

// Nothing real depends on the paper broker's rounding: without the exchange's rules it does without.
SymbolRules rules_or_none(Script& script, Run& run) {
  if (run.source() == nullptr) return {};
  const std::string& symbol = run.trader().setup().symbol;
  try {
    return run.source()->rules(symbol);
  } catch (const Error& e) {
    if (script.options().log) {
      script.options().log("warn", fmt::format("{}; the paper broker does not round quantities", e.what()));
    }
    return {};
  }
}

// answer_simulated(run, hook): the paper broker's answer; why it refused, or nothing. On paper a confirmation needs no record: a replay makes it
// again.
int answer_simulated(lua_State* L, Script& script) {
  Run& run = run_arg(L);
  const OrderQuery& query = run.trader().order_query();
  const SymbolRules rules = is_check(query.kind) ? SymbolRules{} : rules_or_none(script, run);
  OrderAnswer answer = simulated_answer(query, run.config(), rules);
  const bool record = answer.verdict != Verdict::confirmed || !on_paper(run);
  const std::optional<std::string> refused = answer.verdict == Verdict::rejected ? std::optional(answer.why) : std::nullopt;
  give_answer(L, run, std::move(answer), record);
  return push_reason(L, refused);
}

// answer_recorded(run, hook): a replay's answer. Without a record a broker had not answered; on paper it was confirmed.
int answer_recorded(lua_State* L, Script&) {
  Run& run = run_arg(L);
  const OrderQuery& query = run.trader().order_query();
  if (auto input = run.hooks()->recorded(RunInput::Kind::verdict, text_arg(L, 2), query.signal.id)) {
    give_answer(L, run, std::move(input->answer), false);
  } else if (on_paper(run)) {
    give_answer(L, run, simulated_answer(query, run.config(), {}), false);
  } else {
    give_answer(L, run, {Verdict::unknown, "the session has no answer to this", {}}, false);
  }
  return 0;
}

// add_simulated_fill(run, action): what the paper broker did for the command that was taken just now.
int add_simulated_fill(lua_State* L, Script& script) {
  Run& run = run_arg(L);
  const std::string action = text_arg(L, 2);
  const auto position = run.trader().state_so_far().position;
  if (!position) return 0;
  Fill fill = simulated_command(*position, action == "average-buy", run.config(), rules_or_none(script, run));
  fill.action = action;
  fill.time = static_cast<Timestamp>(run.trader().now().when);
  run.trader().add_fill(std::move(fill));
  return 0;
}

int record_veto(lua_State* L, Script&) {
  Run& run = run_arg(L);
  RunInput input = run.input(RunInput::Kind::veto, text_arg(L, 2), text_arg(L, 3));
  input.answer = {Verdict::rejected, text_arg(L, 4), {}};
  run.hooks()->record(std::move(input));
  return 0;
}

// recorded_veto(run, hook, id): why the broker refused then, or nil.
int recorded_veto(lua_State* L, Script&) {
  const auto input = run_arg(L).hooks()->recorded(RunInput::Kind::veto, text_arg(L, 2), text_arg(L, 3));
  if (!input) return 0;
  lua_pushlstring(L, input->answer.why.data(), input->answer.why.size());
  return 1;
}

int record_deed(lua_State* L, Script&) {
  Run& run = run_arg(L);
  if (run.hooks() == nullptr) return 0;
  RunInput input = run.input(RunInput::Kind::deed, text_arg(L, 2), text_arg(L, 3));
  input.answer.why = text_arg(L, 4);
  run.hooks()->record(std::move(input));
  return 0;
}

// recorded_deed(run, hook, id): the next command that the hook gave then, or nil.
int recorded_deed(lua_State* L, Script&) {
  const auto input = run_arg(L).hooks()->recorded(RunInput::Kind::deed, text_arg(L, 2), text_arg(L, 3));
  if (!input) return 0;
  lua_pushlstring(L, input->answer.why.data(), input->answer.why.size());
  return 1;
}

// add_fill(run, action, what the hook returned): nothing, or what is wrong with the latter.
int add_fill(lua_State* L, Script&) {
  Run& run = run_arg(L);
  std::string problem;
  if (auto fill = read_fill(L, 3, problem)) {
    fill->action = text_arg(L, 2);
    fill->time = static_cast<Timestamp>(run.trader().now().when);
    run.trader().add_fill(std::move(*fill));
  }
  if (problem.empty()) return 0;
  lua_pushlstring(L, problem.data(), problem.size());
  return 1;
}

// Market data -------------------------------------------------------------------

int candles_end(lua_State* L, Script&) {
  lua_pushnumber(L, static_cast<double>(run_arg(L).candles_end(text_arg(L, 2))));
  return 1;
}

// append_rows(run, symbol, builder): the builder's candles behind the end of the symbol's.
int append_rows(lua_State* L, Script&) {
  run_arg(L).append_candles(text_arg(L, 2), real_candles(L, 3));
  return 0;
}

// fetch_closed(run, symbol, to): the source's candles up to `to` behind the end of the symbol's.
int fetch_closed(lua_State* L, Script&) {
  Run& run = run_arg(L);
  const std::string symbol = text_arg(L, 2);
  const Timestamp from = run.candles_end(symbol), to = static_cast<Timestamp>(lua_tonumber(L, 3));
  if (from < to) run.append_candles(symbol, run.source()->closed(symbol, from, to));
  return 0;
}

void set_levels(lua_State* L, const char* key, const std::vector<std::pair<double, double>>& levels) {
  lua_createtable(L, static_cast<int>(levels.size()), 0);
  int i = 0;
  for (const auto& [price, quantity] : levels) {
    lua_createtable(L, 0, 2);
    set_field(L, "price", price);
    set_field(L, "quantity", quantity);
    lua_rawseti(L, -2, ++i);
  }
  lua_setfield(L, -2, key);
}

// source_order_book(run, symbol, depth): the table, or nil when the exchange has none.
int source_order_book(lua_State* L, Script&) {
  const Run& run = run_arg(L);
  if (run.source() == nullptr) return 0;
  const auto book = run.source()->order_book(text_arg(L, 2), static_cast<int>(lua_tonumber(L, 3)));
  if (!book) return 0;
  lua_createtable(L, 0, 3);
  set_field(L, "symbol", text_arg(L, 2));
  set_levels(L, "bids", book->bids);
  set_levels(L, "asks", book->asks);
  return 1;
}

// source_trades(run, symbol, from, to): a list, or nil when the exchange has none.
int source_trades(lua_State* L, Script&) {
  const Run& run = run_arg(L);
  if (run.source() == nullptr) return 0;
  const auto trades =
      run.source()->trades(text_arg(L, 2), static_cast<Timestamp>(lua_tonumber(L, 3)), static_cast<Timestamp>(lua_tonumber(L, 4)));
  if (!trades) return 0;
  lua_createtable(L, static_cast<int>(trades->size()), 0);
  int i = 0;
  for (const AggregatedTrade& trade : *trades) {
    lua_createtable(L, 0, 5);
    set_field(L, "id", trade.id);
    set_field(L, "price", trade.price);
    set_field(L, "qty", trade.quantity);
    set_field(L, "timestamp", static_cast<double>(trade.timestamp));
    set_field(L, "is_buyer_maker", trade.buyer_is_maker);
    lua_rawseti(L, -2, ++i);
  }
  return 1;
}

int decimals(double step) {
  int digits = 0;
  while (digits < 12 && std::abs(nearest_step(step, 1) - step) > 1e-9 * step) {
    step *= 10;
    ++digits;
  }
  return digits;
}

// to_rules(run, "format_price" or "format_quantity", symbol, value): the text, or nil when the exchange has no rule.
int to_rules(lua_State* L, Script&) {
  const Run& run = run_arg(L);
  if (run.source() == nullptr) return 0;
  const SymbolRules rules = run.source()->rules(text_arg(L, 3));
  const bool price = text_arg(L, 2) == "format_price";
  const double step = price ? rules.tick_size : rules.step_size;
  if (!(step > 0)) return 0;
  const double value = lua_tonumber(L, 4);
  const std::string text = fixed(price ? nearest_step(value, step) : step_below(value, step), decimals(step));
  lua_pushlstring(L, text.data(), text.size());
  return 1;
}

// set_risks(run, names): the profiles of the next risk check.
int set_risks(lua_State* L, Script&) {
  std::vector<std::string> names;
  for (int i = 1, n = static_cast<int>(lua_objlen(L, 2)); i <= n; ++i) {
    lua_rawgeti(L, 2, i);
    names.emplace_back(lua_tostring(L, -1));
    lua_pop(L, 1);
  }
  run_arg(L).trader().set_risk_profiles(std::move(names));
  return 0;
}

constexpr NamedBinding kLiveBindings[] = {
    {"mode", bound<mode>},
    {"may_reach_out", bound<may_reach_out>},
    {"live", bound<live>},
    {"live_begin", bound<live_begin>},
    {"live_step", bound<live_step>},
    {"live_stop", bound<live_stop>},
    {"clock_now", bound<clock_now>},
    {"order_query", bound<order_query>},
    {"set_risks", bound<set_risks>},
    {"before_order", bound<before_order>},
    {"forbidden", bound<forbidden>},
    {"forbidden_average_buy", bound<forbidden_average_buy>},
    {"was_sent", bound<was_sent>},
    {"answer_order", bound<answer_order>},
    {"answer_simulated", bound<answer_simulated>},
    {"answer_recorded", bound<answer_recorded>},
    {"record_veto", bound<record_veto>},
    {"recorded_veto", bound<recorded_veto>},
    {"record_deed", bound<record_deed>},
    {"recorded_deed", bound<recorded_deed>},
    {"add_fill", bound<add_fill>},
    {"add_simulated_fill", bound<add_simulated_fill>},
    {"candles_end", bound<candles_end>},
    {"append_rows", bound<append_rows>},
    {"fetch_closed", bound<fetch_closed>},
    {"source_order_book", bound<source_order_book>},
    {"source_trades", bound<source_trades>},
    {"to_rules", bound<to_rules>},
};

}  // namespace

std::span<const NamedBinding> live_bindings() { return kLiveBindings; }

}  // namespace btk::lua
