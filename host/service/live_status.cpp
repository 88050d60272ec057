#include "host/service/live_status.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>

#include "engine/error.h"
#include "host/json.h"

namespace btk::host {
namespace {

template <typename T>
void read(const Json& object, const char* key, T& place) {
  if (const auto found = object.find(key); found != object.end() && !found->is_null())
    place = found->get<T>();
}

template <typename T>
void read(const Json& object, const char* key, std::optional<T>& place) {
  if (const auto found = object.find(key); found != object.end() && !found->is_null())
    place = found->get<T>();
}

SymbolStatus read_symbol(const Json& o) {
  SymbolStatus s;
  read(o, "symbol", s.symbol);
  read(o, "strategy_name", s.strategy);
  read(o, "state", s.state);
  read(o, "position", s.side);
  read(o, "current_price", s.price);
  read(o, "price_open", s.price_open);
  read(o, "price_take_profit", s.price_take_profit);
  read(o, "price_stop_loss", s.price_stop_loss);
  read(o, "cost", s.cost);
  read(o, "pnl_percentage", s.pnl_percent);
  read(o, "last_minute", s.last_minute);
  read(o, "lag_ms", s.lag);
  read(o, "errors", s.errors);
  read(o, "last_error", s.last_error);
  read(o, "script_version", s.script_version);
  read(o, "paused", s.paused);
  read(o, "stopping", s.stopping);
  read(o, "blocked", s.blocked);
  return s;
}

Json symbol_json(const SymbolStatus& s) {
  return {{"symbol", s.symbol},
          {"strategy_name", s.strategy},
          {"state", s.state},
          {"position", s.side.empty() ? Json(nullptr) : Json(s.side)},
          {"current_price", number_or_null(s.price)},
          {"price_open", number_or_null(s.price_open)},
          {"price_take_profit", number_or_null(s.price_take_profit)},
          {"price_stop_loss", number_or_null(s.price_stop_loss)},
          {"cost", number_or_null(s.cost)},
          {"pnl_percentage", number_or_null(s.pnl_percent)},
          {"last_minute", s.last_minute > 0 ? Json(s.last_minute) : Json(nullptr)},
          {"lag_ms", s.lag ? Json(*s.lag) : Json(nullptr)},
          {"errors", s.errors},
          {"last_error", s.last_error.empty() ? Json(nullptr) : Json(s.last_error)},
          {"script_version", s.script_version},
          {"paused", s.paused},
          {"stopping", s.stopping},
          {"blocked", s.blocked.empty() ? Json(nullptr) : Json(s.blocked)}};
}

// --- the table ---------------------------------------------------------------------

using StatusRow = std::array<std::string, 12>;

const StatusRow kStatusHead = {"symbol",    "state", "side",        "price", "open",   "take profit",
                               "stop loss", "pnl %", "last minute", "lag",   "errors", "entries"};
constexpr std::array<bool, 12> kRight = {false, false, false, true, true, true,
                                         true,  true,  false, true, true, false};

// Eight digits that count, without zeros at the end.
std::string status_price(const std::optional<double>& price) {
  if (!price) return "-";
  const double size = std::abs(*price);
  const int before = size >= 1 ? static_cast<int>(std::log10(size)) + 1 : 1;
  std::string text = fmt::format("{:.{}f}", *price, std::max(0, 8 - before) + (size < 1 ? 3 : 0));
  if (text.find('.') != std::string::npos) {
    text.erase(text.find_last_not_of('0') + 1);
    if (text.ends_with('.')) text.pop_back();
  }
  return text;
}

std::string lag_text(const std::optional<Timestamp>& lag) {
  if (!lag) return "-";
  return *lag < 10'000 ? fmt::format("{} ms", *lag) : fmt::format("{} s", *lag / 1000);
}

std::string entries_text(const SymbolStatus& s, bool draining) {
  if (!s.blocked.empty()) return "blocked: " + s.blocked;
  if (s.state == "starting") return "not yet";
  if (s.stopping && !draining && s.state != "ended") return "none: stopping";
  if (s.paused) return "paused";
  return draining || s.state == "ended" ? "none" : "yes";
}

StatusRow status_row(const SymbolStatus& s, bool draining) {
  return {s.symbol,
          s.state,
          s.side.empty() ? "-" : s.side,
          status_price(s.price),
          status_price(s.price_open),
          status_price(s.price_take_profit),
          status_price(s.price_stop_loss),
          s.pnl_percent ? fmt::format("{:+.2f}", *s.pnl_percent) : "-",
          s.last_minute > 0 ? format_minute(s.last_minute) : "-",
          lag_text(s.lag),
          fmt::format("{}", s.errors),
          entries_text(s, draining)};
}

std::string table_text(const std::vector<StatusRow>& rows) {
  std::array<std::size_t, 12> widths{};
  for (const StatusRow& row : rows) {
    for (std::size_t i = 0; i < row.size(); ++i) widths[i] = std::max(widths[i], row[i].size());
  }
  std::string text;
  for (const StatusRow& row : rows) {
    std::string line;
    for (std::size_t i = 0; i < row.size(); ++i) {
      line += kRight[i] ? fmt::format("{:>{}}", row[i], widths[i]) : fmt::format("{:<{}}", row[i], widths[i]);
      line += "  ";
    }
    line.erase(line.find_last_not_of(' ') + 1);
    text += line + "\n";
  }
  return text;
}

}  // namespace

std::optional<Timestamp> lag_at(const SymbolStatus& s, Timestamp now) {
  if (!s.lag || s.state == "ended") return s.lag;
  return std::max(*s.lag, now - (s.last_minute + kMinute));
}

Json to_json(const LiveStatus& s) {
  Json symbols = Json::array();
  for (const SymbolStatus& symbol : s.symbols) symbols.push_back(symbol_json(symbol));
  return {{"mode", s.mode},
          {"pid", s.pid},
          {"scripts", s.scripts},
          {"script_version", s.script_version},
          {"reload_refused", s.reload_refused.empty() ? Json(nullptr) : Json(s.reload_refused)},
          {"since", s.since},
          {"clock", s.clock},
          {"now", s.now},
          {"draining", s.draining},
          {"daily_pnl", number_or_null(s.daily_pnl)},
          {"max_daily_loss", number_or_null(s.max_daily_loss)},
          {"exposure", number_or_null(s.exposure)},
          {"max_exposure", number_or_null(s.max_exposure)},
          {"tripped", s.tripped.empty() ? Json(nullptr) : Json(s.tripped)},
          {"symbols", std::move(symbols)}};
}

LiveStatus read_live_status(const Json& json) {
  LiveStatus s;
  try {
    read(json, "mode", s.mode);
    read(json, "pid", s.pid);
    read(json, "scripts", s.scripts);
    read(json, "script_version", s.script_version);
    read(json, "reload_refused", s.reload_refused);
    read(json, "since", s.since);
    read(json, "clock", s.clock);
    read(json, "now", s.now);
    read(json, "draining", s.draining);
    read(json, "daily_pnl", s.daily_pnl);
    read(json, "max_daily_loss", s.max_daily_loss);
    read(json, "exposure", s.exposure);
    read(json, "max_exposure", s.max_exposure);
    read(json, "tripped", s.tripped);
    if (const auto symbols = json.find("symbols"); symbols != json.end()) {
      for (const Json& symbol : *symbols) s.symbols.push_back(read_symbol(symbol));
    }
  } catch (const Json::exception& e) {
    throw Error(
        fmt::format("the status cannot be read ({}); is the session another version of btkhost?", e.what()));
  }
  return s;
}

std::string status_text(const LiveStatus& s) {
  std::string text = fmt::format("{}  pid {}  {} (version {})\n", s.mode, s.pid, fmt::join(s.scripts, ", "),
                                 s.script_version);
  text += fmt::format("since {}  now {}  clock {}{}\n", format_minute(s.since), format_minute(s.now), s.clock,
                      s.draining ? "  stopping: open positions are looked after" : "");
  const auto money = [](const std::optional<double>& amount) {
    return amount ? fmt::format("{:.2f}", *amount) : "-";
  };
  if (s.daily_pnl || s.exposure) {
    const auto limit = [&money](const std::optional<double>& amount) { return amount ? money(amount) : "none"; };
    text += fmt::format("result of the day {} (limit of losses: {})  exposure {} (limit: {})\n", money(s.daily_pnl),
                        limit(s.max_daily_loss), money(s.exposure), limit(s.max_exposure));
  }
  if (!s.tripped.empty()) text += s.tripped + "\n";
  if (!s.reload_refused.empty()) text += fmt::format("the newest change was not taken: {}\n", s.reload_refused);
  std::vector<StatusRow> rows{kStatusHead};
  for (const SymbolStatus& symbol : s.symbols) rows.push_back(status_row(symbol, s.draining));
  text += "\n" + table_text(rows);
  for (const SymbolStatus& symbol : s.symbols) {
    if (symbol.script_version != s.script_version && symbol.state != "ended") {
      text += fmt::format("{}: version {} of the script\n", symbol.symbol, symbol.script_version);
    }
    if (!symbol.last_error.empty()) text += fmt::format("{}: {}\n", symbol.symbol, symbol.last_error);
  }
  return text;
}

}  // namespace btk::host
