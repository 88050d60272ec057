#include "host/journal/state_json.h"

#include <fmt/format.h>

#include <exception>

#include "host/journal/json_fields.h"

namespace btk {

using host::json_fields::Is;
using host::json_fields::Json;

// The names of every enumeration, in the order of its values.

constexpr std::array<std::string_view, 2> names(Side) { return {"long", "short"}; }
constexpr std::array<std::string_view, 7> names(Action) {
  return {"idle", "scheduled", "waiting", "opened", "active", "closed", "cancelled"};
}
constexpr std::array<std::string_view, 6> names(CloseReason) {
  return {"none", "take_profit", "stop_loss", "liquidation", "time_expired", "closed"};
}
constexpr std::array<std::string_view, 4> names(CancelReason) {
  return {"none", "timeout", "price_reject", "user"};
}
constexpr std::array<std::string_view, 9> names(CommitAction) {
  return {"partial-profit", "partial-loss",       "trailing-stop",    "trailing-take", "breakeven",
          "average-buy",    "activate-scheduled", "cancel-scheduled", "close-pending"};
}
constexpr std::array<std::string_view, 6> names(OrderAsk) {
  return {"open", "place", "activate", "close", "check_position", "check_order"};
}
constexpr std::array<std::string_view, 4> names(Verdict) {
  return {"confirmed", "rejected", "deleted", "unknown"};
}
constexpr std::array<std::string_view, 7> names(Deferral::Kind) {
  return {"none", "close", "full_close", "take_fill", "stop_fill", "cancel", "activate"};
}

// The fields of every struct.

void fields(auto& io, Is<Entry> auto& e) {
  io("price", e.price);
  io("cost", e.cost);
  io("timestamp", e.timestamp);
}

void fields(auto& io, Is<Pnl> auto& p) {
  io("pnlPercentage", p.pnl_percentage);
  io("pnlCost", p.pnl_cost);
  io("pnlEntries", p.pnl_entries);
  io("priceOpen", p.price_open);
  io("priceClose", p.price_close);
}

void fields(auto& io, Is<Excursion> auto& e) {
  io("price", e.price);
  io("timestamp", e.timestamp);
  fields(io, e.pnl);  // flat, as the reference has it
}

void fields(auto& io, Is<Fill> auto& f) {
  io("action", f.action);
  io("time", f.time);
  io("price", f.price);
  io("quantity", f.quantity);
  io("fee", f.fee);
  io("orderId", f.order_id);
}

Json encode_value(const Partial& p) {
  host::json_fields::Writer io;
  io("type", std::string(p.profit ? "profit" : "loss"));
  io("percent", p.percent);
  io("currentPrice", p.current_price);
  io("costBasisAtClose", p.cost_basis_at_close);
  io("entryCountAtClose", p.entry_count_at_close);
  io("timestamp", p.timestamp);
  return std::move(io.json);
}

void decode_value(const Json& json, Partial& p) {
  host::json_fields::Reader io{json};
  std::string type = "profit";
  io("type", type);
  p.profit = type != "loss";
  io("percent", p.percent);
  io("currentPrice", p.current_price);
  io("costBasisAtClose", p.cost_basis_at_close);
  io("entryCountAtClose", p.entry_count_at_close);
  io("timestamp", p.timestamp);
}

void fields(auto& io, Is<Signal> auto& s) {
  io("id", s.id);
  io("note", s.note);
  io("position", s.position);
  io("priceOpen", s.price_open);
  io("priceTakeProfit", s.price_take_profit);
  io("priceStopLoss", s.price_stop_loss);
  io("minuteEstimatedTime", s.minute_estimated_time);
  io("cost", s.cost);
  io("multiplier", s.multiplier);
  io("isolated", s.isolated);
  io("scheduledAt", s.scheduled_at);
  io("pendingAt", s.pending_at);
  io("timestamp", s.timestamp);
  io("_entry", s.entries);
  io("_partial", s.partials);
  io("_trailingPriceStopLoss", s.trailing_stop);
  io("_trailingPriceTakeProfit", s.trailing_take);
  io("_peak", s.peak);
  io("_fall", s.fall);
  io("fills", s.fills);
  io("observedAt", s.observed_at);
  io("scriptVersion", s.script_version);
}

Json encode_value(const GivenNumber& n) {
  const Json value = host::json_fields::encode_value(n.value);
  return n.kind == GivenNumber::Kind::number ? value : Json{{"noNumber", value}};
}

void decode_value(const Json& json, GivenNumber& n) {
  const bool number = !json.is_object();
  host::json_fields::decode_value(number ? json : json.at("noNumber"), n.value);
  n.kind = number ? GivenNumber::Kind::number : GivenNumber::Kind::wrong_type;
}

Json encode_value(SignalRequest::Flag flag) {
  return flag == SignalRequest::Flag::wrong_type ? Json("no flag") : Json(flag == SignalRequest::Flag::yes);
}

void decode_value(const Json& json, SignalRequest::Flag& flag) {
  using Flag = SignalRequest::Flag;
  flag = !json.is_boolean() ? Flag::wrong_type : json.get<bool>() ? Flag::yes : Flag::no;
}

void fields(auto& io, Is<SignalRequest> auto& r) {
  constexpr bool kWriting = std::same_as<std::remove_cvref_t<decltype(io)>, host::json_fields::Writer>;
  const auto given = [&](const char* name, auto& number) {
    if (!kWriting || !number.absent()) io(name, number);
  };
  io("id", r.id);
  io("symbol", r.symbol);
  io("position", r.position);
  io("note", r.note);
  given("priceOpen", r.price_open);
  given("priceTakeProfit", r.price_take_profit);
  given("priceStopLoss", r.price_stop_loss);
  given("minuteEstimatedTime", r.minute_estimated_time);
  given("cost", r.cost);
  given("multiplier", r.multiplier);
  if (!kWriting || r.isolated != SignalRequest::Flag::absent) io("isolated", r.isolated);
}

void fields(auto& io, Is<Deferral> auto& d) {
  io("kind", d.kind);
  io("id", d.id);
  io("note", d.note);
}

void fields(auto& io, Is<QueuedCommit> auto& c) {
  io("action", c.action);
  io("price", c.price);
  io("amount", c.amount);
  io("pnl", c.pnl);
}

void fields(auto& io, Is<OpenQuestion> auto& q) {
  io("kind", q.kind);
  io("signal", q.signal);
  io("closeReason", q.close_reason);
  io("price", q.price);
  io("atLevel", q.at_level);
  io("byUser", q.by_user);
  io("attempts", q.attempts);
  io("unanswered", q.unanswered);
  io("since", q.since);
}

void fields(auto& io, Is<TraderState> auto& s) {
  io("minute", s.minute);
  io("stage", s.stage);
  io("nextCandle", s.next_candle);
  io("nextTick", s.next_tick);
  io("order", s.order);
  io("position", s.position);
  io("orderDeferral", s.order_deferral);
  io("positionDeferral", s.position_deferral);
  io("commitQueue", s.commits);
  io("createdSignal", s.queued_request);
  io("question", s.question);
  io("lastIntervalStart", s.last_interval_start);
  io("lastPendingId", s.last_pending_id);
  io("isPaused", s.paused);
  io("entriesBlocked", s.entries_blocked);
  io("halted", s.halted);
  io("flatten", s.flatten);
  io("levelsProfit", s.levels_profit);
  io("levelsLoss", s.levels_loss);
  io("breakevenReached", s.breakeven_announced);
  io("warmupTicks", s.warmup_ticks);
  io("signalCalls", s.signal_calls);
}

void fields(auto& io, Is<FinishedSignal> auto& f) {
  io("signal", f.signal);
  io("action", f.action);
  io("closeReason", f.close_reason);
  io("cancelReason", f.cancel_reason);
  io("closeTimestamp", f.close_timestamp);
  io("currentPrice", f.current_price);
  io("pnl", f.pnl);
  io("fees", f.fees);
  io("id", f.id);
  io("dataEnded", f.data_ended);
}

Json encode_value(const Candle& c) {
  Json list = Json::array({c.timestamp});
  for (const double value : {c.open, c.high, c.low, c.close, c.volume}) {
    list.push_back(host::json_fields::encode_value(value));
  }
  return list;
}

void decode_value(const Json& json, Candle& c) {
  c.timestamp = json.at(0).get<Timestamp>();
  double* const values[] = {&c.open, &c.high, &c.low, &c.close, &c.volume};
  for (std::size_t i = 0; i < std::size(values); ++i) {
    host::json_fields::decode_value(json.at(i + 1), *values[i]);
  }
}

void fields(auto& io, Is<Gap> auto& g) {
  io("from", g.from);
  io("candles", g.candles);
}

void fields(auto& io, Is<RiskPosition> auto& p) {
  io("strategyName", p.owner.strategy_name);
  io("exchangeName", p.owner.exchange_name);
  io("symbol", p.owner.symbol);
  io("frameName", p.frame_name);
  io("position", p.position);
  io("priceOpen", p.price_open);
  io("priceTakeProfit", p.price_take_profit);
  io("priceStopLoss", p.price_stop_loss);
  io("minuteEstimatedTime", p.minute_estimated_time);
  io("openTimestamp", p.open_timestamp);
}

void fields(auto& io, Is<OrderAnswer> auto& a) {
  io("verdict", a.verdict);
  io("why", a.why);
  io("fill", a.fill);
}

namespace lua {

constexpr std::array<std::string_view, 9> names(RunInput::Kind) {
  return {"verdict", "veto", "risk", "skip", "late", "restart", "command", "deed", "service"};
}

void fields(auto& io, Is<RunInput> auto& i) {
  io("kind", i.kind);
  io("minute", i.minute);
  io("stage", i.stage);
  io("name", i.name);
  io("id", i.id);
  io("answer", i.answer);
  io("positions", i.positions);
  io("until", i.until);
}

}  // namespace lua

namespace host {

void fields(auto& io, Is<RiskHold> auto& h) {
  io("profile", h.profile);
  io("position", h.position);
}

void fields(auto& io, Is<Heritage> auto& h) {
  io("state", h.state);
  io("risk", h.risk);
}

void fields(auto& io, Is<TraderKey> auto& k) {
  io("symbol", k.symbol);
  io("strategyName", k.strategy_name);
  io("exchangeName", k.exchange_name);
}

void fields(auto& io, Is<SessionInfo> auto& s) {
  io("id", s.id);
  io("mode", s.mode);
  io("startedAt", s.started_at);
  io("scriptHash", s.script_hash);
  io("files", s.files);
  io("seed", s.seed);
  io("settings", s.settings);
  io("params", s.params);
  io("traders", s.traders);
}

template <typename T>
Json Codec<T>::encode(const T& value) {
  using json_fields::encode_value;
  return encode_value(value);
}

template <typename T>
T Codec<T>::decode(const Json& json) {
  using json_fields::decode_value;
  try {
    T value{};
    decode_value(json, value);
    return value;
  } catch (const std::exception& problem) {
    throw Error(fmt::format("what was saved does not fit: {}", problem.what()));
  }
}

std::string dump_json(const Json& json) { return json.dump(); }

Json parse_json(std::string_view text) {
  Json json = Json::parse(text, nullptr, false);
  if (json.is_discarded()) throw Error("what was saved is no JSON");
  return json;
}

template struct Codec<std::string>;
template struct Codec<Signal>;
template struct Codec<SignalRequest>;
template struct Codec<OpenQuestion>;
template struct Codec<TraderState>;
template struct Codec<FinishedSignal>;
template struct Codec<RiskHold>;
template struct Codec<Heritage>;
template struct Codec<lua::RunInput>;
template struct Codec<TraderKey>;
template struct Codec<SessionInfo>;
template struct Codec<std::vector<Candle>>;
template struct Codec<std::vector<Gap>>;
template struct Codec<std::vector<RiskHold>>;
template struct Codec<std::vector<lua::RunInput>>;
template struct Codec<std::vector<FinishedSignal>>;

}  // namespace host
}  // namespace btk
