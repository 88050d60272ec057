#include "host/cli/run_json.h"

#include <charconv>
#include <cmath>
#include <optional>

#include "engine/pnl.h"
#include "engine/text.h"
#include "host/cli/evidence_json.h"
#include "host/cli/turned_away.h"
#include "host/json.h"
#include "host/prove/proof_text.h"

namespace btk::host {
namespace {

Json text_or_null(const std::string& text) { return text.empty() ? Json(nullptr) : Json(text); }

Json pnl_object(const Pnl& pnl) {
  return {{"pnl_percentage", number_or_null(pnl.pnl_percentage)},
          {"pnl_cost", number_or_null(pnl.pnl_cost)},
          {"pnl_entries", number_or_null(pnl.pnl_entries)},
          {"price_open", number_or_null(pnl.price_open)},
          {"price_close", number_or_null(pnl.price_close)}};
}

Json excursion_object(const Excursion& e, bool opened) {
  Json object = pnl_object(opened ? e.pnl : Pnl{});
  object["price"] = number_or_null(e.price);
  object["timestamp"] = e.timestamp;
  return object;
}

Json partial_objects(const Signal& s) {
  Json list = Json::array();
  for (const Partial& p : s.partials) {
    list.push_back({{"type", p.profit ? "profit" : "loss"},
                    {"percent", number_or_null(p.percent)},
                    {"current_price", number_or_null(p.current_price)},
                    {"cost_basis_at_close", number_or_null(p.cost_basis_at_close)},
                    {"entry_count_at_close", p.entry_count_at_close},
                    {"timestamp", p.timestamp}});
  }
  return list;
}

Json entry_objects(const Signal& s) {
  Json list = Json::array();
  for (const Entry& e : s.entries) {
    list.push_back({{"price", number_or_null(e.price)}, {"cost", number_or_null(e.cost)}, {"timestamp", e.timestamp}});
  }
  return list;
}

Json fill_objects(const Signal& s) {
  Json list = Json::array();
  for (const Fill& fill : s.fills) {
    list.push_back({{"action", fill.action},
                    {"timestamp", fill.time},
                    {"price", number_or_null(fill.price)},
                    {"quantity", number_or_null(fill.quantity)},
                    {"fee", number_or_null(fill.fee)},
                    {"order_id", text_or_null(fill.order_id)}});
  }
  return list;
}

Json signal_object(const FinishedSignal& f) {
  const Signal& s = f.signal;
  const bool opened = f.action == Action::closed;
  Json o;
  o["id"] = s.id;
  o["action"] = to_string(f.action);
  o["position"] = to_string(s.position);
  o["price_open"] = number_or_null(opened ? effective_price(s) : s.price_open);
  o["price_take_profit"] = number_or_null(s.take());
  o["price_stop_loss"] = number_or_null(s.stop());
  o["original_price_open"] = number_or_null(s.price_open);
  o["original_price_take_profit"] = number_or_null(s.price_take_profit);
  o["original_price_stop_loss"] = number_or_null(s.price_stop_loss);
  o["minute_estimated_time"] = number_or_null(s.minute_estimated_time);  // without end: null
  o["cost"] = number_or_null(s.cost);
  o["multiplier"] = number_or_null(s.multiplier);
  o["isolated"] = s.isolated;
  o["scheduled_at"] = s.scheduled_at;
  o["pending_at"] = s.pending_at > 0 ? Json(s.pending_at) : Json(nullptr);
  o["close_timestamp"] = f.close_timestamp;
  if (opened) {
    o["close_reason"] = to_string(f.close_reason);
  } else {
    o["reason"] = to_string(f.cancel_reason);
  }
  o["current_price"] = number_or_null(f.current_price);
  o["pnl"] = pnl_object(opened ? f.pnl : Pnl{});
  o["peak_profit"] = excursion_object(s.peak, opened);
  o["max_drawdown"] = excursion_object(s.fall, opened);
  o["partials"] = partial_objects(s);
  o["entries"] = entry_objects(s);
  o["note"] = s.note;
  if (s.observed_at > 0) {  // of a paper or live run
    o["observed_at"] = s.observed_at;
    o["script_version"] = s.script_version;
    if (!s.fills.empty()) o["fills"] = fill_objects(s);
  }
  return o;
}

struct ScriptPlace {
  Json file = nullptr, line = nullptr;
};

// Where in a script a failure happened whose text says so: "... could not be read: fetch.lua:3: exchange down".
ScriptPlace place_in(const std::string& text) {
  constexpr std::string_view kEnding = ".lua:";
  for (std::size_t at = text.find(kEnding); at != std::string::npos; at = text.find(kEnding, at + 1)) {
    const std::size_t digits = at + kEnding.size(), end = text.find_first_not_of("0123456789", digits);
    int line = 0;
    if (end == std::string::npos || text.compare(end, 2, ": ") != 0) continue;
    if (std::from_chars(text.data() + digits, text.data() + end, line).ec != std::errc() || line <= 0) continue;
    const std::size_t before = text.rfind(": ", at);  // a name may hold blanks
    const std::size_t begin = before == std::string::npos ? 0 : before + 2;
    return {text.substr(begin, at + 4 - begin), line};
  }
  return {};
}

Json error_objects(const RunOutcome& outcome) {
  Json list = Json::array();
  for (const lua::ReportedError& e : outcome.report.errors) {
    list.push_back({{"message", e.message},
                    {"file", text_or_null(e.file)},
                    {"line", e.line > 0 ? Json(e.line) : Json(nullptr)},
                    {"count", e.count},
                    {"first_at", e.first_at}});
  }
  if (!outcome.failure.empty()) {
    const ScriptPlace place = place_in(outcome.failure);
    list.push_back({{"message", outcome.failure}, {"file", place.file}, {"line", place.line}, {"count", 1}, {"first_at", nullptr}});
  }
  return list;
}

Json gaps_array(const std::vector<Gap>& gaps) {
  Json list = Json::array();
  for (const Gap& gap : gaps) list.push_back({{"from", gap.from}, {"candles", gap.candles}});
  return list;
}

Json run_object(const RunOutcome& outcome) {
  const lua::RunReport& r = outcome.report;
  Json signals = Json::array();
  for (const FinishedSignal& f : r.signals) signals.push_back(signal_object(f));
  Json o;
  o["symbol"] = r.symbol;
  o["strategy_name"] = r.strategy_name;
  o["exchange_name"] = r.exchange_name;
  o["frame_name"] = text_or_null(r.frame_name);
  o["run_hash"] = r.run_hash;
  o["stats"] = stats_object(r.stats);
  o["signals"] = std::move(signals);
  o["errors"] = error_objects(outcome);
  o["gaps"] = gaps_array(r.gaps);
  for (const auto& [symbol, gaps] : r.other_gaps) o["other_gaps"][symbol] = gaps_array(gaps);
  o["warmup_ticks"] = r.warmup_ticks;
  o["data_ended"] = r.data_ended;
  if (!r.live) {
    o["stopped"] = r.interrupted || r.left_at != 0 || !outcome.failure.empty();
    o["stopped_at"] = r.left_at != 0 ? Json(r.left_at) : Json(nullptr);
  }
  o["refused"] = turned_away_object(r.refused);
  o["rejected"] = turned_away_object(r.rejected);
  const Evidence evidence = weigh_run(lua::closed_trades(r.signals), static_cast<double>(r.frame_start), static_cast<double>(r.frame_end), 1);
  add_verdict(o, &evidence);
  o["warnings"] = run_warnings(evidence);
  return o;
}

void write_json(const Json& value, std::string& out) {
  if (value.is_object()) {
    out += '{';
    bool first = true;
    for (const auto& [key, member] : value.items()) {
      if (!first) out += ',';
      first = false;
      out += Json(key).dump(-1, ' ', false, Json::error_handler_t::replace);
      out += ':';
      write_json(member, out);
    }
    out += '}';
  } else if (value.is_array()) {
    out += '[';
    bool first = true;
    for (const Json& member : value) {
      if (!first) out += ',';
      first = false;
      write_json(member, out);
    }
    out += ']';
  } else if (value.is_number_float()) {
    const double x = value.get<double>();
    out += std::isfinite(x) ? shortest(x) : "null";
  } else {
    out += value.dump(-1, ' ', false, Json::error_handler_t::replace);
  }
}

}  // namespace

Json stats_object(const TradeStats& stats) {
  Json o = Json::object();
  for (const StatField& field : trade_stat_fields()) {
    Json& place = o[std::string(field.snake)];
    const StatValue value = field.value(stats);
    if (const auto* n = std::get_if<std::size_t>(&value)) place = *n;
    if (const auto* d = std::get_if<double>(&value)) place = number_or_null(*d);
    if (const auto* t = std::get_if<std::string_view>(&value)) place = *t;
  }
  return o;
}

Json walk_object(const lua::Walk& walk) {
  const WalkerResult* best = walk.ranking.best();
  Json results = Json::array();
  for (std::size_t i = walk.reports.size(); i-- > 0;) {  // newest first, as btk.walker.get_data has them
    const WalkerResult& result = walk.ranking.results()[i];
    Json o;
    o["strategy_name"] = result.strategy_name;
    o["metric_value"] = number_or_null(result.metric_value);
    o["first_event_time"] = number_or_null(result.first_event_time);
    o["last_event_time"] = number_or_null(result.last_event_time);
    o["run_hash"] = walk.reports[i]->run_hash;
    o["refused"] = turned_away_object(walk.reports[i]->refused);
    o["rejected"] = turned_away_object(walk.reports[i]->rejected);
    o["stats"] = stats_object(result.stats);
    results.push_back(std::move(o));
  }
  Json o;
  o["walker_name"] = walk.walker_name;
  o["symbol"] = walk.symbol;
  o["exchange_name"] = walk.exchange_name;
  o["frame_name"] = text_or_null(walk.frame_name);
  o["metric"] = walk.ranking.metric();
  o["total_strategies"] = walk.total_strategies;
  o["strategies_tested"] = walk.reports.size();
  o["best_strategy"] = best ? Json(best->strategy_name) : Json(nullptr);
  o["best_metric"] = best ? number_or_null(best->metric_value) : Json(nullptr);
  o["best_stats"] = best ? stats_object(best->stats) : Json(nullptr);
  add_verdict(o, walk.evidence());
  o["strategy_results"] = std::move(results);
  return o;
}

Json walker_document(const std::vector<std::shared_ptr<lua::Walk>>& walks, const lua::Walk* sum,
                     const std::vector<RunOutcome>& outcomes, bool stopped) {
  const lua::Walk& whole = sum ? *sum : *walks.front();
  const WalkerResult* best = whole.ranking.best();
  Json list = Json::array(), errors = Json::array();
  for (const auto& walk : walks) list.push_back(walk_object(*walk));
  for (const RunOutcome& outcome : outcomes) {
    for (Json& error : error_objects(outcome)) {
      error["symbol"] = outcome.report.symbol;
      error["strategy_name"] = outcome.report.strategy_name;
      errors.push_back(std::move(error));
    }
  }
  Json document;
  document["run_hash"] = combined_hash(outcomes);
  document["walker_name"] = whole.walker_name;
  document["metric"] = whole.ranking.metric();
  document["best_strategy"] = best ? Json(best->strategy_name) : Json(nullptr);
  document["best_metric"] = best ? number_or_null(best->metric_value) : Json(nullptr);
  document["verdict"] = best ? Json(to_string(whole.evidence()->verdict)) : Json(nullptr);
  document["stopped"] = stopped;
  document["walks"] = std::move(list);
  document["sum"] = sum ? walk_object(*sum) : Json(nullptr);
  document["errors"] = std::move(errors);
  return document;
}

Json run_document(const std::vector<RunOutcome>& outcomes, const std::vector<Proof>* proofs) {
  Json runs = Json::array();
  for (const RunOutcome& outcome : outcomes) runs.push_back(run_object(outcome));
  Json document;
  document["run_hash"] = combined_hash(outcomes);
  document["runs"] = std::move(runs);
  if (proofs) {
    Json& list = document["proofs"] = Json::array();
    for (const Proof& proof : *proofs) list.push_back(proof_object(proof));
  }
  return document;
}

std::string signal_lines(const std::string& kind, const lua::RunReport& r) {
  std::string text;
  for (const FinishedSignal& f : r.signals) {
    Json line;
    line["reportName"] = kind;
    line["data"] = signal_object(f);
    line["symbol"] = r.symbol;
    line["strategyName"] = r.strategy_name;
    line["exchangeName"] = r.exchange_name;
    if (!r.frame_name.empty()) line["frameName"] = r.frame_name;
    line["signalId"] = f.signal.id;
    line["timestamp"] = f.close_timestamp;
    text += json_text(line) + "\n";
  }
  return text;
}

std::string json_text(const Json& document) {
  std::string out;
  write_json(document, out);
  return out;
}

}  // namespace btk::host
