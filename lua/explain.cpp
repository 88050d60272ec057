#include "lua/explain.h"

#include <fmt/format.h>

#include "engine/text.h"

namespace btk::lua {
namespace {

constexpr std::uint32_t bit(EventKind kind) { return 1U << static_cast<unsigned>(kind); }

std::string side(const Signal& s) { return s.position == Side::short_side ? "short" : "long"; }

/// Eight digits are enough to see what happened.
std::string short_price(double price) { return fmt::format("{:.8g}", price); }

std::string levels(const Signal& s) {
  return fmt::format("take profit {}, stop loss {}", short_price(s.price_take_profit), short_price(s.price_stop_loss));
}

std::string held(const Signal& s) { return fmt::format("{} from {}, {}", side(s), short_price(s.price_open), levels(s)); }

std::string of_result(const Event& e) {
  const Signal& s = *e.signal;
  switch (e.action) {
    case Action::opened: return fmt::format("{} at {}, {}", side(s), short_price(s.price_open), levels(s));
    case Action::scheduled:
    case Action::waiting: return fmt::format("limit order: {} at {}, {}", side(s), short_price(s.price_open), levels(s));
    case Action::active: return fmt::format("{} from {}, {}", side(s), short_price(s.price_open), levels(s));
    case Action::closed:
      return fmt::format("{} at {}, {:+.2f} %{}", to_string(e.close_reason), short_price(e.current_price), e.pnl.pnl_percentage,
                         e.data_ended ? " (the candles ended)" : "");
    case Action::cancelled: return fmt::format("{}{}", to_string(e.cancel_reason), e.data_ended ? " (the candles ended)" : "");
    case Action::idle: break;
  }
  return {};
}

void add_sentence(std::string& all, const std::string& more) { all += (all.empty() ? "" : "; ") + more; }

// Locals ----------------------------------------------------------------------------

const char kWatched = 0;  // its address is the registry key of the table { function -> log }

/// The value on top of the stack as a short text; it is popped. `any`: also functions and plain tables.
std::string value_text(lua_State* L, bool any) {
  constexpr std::size_t kLongest = 60;
  std::string text;
  const int type = lua_type(L, -1);
  if (type == LUA_TSTRING) {
    text = fmt::format("\"{}\"", lua_tostring(L, -1));
  } else if (type == LUA_TNUMBER) {
    text = shortest(lua_tonumber(L, -1));
  } else if (type == LUA_TBOOLEAN) {
    text = lua_toboolean(L, -1) != 0 ? "true" : "false";
  } else if (type == LUA_TNIL) {
    text = "nil";
  } else if (luaL_getmetafield(L, -1, "__tostring") != 0) {
    lua_pushvalue(L, -2);
    text = lua_pcall(L, 1, 1, 0) == 0 && lua_isstring(L, -1) ? lua_tostring(L, -1) : lua_typename(L, type);
    lua_pop(L, 1);
    if (!any && !text.starts_with("series ")) text.clear();
  } else if (any) {
    text = type == LUA_TTABLE ? fmt::format("table of {}", lua_objlen(L, -1)) : lua_typename(L, type);
  }
  lua_pop(L, 1);
  for (char& c : text) c = c == '\n' || c == '\r' || c == '\t' ? ' ' : c;
  if (text.size() > kLongest) text = text.substr(0, kLongest - 3) + "...";
  return text;
}

void on_return(lua_State* L, lua_Debug* ar) {
  if (lua_getinfo(L, "f", ar) == 0) return;
  lua_pushlightuserdata(L, const_cast<char*>(&kWatched));
  lua_rawget(L, LUA_REGISTRYINDEX);
  lua_pushvalue(L, -2);
  lua_rawget(L, -2);
  auto* log = static_cast<ExplainLog*>(lua_touserdata(L, -1));
  lua_pop(L, 2);
  if (log != nullptr) {
    std::string all;
    const auto add = [&all](const char* name, const std::string& value) {
      if (!value.empty()) all += fmt::format("{}{} = {}", all.empty() ? "" : ", ", name, value);
    };
    for (int i = 1; const char* name = lua_getlocal(L, ar, i); ++i) {
      if (name[0] == '(') {
        lua_pop(L, 1);
      } else {
        add(name, value_text(L, true));
      }
    }
    for (int i = 1; const char* name = lua_getupvalue(L, -1, i); ++i) add(name, value_text(L, false));
    log->locals(std::move(all));
  }
  lua_pop(L, 1);
}

}  // namespace

void watch_locals(lua_State* L, ExplainLog& log) {
  lua_pushlightuserdata(L, const_cast<char*>(&kWatched));
  lua_rawget(L, LUA_REGISTRYINDEX);
  if (lua_isnil(L, -1)) {
    lua_pop(L, 1);
    lua_newtable(L);
    lua_pushlightuserdata(L, const_cast<char*>(&kWatched));
    lua_pushvalue(L, -2);
    lua_rawset(L, LUA_REGISTRYINDEX);
  }
  lua_insert(L, -2);
  lua_pushlightuserdata(L, &log);
  lua_rawset(L, -3);
  lua_pop(L, 1);
  luaJIT_setmode(L, 0, LUAJIT_MODE_ENGINE | LUAJIT_MODE_OFF);
  luaJIT_setmode(L, 0, LUAJIT_MODE_ENGINE | LUAJIT_MODE_FLUSH);
  lua_sethook(L, on_return, LUA_MASKRET, 0);
}

std::uint32_t ExplainLog::kinds() {
  return bit(EventKind::progress) | bit(EventKind::tick) | bit(EventKind::active_ping) | bit(EventKind::schedule_ping) |
         bit(EventKind::risk_rejection) | bit(EventKind::refusal) | bit(EventKind::commit) | bit(EventKind::order_reject) |
         bit(EventKind::alarm);
}

void ExplainLog::failed(const std::string& where, const std::string& message) {
  add_sentence(now_.error, fmt::format("error in {}: {}", where, message));
}

void ExplainLog::saw(Ask ask, const Trader& trader) {
  if (ask == Ask::horizon || ask == Ask::done) return;
  const WorkKey key = trader.work();
  if (key != now_.key) {
    if (const auto finished = row(trader)) rows_.push_back(*finished);
    now_ = {};
    now_.key = key;
    now_.when = static_cast<Timestamp>(trader.now().when);
    // While a candle is worked through, scripts see those before it; the row is about the candle itself.
    const auto newest = trader.now().visible - (key.stage == 0 ? 0 : 1);
    if (newest >= 0 && newest < static_cast<std::int64_t>(trader.candles().size())) {
      now_.close = trader.candles().close()[static_cast<std::size_t>(newest)];
    }
  }
  if (!in_window(static_cast<double>(now_.when))) return;
  if (ask == Ask::signal_due) now_.asked = true;
  if (ask == Ask::signal_due || ask == Ask::risk_check) now_.price = trader.now().price;
  if (ask == Ask::event) heard(trader.event(), trader);
}

void ExplainLog::heard(const Event& event, const Trader& trader) {
  switch (event.kind) {
    case EventKind::tick:
      if (event.action == Action::idle) {
        now_.idle = true;
        now_.price = event.current_price;
      } else if (event.signal) {
        now_.price = event.current_price;
        now_.outcome = to_string(event.action);
        now_.detail = of_result(event);
      }
      break;
    case EventKind::active_ping:
      now_.price = trader.now().price;
      if (event.signal) now_.holds = held(*event.signal);
      break;
    case EventKind::schedule_ping:
      now_.price = trader.now().price;
      if (event.signal) now_.holds = fmt::format("limit order: {} at {}", side(*event.signal), short_price(event.signal->price_open));
      break;
    case EventKind::risk_rejection:
      add_sentence(now_.rejection, fmt::format("risk \"{}\": {} ({} open)", event.profile, event.note.empty() ? "rejected" : event.note, event.count));
      break;
    case EventKind::refusal: add_sentence(now_.refusal, event.note); break;
    case EventKind::order_reject: add_sentence(now_.rejection, "the exchange refused: " + event.note); break;
    case EventKind::alarm: add_sentence(now_.rejection, event.note); break;
    case EventKind::commit: add_sentence(now_.holds, std::string(to_string(event.commit))); break;
    default: break;
  }
}

std::optional<ExplainRow> ExplainLog::row(const Trader& trader) const {
  if (now_.key.stage < 0 || !in_window(static_cast<double>(now_.when))) return std::nullopt;
  ExplainRow r;
  r.when = now_.when;
  r.candle = now_.key.stage == 0;
  r.close = now_.close;
  r.price = now_.price;
  const auto is = [&r](std::string_view outcome, std::string detail) {
    r.outcome = outcome;
    r.detail = std::move(detail);
  };
  const TraderSetup& setup = trader.setup();
  if (!now_.outcome.empty() && now_.outcome != "active" && now_.outcome != "waiting") {
    is(now_.outcome, now_.detail);
  } else if (!now_.warmup.empty()) {
    is("warm-up", now_.warmup);
  } else if (now_.asked && !now_.error.empty() && !now_.answered) {
    is("script error", now_.error);
  } else if (!now_.refusal.empty()) {
    is("refused", now_.refusal);
  } else if (!now_.rejection.empty()) {
    is("rejected", now_.rejection);
  } else if (now_.asked && !now_.answered) {
    is("no signal", "get_signal returned nil");
    r.locals = now_.locals;
  } else if (now_.asked) {
    is("not taken", "the signal has the id of the last one, or came too late, or the run was told to stop");
  } else if (r.candle) {
    is(trader.scheduled() != nullptr || now_.holds.starts_with("limit") ? "order waits" : "position", now_.holds);
  } else if (!now_.idle) {
    is("warm-up", fmt::format("no average price yet: it takes {} closed candles (CC_AVG_PRICE_CANDLES_COUNT)",
                              trader.config().avg_price_candles_count));
  } else if (trader.paused()) {
    is("paused", "the strategy is paused");
  } else if (trader.entries_blocked()) {
    is("blocked", "no new entries are made");
  } else {
    const Timestamp step = length(setup.signal_interval);
    is("throttled", fmt::format("asked once per {}, next at {}", to_string(setup.signal_interval),
                                format_minute(align(now_.when, step) + step)));
  }
  if (!now_.error.empty() && r.outcome != "script error") add_sentence(r.detail, now_.error);
  return r;
}

std::vector<ExplainRow> ExplainLog::rows(const Trader& trader) const {
  std::vector<ExplainRow> all = rows_;
  if (const auto last = row(trader)) all.push_back(*last);
  return all;
}

}  // namespace btk::lua
