#include "host/journal/document_journal.h"

#include <fmt/format.h>

#include <algorithm>

#include "engine/error.h"
#include "host/journal/candle_checksum.h"

namespace btk::host {
namespace {

std::string trader_stem(const TraderKey& key) {
  return fmt::format("{}_{}_{}", key.symbol, key.strategy_name, key.exchange_name);
}

std::string list_name(const std::string& session, const TraderKey& key) {
  return session + "/" + trader_stem(key);
}

void add_names(Json& row, const TraderKey& key) {
  row["symbol"] = encode(key.symbol);
  row["strategyName"] = encode(key.strategy_name);
  row["exchangeName"] = encode(key.exchange_name);
}

// The row as the reference writes it, or null.
Json signal_row(const std::optional<Signal>& signal, const TraderKey& key, bool scheduled) {
  if (!signal) return nullptr;
  Json row = encode(*signal);
  add_names(row, key);
  row["frameName"] = "";
  row["_isScheduled"] = scheduled;
  return row;
}

Json slot_of(const TraderState& state, const TraderKey& key, Deferral::Kind kind) {
  for (const bool order : {true, false}) {
    const Deferral& deferral = order ? state.order_deferral : state.position_deferral;
    if (deferral.kind != kind) continue;
    Json slot = signal_row(order ? state.order : state.position, key, order);
    if (slot.is_null()) slot = Json::object();
    slot["deferralId"] = encode(deferral.id);
    slot["deferralNote"] = encode(deferral.note);
    return slot;
  }
  return nullptr;
}

Json list_of(std::span<const RiskHold> risk) {
  Json list = Json::array();
  for (const RiskHold& hold : risk) list.push_back(encode(hold));
  return list;
}

// The reference's strategy snapshot with our state.
Json commit_json(const StepRecord& record, const std::map<std::string, std::size_t>& steps) {
  const TraderState& state = *record.state;
  const bool opening =
      state.question && state.question->kind != OrderAsk::close && !is_check(state.question->kind);
  const bool closing = state.question && state.question->kind == OrderAsk::close;
  const auto slot = [&](Deferral::Kind kind) { return slot_of(state, record.key, kind); };
  Json snapshot;
  snapshot["pendingSignalId"] = state.position ? encode(state.position->id) : Json(nullptr);
  snapshot["lastPendingId"] = encode(state.last_pending_id);
  snapshot["createdSignal"] = state.queued_request ? encode(*state.queued_request) : Json(nullptr);
  Json closed = slot(Deferral::close);
  snapshot["closedSignal"] = closed.is_null() ? slot(Deferral::full_close) : std::move(closed);
  snapshot["cancelledSignal"] = slot(Deferral::cancel);
  snapshot["activatedSignal"] = slot(Deferral::activate);
  snapshot["takeProfitSignal"] = slot(Deferral::take_fill);
  snapshot["stopLossSignal"] = slot(Deferral::stop_fill);
  snapshot["retryOpenSignal"] = opening ? encode(state.question->signal) : Json(nullptr);
  snapshot["retryOpenCount"] = opening ? state.question->attempts : 0;
  snapshot["retryCloseCount"] = closing ? state.question->attempts : 0;
  snapshot["isPaused"] = state.paused;
  add_names(snapshot, record.key);
  snapshot["steps"] = steps;
  snapshot["risk"] = list_of(record.risk);
  snapshot["state"] = encode(state);
  snapshot["commitQueue"] = snapshot["state"]["commitQueue"];
  return snapshot;
}

// What is new in a step; null when nothing is.
Json step_json(const StepRecord& record) {
  Json news;
  for (const SeenCandles& seen : record.candles) {
    std::vector<std::int64_t> sums;
    for (const Candle& candle : seen.candles) sums.push_back(candle_checksum(seen.symbol, candle));
    news["candles"].push_back(
        {{"symbol", encode(seen.symbol)},
         {"rows", encode(std::vector<Candle>(seen.candles.begin(), seen.candles.end()))},
         {"checksums", sums}});
  }
  for (const lua::RunInput& input : record.inputs) news["inputs"].push_back(encode(input));
  if (!record.decisions.empty()) news["decisions"] = encode(std::string(record.decisions));
  for (const FinishedSignal& signal : record.finished) news["finished"].push_back(encode(signal));
  if (!record.gaps.empty()) news["gaps"] = encode(std::vector<Gap>(record.gaps.begin(), record.gaps.end()));
  return news;
}

// All items of one field of the steps, in order.
template <typename T>
std::vector<T> collect(const std::vector<Json>& steps, const char* field) {
  std::vector<T> list;
  for (const Json& step : steps) {
    if (!step.contains(field)) continue;
    auto more = decode<std::vector<T>>(step[field]);
    std::move(more.begin(), more.end(), std::back_inserter(list));
  }
  return list;
}

template <typename Visit>
void for_each_candles(const std::vector<Json>& steps, Visit visit) {
  for (const Json& step : steps) {
    if (!step.contains("candles")) continue;
    for (const Json& seen : step["candles"]) visit(decode<std::string>(seen.at("symbol")), seen);
  }
}

}  // namespace

DocumentJournal::DocumentJournal(std::unique_ptr<DocumentStore> store) : store_(std::move(store)) {}

std::string DocumentJournal::open_session(const SessionInfo& info) {
  SessionInfo session = info;
  for (int n = 2; store_->read("journal", session.id); ++n) session.id = fmt::format("{}-{}", info.id, n);
  Json json = encode(session);
  json["number"] = sessions().size() + 1;
  json["heritage"] = Json::array();
  for (const TraderKey& key : session.traders) {
    const auto commit = commit_of(key);
    if (!commit) continue;
    Json brought = {{"risk", (*commit)["risk"]}, {"state", (*commit)["state"]}};
    add_names(brought, key);
    json["heritage"].push_back(std::move(brought));
  }
  store_->write("journal", session.id, dump_json(json));
  session_ = session.id;
  return session_;
}

void DocumentJournal::continue_session(const std::string& id) {
  if (!store_->read("journal", id)) throw Error(fmt::format("{} has no session {}", store_->name(), id));
  session_ = id;
}

std::optional<SavedTrader> DocumentJournal::load(const TraderKey& key) {
  const auto commit = commit_of(key);
  if (!commit) return std::nullopt;
  try {
    auto saved = decode<Heritage>(*commit);
    for (const RiskHold& hold : saved.risk) risk_[{hold.profile, key.exchange_name}][key] = hold.position;
    return SavedTrader{std::move(saved.state), std::move(saved.risk), decisions(session_, key),
                       finished(session_, key)};
  } catch (const Error& problem) {
    throw Error(
        fmt::format("{}: the state of {} cannot be read: {}", store_->name(), key.symbol, problem.what()));
  }
}

void DocumentJournal::save(const StepRecord& record) {
  Trader& trader = this->trader(record.key);
  std::size_t& count = trader.steps[session_];
  const Json step = step_json(record);
  if (!step.is_null()) {
    store_->append(list_name(session_, record.key), count, dump_json(step));
    ++count;
  }
  store_->write("strategy", trader_stem(record.key) + "/strategy",
                dump_json(commit_json(record, trader.steps)));
  write_rows(record);
  write_levels(record);
  write_risk(record);
}

std::vector<SessionInfo> DocumentJournal::sessions() {
  std::vector<std::pair<std::size_t, SessionInfo>> found;
  for (const std::string& id : store_->keys("journal")) {
    const auto text = store_->read("journal", id);
    if (!text) continue;
    const Json json = parse_json(*text);
    found.emplace_back(json.value("number", std::size_t{0}), decode<SessionInfo>(json));
  }
  std::sort(found.begin(), found.end(), [](const auto& a, const auto& b) { return a.first < b.first; });
  std::vector<SessionInfo> list;
  for (auto& [number, session] : found) list.push_back(std::move(session));
  return list;
}

std::optional<Heritage> DocumentJournal::heritage(const std::string& session, const TraderKey& key) {
  const auto text = store_->read("journal", session);
  if (!text) return std::nullopt;
  const Json json = parse_json(*text);
  for (const Json& brought : json.at("heritage")) {
    if (decode<TraderKey>(brought) == key) return decode<Heritage>(brought);
  }
  return std::nullopt;
}

std::vector<std::string> DocumentJournal::symbols(const std::string& session, const TraderKey& key) {
  std::vector<std::string> names;
  for_each_candles(steps(session, key), [&](const std::string& symbol, const Json& seen) {
    if (!seen.at("rows").empty()) names.push_back(symbol);
  });
  std::sort(names.begin(), names.end());
  names.erase(std::unique(names.begin(), names.end()), names.end());
  return names;
}

std::vector<Candle> DocumentJournal::candles(const std::string& session, const TraderKey& key,
                                             const std::string& symbol) {
  std::map<Timestamp, Candle> by_time;
  for_each_candles(steps(session, key), [&](const std::string& of, const Json& seen) {
    if (of != symbol) return;
    for (const Candle& candle : decode<std::vector<Candle>>(seen.at("rows")))
      by_time.try_emplace(candle.timestamp, candle);
  });
  std::vector<Candle> list;
  for (const auto& [time, candle] : by_time) list.push_back(candle);
  return list;
}

std::vector<Timestamp> DocumentJournal::altered(const std::string& session, const TraderKey& key,
                                                const std::string& symbol) {
  std::map<Timestamp, bool> by_time;
  for_each_candles(steps(session, key), [&](const std::string& of, const Json& seen) {
    if (of != symbol) return;
    const auto rows = decode<std::vector<Candle>>(seen.at("rows"));
    const auto sums = seen.value("checksums", Json::array()).get<std::vector<std::int64_t>>();
    for (std::size_t i = 0; i < rows.size(); ++i) {
      const bool other = i < sums.size() && sums[i] != candle_checksum(symbol, rows[i]);
      by_time.try_emplace(rows[i].timestamp, other);
    }
  });
  std::vector<Timestamp> list;
  for (const auto& [time, other] : by_time) {
    if (other) list.push_back(time);
  }
  return list;
}

std::vector<lua::RunInput> DocumentJournal::inputs(const std::string& session, const TraderKey& key) {
  return collect<lua::RunInput>(steps(session, key), "inputs");
}

std::string DocumentJournal::decisions(const std::string& session, const TraderKey& key) {
  std::string text;
  for (const Json& step : steps(session, key)) {
    if (step.contains("decisions")) text += decode<std::string>(step["decisions"]);
  }
  return text;
}

std::vector<FinishedSignal> DocumentJournal::finished(const std::string& session, const TraderKey& key) {
  return collect<FinishedSignal>(steps(session, key), "finished");
}

std::vector<Gap> DocumentJournal::gaps(const std::string& session, const TraderKey& key) {
  return collect<Gap>(steps(session, key), "gaps");
}

std::optional<Json> DocumentJournal::commit_of(const TraderKey& key) {
  const std::string name = trader_stem(key);
  if (const auto text = store_->read("strategy", name + "/strategy")) {
    Json json = parse_json(*text);
    if (json.is_object() && json.contains("state")) {
      if (decode<TraderKey>(json) != key) {
        throw Error(
            fmt::format("{}: {} is the state of another trader whose names read alike; rename a strategy",
                        store_->name(), name));
      }
      return json;
    }
  }
  // A position that only the reference knows must not be forgotten in silence.
  for (const char* kind : {"signal", "schedule"}) {
    const auto row = store_->read(kind, name + "/" + key.symbol);
    if (row && !parse_json(*row).is_null()) {
      throw Error(fmt::format("{}: {}/{} was not written by btkhost: close what it holds, then move it away",
                              store_->name(), kind, name));
    }
  }
  return std::nullopt;
}

DocumentJournal::Trader& DocumentJournal::trader(const TraderKey& key) {
  const auto known = traders_.find(key);
  if (known != traders_.end()) return known->second;
  Trader trader;
  if (const auto commit = commit_of(key)) {
    for (const auto& [session, count] : commit->at("steps").items())
      trader.steps[session] = count.get<std::size_t>();
  }
  return traders_.emplace(key, std::move(trader)).first->second;
}

std::vector<Json> DocumentJournal::steps(const std::string& session, const TraderKey& key) {
  std::vector<Json> list;
  const auto commit = commit_of(key);
  if (!commit || !commit->at("steps").contains(session)) return list;
  const auto count = commit->at("steps")[session].get<std::size_t>();
  for (const std::string& line : store_->items(list_name(session, key), count))
    list.push_back(parse_json(line));
  return list;
}

void DocumentJournal::write_changed(const std::string& kind, const std::string& key, const Json& json) {
  std::string text = dump_json(json);
  std::string& last = written_[{kind, key}];
  if (last == text) return;
  store_->write(kind, key, text);
  last = std::move(text);
}

void DocumentJournal::write_rows(const StepRecord& record) {
  const std::string key = trader_stem(record.key) + "/" + record.key.symbol;
  write_changed("signal", key, signal_row(record.state->position, record.key, false));
  write_changed("schedule", key, signal_row(record.state->order, record.key, true));
}

void DocumentJournal::write_levels(const StepRecord& record) {
  const TraderState& state = *record.state;
  std::string& last = trader(record.key).signal_id;
  const std::string id = state.position ? state.position->id : std::string();
  const auto write = [&](const std::string& of, Json partial, Json breakeven) {
    const std::string key = trader_stem(record.key) + "/" + of;
    write_changed("partial", key, partial);
    write_changed("breakeven", key, breakeven);
    if (partial.empty()) written_.erase({"partial", key});
    if (breakeven.empty()) written_.erase({"breakeven", key});
  };
  if (!last.empty() && last != id) write(last, Json::object(), Json::object());
  last = id;
  if (id.empty()) return;
  Json levels = {{"profitLevels", Json::array()}, {"lossLevels", Json::array()}};
  for (int tenth = 1; tenth <= state.levels_profit; ++tenth) levels["profitLevels"].push_back(tenth * 10);
  for (int tenth = 1; tenth <= state.levels_loss; ++tenth) levels["lossLevels"].push_back(tenth * 10);
  const std::string name = dump_json(encode(id)).front() == '"' ? id : "signal";
  write(id, {{name, std::move(levels)}}, {{name, {{"reached", state.breakeven_announced}}}});
}

void DocumentJournal::write_risk(const StepRecord& record) {
  const TraderKey& key = record.key;
  for (auto& [profile, holders] : risk_) {
    if (profile.second == key.exchange_name) holders.erase(key);
  }
  for (const RiskHold& hold : record.risk) risk_[{hold.profile, key.exchange_name}][key] = hold.position;
  for (const auto& [profile, holders] : risk_) {
    Json pairs = Json::array();
    for (const auto& [holder, position] : holders) {
      const std::string name =
          fmt::format("{}_{}_{}", holder.strategy_name, holder.exchange_name, holder.symbol);
      pairs.push_back(Json::array({encode(name), encode(RiskHold{profile.first, position})["position"]}));
    }
    write_changed("risk", fmt::format("{}_{}/positions", profile.first, profile.second), pairs);
  }
}

}  // namespace btk::host
