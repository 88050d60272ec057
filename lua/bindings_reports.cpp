// Reports of every kind (lua/btk/reports.lua), and the data of those beside
// back-test and live: events of one run, the heat map over several.
#include <fmt/format.h>

#include <algorithm>

#include "engine/error.h"
#include "engine/event_rows.h"
#include "engine/stats_heat.h"
#include "lua/bindings.h"
#include "lua/convert.h"

namespace btk::lua {
namespace {

// Which run or, of a heat map, runs are meant. Reports of runs are large: only those that match are looked into.
bool matches(const KindReport& wish, const std::string& symbol, const std::string& strategy, const std::string& exchange,
             const std::string& frame) {
  if (exchange != wish.exchange_name || frame != wish.frame_name) return false;
  return wish.kind == "heat" || (symbol == wish.symbol && strategy == wish.strategy_name);
}

// What the host is asking for at this moment is handed over with the question.
bool is_asked(const KindReport& wish, const KindReport* asked) {
  return asked != nullptr && asked->kind == wish.kind && asked->symbol == wish.symbol &&
         asked->strategy_name == wish.strategy_name && asked->exchange_name == wish.exchange_name &&
         asked->frame_name == wish.frame_name;
}

// The arguments kind, symbol, strategy, exchange, frame, and the run or runs that they mean: those made here, then those
// made by the host, of each name the newest.
KindReport read_wish(lua_State* L, Script& script) {
  KindReport wish{text_arg(L, 1), text_arg(L, 2), text_arg(L, 3), text_arg(L, 4), text_arg(L, 5), {}, text_arg(L, 6)};
  if (is_asked(wish, script.asked())) {
    wish.runs = script.asked()->runs;
    return wish;
  }
  const auto is_known = [&](const std::string& symbol, const std::string& strategy) {
    return std::ranges::any_of(wish.runs, [&](const RunReport& r) { return r.symbol == symbol && r.strategy_name == strategy; });
  };
  for (auto run = script.runs().rbegin(); run != script.runs().rend(); ++run) {
    const TraderSetup& t = (*run)->trader().setup();
    if (!matches(wish, t.symbol, t.strategy_name, t.exchange_name, t.frame_name) || is_known(t.symbol, t.strategy_name)) continue;
    wish.runs.push_back((*run)->report());
  }
  auto& kept = script.kept_reports();
  for (auto r = kept.rbegin(); r != kept.rend(); ++r) {
    if (!matches(wish, r->symbol, r->strategy_name, r->exchange_name, r->frame_name) || is_known(r->symbol, r->strategy_name)) continue;
    wish.runs.push_back(*r);
  }
  std::ranges::reverse(wish.runs);
  return wish;
}

EventContext context_of(const RunReport& r, bool backtest) {
  return {r.symbol, r.strategy_name, r.exchange_name, r.frame_name, Costs(r.config), backtest};
}

void push_value(lua_State* L, const RowValue& value) {
  if (const auto* flag = std::get_if<bool>(&value)) {
    lua_pushboolean(L, *flag);
  } else if (const auto* number = std::get_if<double>(&value)) {
    lua_pushnumber(L, *number);
  } else if (const auto* text = std::get_if<std::string>(&value)) {
    lua_pushlstring(L, text->data(), text->size());
  } else {
    lua_pushnil(L);
  }
}

void push_fields(lua_State* L, const EventRow& row) {
  lua_createtable(L, 0, static_cast<int>(row.fields.size()));
  for (const auto& [name, value] : row.fields) {
    lua_pushlstring(L, name.data(), name.size());
    push_value(L, value);
    lua_rawset(L, -3);
  }
}

void set_counts(lua_State* L, const char* key, const std::vector<EventRow>& rows, std::string_view field) {
  lua_newtable(L);
  for (const auto& [name, count] : counts_by(rows, field)) set_field(L, name.c_str(), static_cast<double>(count));
  lua_setfield(L, -2, key);
}

// The rejected signal as listeners of rejections get it, in field current_signal of its row.
void set_current_signal(lua_State* L, const RunReport& run, const Event& event, bool backtest) {
  const TraderSetup names = names_of(run);
  const Costs costs(run.config);
  push_event(L, {names, costs, backtest}, event);
  lua_getfield(L, -1, "current_signal");
  lua_remove(L, -2);
  lua_setfield(L, -2, "current_signal");
}

// event_data(kind, symbol, strategy, exchange, frame): the figures, with event_list (newest first).
int event_data(lua_State* L, Script& script) {
  const KindReport wish = read_wish(L, script);
  const EventReport kind = parse_event_report(wish.kind).value();
  const bool backtest = script.options().mode == "backtest";
  std::vector<EventRow> rows;
  std::vector<const Event*> rejections;  // one for each row, in a report of risk
  for (const RunReport& run : wish.runs) {
    if ((run.collected & event_mask(kind)) != event_mask(kind)) {
      throw Error(fmt::format("{0}.get_data: the events of this run were not kept; name btk.{0} in the script, or give "
                              "--report {0}", wish.kind));
    }
    rows = event_rows(kind, run.events, context_of(run, backtest));
    rejections.clear();
    for (const Event& event : run.events) {
      if (event.kind == EventKind::risk_rejection && event.signal) rejections.push_back(&event);
    }
  }
  push_fields(L, event_figures(kind, rows));
  lua_createtable(L, static_cast<int>(rows.size()), 0);
  int n = 0;
  for (auto row = rows.rbegin(); row != rows.rend(); ++row) {
    push_fields(L, *row);
    const std::size_t place = rows.size() - 1 - static_cast<std::size_t>(n);
    if (kind == EventReport::risk) set_current_signal(L, wish.runs.back(), *rejections[place], backtest);
    lua_rawseti(L, -2, ++n);
  }
  lua_setfield(L, -2, "event_list");
  if (kind == EventReport::risk) {
    set_counts(L, "by_symbol", rows, "symbol");
    set_counts(L, "by_strategy", rows, "strategy_name");
  }
  return 1;
}

template <typename Stats>
void set_stats(lua_State* L, const Stats& stats, std::span<const FieldOf<Stats>> fields) {
  for (const auto& field : fields) {
    const StatValue value = field.value(stats);
    lua_pushlstring(L, field.snake.data(), field.snake.size());
    if (const auto* number = std::get_if<double>(&value)) {
      lua_pushnumber(L, *number);
    } else if (const auto* count = std::get_if<std::size_t>(&value)) {
      lua_pushnumber(L, static_cast<double>(*count));
    } else if (const auto* word = std::get_if<std::string_view>(&value)) {
      lua_pushlstring(L, word->data(), word->size());
    } else {
      lua_pushnil(L);
    }
    lua_rawset(L, -3);
  }
}

// heat_data("heat", "", strategy, exchange, frame): the portfolio, with `symbols`.
int heat_data(lua_State* L, Script& script) {
  const HeatStats stats = heat_stats(symbol_trades(read_wish(L, script).runs));
  lua_newtable(L);
  set_stats(L, stats.portfolio, portfolio_fields());
  lua_createtable(L, static_cast<int>(stats.symbols.size()), 0);
  int n = 0;
  for (const HeatRow& row : stats.symbols) {
    lua_newtable(L);
    set_field(L, "symbol", row.symbol);
    set_stats(L, row, heat_row_fields());
    lua_rawseti(L, -2, ++n);
  }
  lua_setfield(L, -2, "symbols");
  return 1;
}

void require_measures(const KindReport& wish) {
  if (wish.kind != "performance") return;
  for (const RunReport& run : wish.runs) {
    if (run.measured) continue;
    throw Error("btk.performance: the durations of this run were not kept; name btk.performance in the script, or give "
                "--report performance");
  }
}

// performance_data("performance", symbol, strategy, exchange, frame): the figures, with events (newest first).
int performance_data(lua_State* L, Script& script) {
  const KindReport wish = read_wish(L, script);
  require_measures(wish);
  std::vector<Measure> measures;
  for (const RunReport& run : wish.runs) {
    measures = run.measures;
  }
  const PerformanceStats stats = performance_stats(measures);
  lua_newtable(L);
  set_field(L, "strategy_name", wish.strategy_name);
  set_field(L, "total_events", static_cast<double>(stats.total_events));
  set_field(L, "total_duration", stats.total_duration);
  lua_createtable(L, static_cast<int>(measures.size()), 0);
  int n = 0;
  for (auto m = measures.rbegin(); m != measures.rend(); ++m) {
    lua_createtable(L, 0, 4);
    set_field(L, "metric_type", m->metric);
    set_field(L, "duration", m->duration);
    set_field(L, "timestamp", static_cast<double>(m->timestamp));
    if (m->previous) set_field(L, "previous_timestamp", static_cast<double>(*m->previous));
    lua_rawseti(L, -2, ++n);
  }
  lua_setfield(L, -2, "events");
  lua_newtable(L);
  for (const MetricStats& m : stats.metrics) {
    lua_createtable(L, 0, 13);
    set_field(L, "metric_type", m.metric);
    for (const auto& [name, value] : std::initializer_list<std::pair<const char*, double>>{
             {"count", static_cast<double>(m.count)}, {"total_duration", m.total_duration}, {"avg_duration", m.avg_duration},
             {"min_duration", m.min_duration}, {"max_duration", m.max_duration}, {"std_dev", m.std_dev}, {"median", m.median},
             {"p95", m.p95}, {"p99", m.p99}, {"avg_wait_time", m.avg_wait_time}, {"min_wait_time", m.min_wait_time},
             {"max_wait_time", m.max_wait_time}}) {
      set_field(L, name, value);
    }
    lua_setfield(L, -2, m.metric.c_str());
  }
  lua_setfield(L, -2, "metric_stats");
  return 1;
}

// kind_report(kind, symbol, strategy, exchange, frame[, table]): Markdown.
int kind_report(lua_State* L, Script& script) {
  const KindReport wish = read_wish(L, script);
  require_measures(wish);
  if (!script.options().kind_report) throw Error(wish.kind + ".get_report: this program makes no Markdown reports");
  const std::string text = script.options().kind_report(wish);
  lua_pushlstring(L, text.data(), text.size());
  return 1;
}

// kind_dump(kind, symbol, strategy, exchange, frame, table, path): the path of the file written.
int kind_dump(lua_State* L, Script& script) {
  const KindReport wish = read_wish(L, script);
  require_measures(wish);
  if (!script.options().kind_dump) throw Error(wish.kind + ".dump: this program writes no reports");
  const std::string path = script.options().kind_dump(wish, text_arg(L, 7));
  lua_pushlstring(L, path.data(), path.size());
  return 1;
}

// usual_columns(kind, symbol, strategy, exchange, frame): a list of { key =, label =, visible =, cells = }, or nothing where
// no reports are made. Without a symbol: what there is, without cells.
int usual_columns(lua_State* L, Script& script) {
  if (!script.options().usual_columns) return 0;
  KindReport none{text_arg(L, 1), {}, {}, {}, {}, {}, {}};
  push_usual(L, script.options().usual_columns(lua_isnoneornil(L, 2) ? none : read_wish(L, script)));
  return 1;
}

// append_report(kind, line): the path of the file that has one line more.
int append_report(lua_State* L, Script& script) {
  const std::string kind = text_arg(L, 1);
  if (!script.options().append_report) throw Error(kind + ".dump: this program writes no reports");
  const std::string path = script.options().append_report(kind, text_arg(L, 2));
  lua_pushlstring(L, path.data(), path.size());
  return 1;
}

// clear_events(kind, symbol, strategy, exchange, frame): the runs of these names (all of them without a symbol) have
// told nothing of this kind.
int clear_events(lua_State* L, Script& script) {
  const bool measures = text_arg(L, 1) == "performance";
  const std::uint32_t mask = measures ? 0 : event_mask(parse_event_report(text_arg(L, 1)).value());
  const bool all = lua_isnoneornil(L, 2);
  const auto meant = [&](const std::string& symbol, const std::string& strategy, const std::string& exchange,
                         const std::string& frame) {
    return all || (symbol == text_arg(L, 2) && strategy == text_arg(L, 3) && exchange == text_arg(L, 4) &&
                   frame == text_arg(L, 5));
  };
  const auto drop = [&](std::vector<Event>& events) {
    std::erase_if(events, [&](const Event& e) { return (mask >> static_cast<unsigned>(e.kind) & 1) != 0; });
  };
  for (const auto& run : script.runs()) {
    const TraderSetup& t = run->trader().setup();
    if (meant(t.symbol, t.strategy_name, t.exchange_name, t.frame_name)) {
      drop(run->drive().events);
      if (measures) run->measures().clear();
    }
  }
  for (RunReport& r : script.kept_reports()) {
    if (meant(r.symbol, r.strategy_name, r.exchange_name, r.frame_name)) {
      drop(r.events);
      if (measures) r.measures.clear();
    }
  }
  return 0;
}

constexpr NamedBinding kReportBindings[] = {
    {"event_data", bound<event_data>},   {"heat_data", bound<heat_data>},       {"kind_report", bound<kind_report>},
    {"kind_dump", bound<kind_dump>},     {"clear_events", bound<clear_events>}, {"performance_data", bound<performance_data>},
    {"append_report", bound<append_report>}, {"usual_columns", bound<usual_columns>},
};

}  // namespace

std::span<const NamedBinding> report_bindings() { return kReportBindings; }

void push_usual(lua_State* L, const std::vector<UsualColumn>& columns) {
  lua_createtable(L, static_cast<int>(columns.size()), 0);
  int n = 0;
  for (const UsualColumn& column : columns) {
    lua_createtable(L, 0, 4);
    set_field(L, "key", column.key);
    set_field(L, "label", column.label);
    set_field(L, "visible", column.visible);
    lua_createtable(L, static_cast<int>(column.cells.size()), 0);
    int row = 0;
    for (const std::string& cell : column.cells) {
      lua_pushlstring(L, cell.data(), cell.size());
      lua_rawseti(L, -2, ++row);
    }
    lua_setfield(L, -2, "cells");
    lua_rawseti(L, -2, ++n);
  }
}

}  // namespace btk::lua
