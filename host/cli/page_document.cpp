#include "host/cli/page_document.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <tuple>

#include "engine/equity.h"
#include "engine/honest_verdict.h"
#include "engine/stakes.h"
#include "engine/stats_heat.h"
#include "host/cli/report_rows.h"
#include "host/cli/run_json.h"
#include "host/cli/summary.h"
#include "host/cli/turned_away.h"
#include "host/cli/version.h"
#include "host/json.h"
#include "host/prove/proof_text.h"
#include "host/report/page_candles.h"

namespace btk::host {
namespace {

using Reports = std::vector<const lua::RunReport*>;

constexpr Timestamp kPageLead = kDay;  // of candles before the frame: what the first trade grew out of

template <typename Stats>
Json fields_object(std::span<const FieldOf<Stats>> fields, const Stats& stats) {
  Json o = Json::object();
  for (const FieldOf<Stats>& field : fields) {
    Json& place = o[std::string(field.snake)];
    const StatValue value = field.value(stats);
    if (const auto* n = std::get_if<std::size_t>(&value)) place = *n;
    if (const auto* d = std::get_if<double>(&value)) place = number_or_null(*d);
    if (const auto* t = std::get_if<std::string_view>(&value)) place = *t;
  }
  return o;
}

// Candles that several runs share are in the page once.
class SeriesShelf {
 public:
  Json index_of(const lua::RunReport& r) {
    if (!r.minutes || r.candles == 0) return nullptr;
    const auto [place, fresh] =
        places_.try_emplace({r.minutes.get(), r.frame_start, r.frame_end}, series_.size());
    if (fresh) {
      const PackedCandles packed = pack_candles(r.minutes->series, r.frame_start - kPageLead, r.frame_end);
      // Two strategies may hold the same candles as parts of different loads.
      for (std::size_t i = 0; i < series_.size(); ++i) {
        if (series_[i]["symbol"] != r.symbol || series_[i]["first"] != packed.first ||
            series_[i]["data"] != packed.data)
          continue;
        return place->second = i;
      }
      series_.push_back({{"symbol", r.symbol},
                         {"first", packed.first},
                         {"count", packed.count},
                         {"decimals", packed.decimals},
                         {"volume_unit", packed.volume_unit},
                         {"data", packed.data}});
    }
    return place->second;
  }
  Json take() { return std::move(series_); }

 private:
  std::map<std::tuple<const void*, Timestamp, Timestamp>, std::size_t> places_;
  Json series_ = Json::array();
};

constexpr const char* kTradeColumns[] = {"id",
                                         "position",
                                         "scheduled_at",
                                         "pending_at",
                                         "close_timestamp",
                                         "price_open",
                                         "price_close",
                                         "take_profit",
                                         "stop_loss",
                                         "original_take_profit",
                                         "original_stop_loss",
                                         "cost",
                                         "pnl",
                                         "pnl_percentage",
                                         "peak",
                                         "fall",
                                         "close_reason",
                                         "entries",
                                         "partials",
                                         "note"};

Json trade_array(const TradeRow& t) {
  Json entries = Json::array(), partials = Json::array();
  for (const Entry& e : t.entries) entries.push_back({e.timestamp, number_or_null(e.price), number_or_null(e.cost)});
  for (const Partial& p : t.partials) {
    partials.push_back({p.timestamp, number_or_null(p.current_price), number_or_null(p.percent), p.profit});
  }
  return {t.id,
          t.position == Side::long_side ? "long" : "short",
          t.scheduled_at,
          t.pending_at,
          t.close_timestamp,
          number_or_null(t.price_open),
          number_or_null(t.close_price),
          number_or_null(t.price_take_profit),
          number_or_null(t.price_stop_loss),
          number_or_null(t.original_price_take_profit),
          number_or_null(t.original_price_stop_loss),
          number_or_null(t.pnl.pnl_entries),
          number_or_null(t.pnl.pnl_cost),
          number_or_null(t.pnl.pnl_percentage),
          number_or_null(t.peak_pnl),
          number_or_null(t.fall_pnl),
          t.close_reason,
          std::move(entries),
          std::move(partials),
          t.note};
}

Json trade_arrays(const lua::RunReport& r) {
  Json list = Json::array();
  for (const TradeRow& row : trade_rows(r)) list.push_back(trade_array(row));
  return list;
}

std::vector<MoneyTrade> all_money_trades(const Reports& reports) {
  std::vector<MoneyTrade> all;
  for (const lua::RunReport* r : reports) {
    const std::vector<MoneyTrade> trades = money_trades(*r);
    all.insert(all.end(), trades.begin(), trades.end());
  }
  return all;
}

Json money_object(const Reports& reports, std::span<const MoneyTrade> all, double capital) {
  double fees = 0;
  std::vector<MoneyTrade> held;
  for (const lua::RunReport* r : reports) {
    fees += total_fees(*r);
    const std::vector<MoneyTrade> times = held_times(*r);
    held.insert(held.end(), times.begin(), times.end());
  }
  const Span seen = seen_span(reports);
  const MoneySummary money = money_summary(all, capital, 0, seen.from, seen.to);
  Json o;
  o["capital"] = capital;
  o["final_capital"] = number_or_null(money.final_capital);
  o["result"] = number_or_null(money.result);
  o["result_percent"] = number_or_null(money.result_percent);
  o["drawdown"] = number_or_null(money.drawdown.amount);
  o["drawdown_percent"] = number_or_null(money.drawdown.percent);
  o["exposure"] = number_or_null(exposure(held, seen.from, seen.to));
  o["fees"] = number_or_null(fees);
  const bool alone = reports.size() == 1 && reports.front()->candles > 0;
  o["buy_and_hold"] =
      alone ? number_or_null(buy_and_hold(reports.front()->first_price, reports.front()->last_price)) : Json(nullptr);
  return o;
}

Json page_run(const lua::RunReport& r, const std::string& label, SeriesShelf& shelf) {
  const auto gaps = [](const std::vector<Gap>& all) {
    Json list = Json::array();
    for (const Gap& gap : all) list.push_back({gap.from, gap.candles});
    return list;
  };
  Json o;
  o["symbol"] = r.symbol;
  o["strategy_name"] = label;
  o["exchange_name"] = r.exchange_name;
  o["frame_name"] = r.frame_name;
  const Span seen = seen_span(r);
  o["from"] = seen.from;
  o["to"] = seen.to - kMinute;
  o["run_hash"] = r.run_hash;
  o["candles"] = r.candles;
  o["series"] = shelf.index_of(r);
  o["cancelled"] = std::ranges::count(r.signals, Action::cancelled, &FinishedSignal::action);
  o["gaps"] = gaps(r.gaps);
  o["other_gaps"] = Json::object();
  for (const auto& [symbol, all] : r.other_gaps) o["other_gaps"][symbol] = gaps(all);
  o["warmup_ticks"] = r.warmup_ticks;
  o["turned_away"] = turned_away_sentences(r);
  o["stats"] = stats_object(r.stats);
  o["trades"] = trade_arrays(r);
  return o;
}

// Of runs that were not chosen among others; their trades by their close.
Json verdict_of(const Reports& reports) {
  std::vector<ClosedTrade> trades;
  Timestamp from = reports.front()->frame_start, to = reports.front()->frame_end;
  for (const lua::RunReport* r : reports) {
    const std::vector<ClosedTrade> more = lua::closed_trades(r->signals);
    trades.insert(trades.end(), more.begin(), more.end());
    from = std::min(from, r->frame_start);
    to = std::max(to, r->frame_end);
  }
  std::ranges::stable_sort(trades, {}, &ClosedTrade::close_timestamp);
  return page_verdict(weigh_run(trades, static_cast<double>(from), static_cast<double>(to), 1));
}

// What is looked at together: one run, the runs of a portfolio, a strategy with all of its symbols.
Json scope_object(const std::string& label, const std::vector<std::size_t>& indices, const Reports& reports,
                  double capital) {
  std::vector<lua::RunReport> merged;  // light copies: the heat map reads names and trades only
  for (const lua::RunReport* r : reports) {
    lua::RunReport copy;
    copy.symbol = r->symbol;
    copy.signals = r->signals;
    merged.push_back(std::move(copy));
  }
  const HeatStats heat = heat_stats(lua::symbol_trades(merged));
  Json rows = Json::array();
  if (heat.symbols.size() > 1) {
    for (const HeatRow& row : heat.symbols) {
      Json cells = fields_object(heat_row_fields(), row);
      cells["symbol"] = row.symbol;
      rows.push_back(std::move(cells));
    }
  }
  const std::vector<MoneyTrade> trades = all_money_trades(reports);
  Json o;
  o["label"] = label;
  o["runs"] = indices;
  o["money"] = money_object(reports, trades, capital);
  o["warnings"] = reports.front()->live ? std::vector<std::string>() : stake_warnings(trades, capital);
  o["stats"] = reports.size() == 1 ? stats_object(reports.front()->stats)
                                   : fields_object(portfolio_fields(), heat.portfolio);
  o["heat"] = std::move(rows);
  return o;
}

Json document_head(const char* kind, double capital) {
  Json o;
  o["kind"] = kind;
  o["program"] = fmt::format("btkhost {}", kVersion);
  o["capital"] = capital;
  o["trade_columns"] = kTradeColumns;
  return o;
}

Json proof_list(const std::vector<Proof>& proofs) {
  Json list = Json::array();
  for (const Proof& proof : proofs) list.push_back(proof_object(proof));
  return list;
}

bool one_strategy(const Reports& reports) {
  return std::ranges::all_of(
      reports, [&](const lua::RunReport* r) { return r->strategy_name == reports.front()->strategy_name; });
}

}  // namespace

Json page_verdict(const Evidence& evidence) {
  Json o;
  o["word"] = to_string(evidence.verdict);
  o["reasons"] = evidence.reasons;
  o["warnings"] = run_warnings(evidence);
  o["mean_low"] = evidence.mean_trade ? number_or_null(evidence.mean_trade->low) : Json(nullptr);
  o["mean_high"] = evidence.mean_trade ? number_or_null(evidence.mean_trade->high) : Json(nullptr);
  return o;
}

Json run_page_document(const std::vector<RunOutcome>& outcomes, double capital, const std::vector<Proof>& proofs) {
  Reports reports;
  for (const RunOutcome& outcome : outcomes) {  // one that never began is a remark only
    if (was_made(outcome)) reports.push_back(&outcome.report);
  }
  const bool alike = reports.empty() || one_strategy(reports);
  SeriesShelf shelf;
  Json runs = Json::array(), scopes = Json::array();
  std::vector<std::size_t> all;
  for (std::size_t i = 0; i < reports.size(); ++i) {
    runs.push_back(page_run(*reports[i], reports[i]->strategy_name, shelf));
    all.push_back(i);
  }
  const auto add_scope = [&](const std::string& label, const std::vector<std::size_t>& indices,
                             const Reports& members) {
    scopes.push_back(scope_object(label, indices, members, capital));
    scopes.back()["verdict"] = verdict_of(members);
  };
  if (reports.size() > 1) add_scope("All runs together", all, reports);
  for (const std::size_t i : all) {
    const lua::RunReport& r = *reports[i];
    add_scope(alike ? r.symbol : fmt::format("{}, {}", r.symbol, r.strategy_name), {i}, {&r});
  }
  Json o = document_head(!reports.empty() && reports.front()->live ? "session" : "run", capital);
  o["title"] = reports.empty() ? "Nothing was run"
               : alike         ? reports.front()->strategy_name
                               : "Several strategies";
  o["run_hash"] = combined_hash(outcomes);
  o["remarks"] = remarks(outcomes);
  o["proofs"] = proof_list(proofs);
  o["runs"] = std::move(runs);
  o["scopes"] = std::move(scopes);
  o["series"] = shelf.take();
  return o;
}

Json walker_page_document(const std::vector<std::shared_ptr<lua::Walk>>& walks, const lua::Walk* sum,
                          double capital, const std::vector<Proof>& proofs) {
  const lua::Walk& whole = sum ? *sum : *walks.front();
  SeriesShelf shelf;
  Json runs = Json::array(), scopes = Json::array(), ranking = Json::array();
  const auto add_strategy = [&](const std::string& label) {
    Reports reports;
    std::vector<std::size_t> indices;
    for (const auto& walk : walks) {
      const auto& results = walk->ranking.results();
      const auto found = std::ranges::find(results, label, &WalkerResult::strategy_name);
      if (found == results.end()) continue;
      reports.push_back(walk->reports[static_cast<std::size_t>(found - results.begin())].get());
      indices.push_back(runs.size());
      runs.push_back(page_run(*reports.back(), label, shelf));
    }
    scopes.push_back(scope_object(label, indices, reports, capital));
  };
  for (const WalkerResult* result : whole.ranking.ranked()) {
    ranking.push_back({{"strategy_name", result->strategy_name},
                       {"metric_value", number_or_null(result->metric_value)},
                       {"scope", scopes.size()},
                       {"stats", stats_object(result->stats)}});
    add_strategy(result->strategy_name);
  }
  const WalkerResult* best = whole.ranking.best();
  for (Json& scope : scopes) {  // of equal ones the best need not be the first
    if (best && scope["label"] == best->strategy_name) scope["verdict"] = page_verdict(*whole.evidence());
  }
  Json o = document_head("walker", capital);
  o["title"] = whole.walker_name;
  o["run_hash"] = nullptr;
  o["remarks"] = Json::array();
  o["proofs"] = proof_list(proofs);
  o["metric"] = whole.ranking.metric();
  o["best_strategy"] = best ? Json(best->strategy_name) : Json(nullptr);
  o["ranking"] = std::move(ranking);
  o["runs"] = std::move(runs);
  o["scopes"] = std::move(scopes);
  o["series"] = shelf.take();
  return o;
}

}  // namespace btk::host
