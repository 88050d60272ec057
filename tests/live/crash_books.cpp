// The exchange's story against the engine's.
#include <algorithm>
#include <catch2/catch.hpp>
#include <set>
#include <sstream>

#include "engine/sha256.h"
#include "tests/live/crash_rig.h"

namespace btk::test {
namespace {

constexpr double kFee = 0.001, kStepBtc = 0.00001, kTiny = 1e-9;

double read_number(const Json& text) { return std::stod(text.get<std::string>()); }

// As brokers/binance_orders.lua makes it.
std::string order_prefix(const host::TraderKey& key, const Signal& s) {
  return sha256_hex(key.strategy_name + '\n' + key.symbol + '\n' + s.id + '\n' + std::to_string(s.scheduled_at)).substr(0, 24);
}

// What the exchange did for one signal.
struct Done {
  std::map<std::string, int> times;  // purpose ("o", "p1") -> orders that were filled, wholly or in part
  double held = 0;                   // base currency: bought, less fees, less sold
  double stopped = 0;                // of that, sold by the protective stop
  Timestamp stopped_at = 0;
  int with(char kind) const {
    int count = 0;
    for (const auto& [purpose, n] : times) count += purpose[0] == kind ? n : 0;
    return count;
  }
};

using Fields = std::map<std::string, std::string>;

struct Line {
  std::string kind;
  Timestamp time = 0;
  Fields fields;
};

std::vector<Line> read_lines(const std::string& decisions) {
  std::vector<Line> lines;
  std::istringstream text(decisions);
  for (std::string row; std::getline(text, row);) {
    std::istringstream fields(row);
    Line line;
    std::string field;
    std::getline(fields, line.kind, '\t');
    std::getline(fields, field, '\t');
    if (line.kind != "run") line.time = std::stoll(field);
    while (std::getline(fields, field, '\t')) {
      const auto equals = field.find('=');
      if (equals != std::string::npos) line.fields[field.substr(0, equals)] = field.substr(equals + 1);
    }
    lines.push_back(std::move(line));
  }
  return lines;
}

double step_of(const std::string& symbol) { return symbol == "BTCUSDT" ? kStepBtc : 0.0001; }

void check_opening(const Done& done) {
  CHECK(done.with('o') + done.with('l') <= 1 + (done.times.contains("l") && done.times.contains("x") ? 1 : 0));
  CHECK(done.with('o') + done.with('l') + done.with('x') >= 1);  // bought, and not only in the books
  for (const auto& [purpose, n] : done.times) {
    INFO(purpose);
    CHECK(n == 1);
  }
}

void check_closed(const FinishedSignal& finished, const Done& done, double step) {
  check_opening(done);
  CHECK(done.with('p') == static_cast<int>(finished.signal.partials.size()));
  CHECK(done.with('a') == static_cast<int>(finished.signal.entries.size()) - 1);
  CHECK(done.with('c') + done.with('s') >= 1);
  // Everything that was there and a whole lot was sold, and nothing that was not there.
  CHECK(done.held > -kTiny);
  CHECK(done.held < step + kTiny);
}

void check_open(const Signal& position, const Done& done, Timestamp minute) {
  check_opening(done);
  CHECK(done.with('p') == static_cast<int>(position.partials.size()));
  CHECK(done.with('a') == static_cast<int>(position.entries.size()) - 1);
  CHECK(done.with('c') == 0);
  if (done.with('s') > 0) CHECK(done.stopped_at > minute - kMinute);  // in the minute that is looked at next
  double held = -done.stopped;
  for (const Fill& fill : position.fills) {
    const bool takes = fill.action.starts_with("partial");
    const bool adds = fill.action == "open" || fill.action == "activate" || fill.action == "average-buy";
    if (takes || adds) held += (takes ? -1 : 1) * fill.quantity.value_or(0);
  }
  CHECK(held == Approx(done.held).margin(kTiny));
}

}  // namespace

void check_books(const std::vector<EngineView>& traders, const Json& book) {
  std::map<std::string, Done> story;  // by prefix of the order id
  std::map<std::string, double> balance;
  for (const Json& order : book.at("spot")) {
    const double quantity = read_number(order.at("executedQty"));
    if (quantity == 0) continue;
    const std::string id = order.at("clientOrderId");
    const auto dash = id.rfind('-');
    REQUIRE(dash != std::string::npos);
    Done& done = story[id.substr(0, dash)];
    ++done.times[id.substr(dash + 1)];
    const double change = order.at("side") == "BUY" ? quantity * (1 - kFee) : -quantity;
    done.held += change;
    if (id[dash + 1] == 's') {
      done.stopped -= change;
      done.stopped_at = order.at("updateTime").get<Timestamp>();
    }
    balance[order.at("symbol").get<std::string>().substr(0, 3)] += change;
  }
  for (const EngineView& trader : traders) {
    const double step = step_of(trader.key.symbol);
    REQUIRE(trader.saved);
    CHECK_FALSE(trader.saved->state.question);  // at rest nothing is in doubt
    const auto take = [&](const Signal& signal) {
      const auto found = story.find(order_prefix(trader.key, signal));
      if (found == story.end()) return Done{};
      Done done = std::move(found->second);
      story.erase(found);
      return done;
    };
    for (const FinishedSignal& finished : trader.finished) {
      INFO(trader.key.symbol << " " << to_string(finished.action) << " signal " << finished.signal.id << " "
                             << to_string(finished.close_reason) << " at " << format_iso(finished.close_timestamp));
      const Done done = take(finished.signal);
      if (finished.action == Action::closed) {
        check_closed(finished, done, step);
      } else {
        CHECK(std::abs(done.held) < step + kTiny);  // what was filled while it was being cancelled went back
      }
    }
    if (const auto& position = trader.saved->state.position) {
      INFO(trader.key.symbol << " open signal " << position->id);
      check_open(*position, take(*position), trader.saved->state.minute);
    }
    if (const auto& order = trader.saved->state.order) take(*order);  // rests; perhaps filled in this minute
  }
  for (const auto& [prefix, done] : story) {
    INFO("orders that belong to no signal: " << prefix << " holds " << done.held);
    CHECK(false);
  }
  for (const auto& [asset, amount] : balance) {
    INFO(asset);
    const Json& there = book.at("balances").at(asset);
    CHECK(read_number(there.at("free")) + read_number(there.at("locked")) == Approx(amount).margin(1e-6));
  }
}

void check_all_known(const std::vector<EngineView>& traders, const Json& book) {
  std::set<std::string> known;
  for (const EngineView& trader : traders) {
    for (const FinishedSignal& finished : trader.finished) known.insert(order_prefix(trader.key, finished.signal));
    if (!trader.saved) continue;
    const TraderState& state = trader.saved->state;
    if (state.position) known.insert(order_prefix(trader.key, *state.position));
    if (state.order) known.insert(order_prefix(trader.key, *state.order));
    if (state.question) known.insert(order_prefix(trader.key, state.question->signal));
  }
  for (const Json& order : book.at("spot")) {
    const std::string id = order.at("clientOrderId");
    INFO(id);
    CHECK(known.contains(id.substr(0, id.rfind('-'))));
  }
}

void check_decisions(const EngineView& trader) {
  const auto lines = read_lines(trader.decisions);
  REQUIRE_FALSE(lines.empty());
  CHECK(lines.front().kind == "run");
  std::set<std::string> opened, ended, milestones;
  std::map<std::string, int> partials;
  for (std::size_t i = 1; i < lines.size(); ++i) {
    const auto& [kind, time, fields] = lines[i];
    INFO(kind << " at " << format_iso(time));
    CHECK(kind != "run");
    CHECK(time >= lines[i - 1].time);
    const std::string id = fields.contains("id") ? fields.at("id") : "";
    if (kind == "opened") {
      CHECK(opened.insert(id).second);
      milestones.clear();
    }
    if (kind == "closed" || kind == "cancelled") {
      CHECK(ended.insert(id).second);
      CHECK((kind == "cancelled" || opened.contains(id)));
    }
    if (kind.starts_with("level") || kind == "breakeven") {
      CHECK(milestones.insert(kind + (fields.contains("level") ? fields.at("level") : "")).second);
    }
    if (kind == "commit" && fields.at("action").starts_with("partial")) ++partials[id];
  }
  std::set<std::string> finished, open;
  for (const FinishedSignal& f : trader.finished) {
    INFO(f.signal.id);
    CHECK(finished.insert(f.signal.id).second);
    CHECK(partials[f.signal.id] == static_cast<int>(f.signal.partials.size()));
  }
  CHECK(finished == ended);  // no signal is lost, none is there twice
  std::set_difference(opened.begin(), opened.end(), ended.begin(), ended.end(), std::inserter(open, open.end()));
  const auto& position = trader.saved->state.position;
  CHECK(open == (position ? std::set{position->id} : std::set<std::string>{}));
  for (std::size_t i = 1; i < trader.candles.size(); ++i) {
    REQUIRE(trader.candles[i].timestamp == trader.candles[i - 1].timestamp + kMinute);
  }
}

void check_limit_of_one(const std::vector<EngineView>& traders) {
  struct Span {
    Timestamp from = 0, to = 0;
    std::string id;
  };
  std::vector<Span> spans;
  for (const EngineView& trader : traders) {
    std::map<std::string, Span> open;
    for (const Line& line : read_lines(trader.decisions)) {
      if (line.kind == "opened") open[line.fields.at("id")] = {line.time, INT64_MAX, line.fields.at("id")};
      if (line.kind == "closed") open[line.fields.at("id")].to = line.time;
    }
    for (const auto& [id, span] : open) spans.push_back(span);
    if (trader.saved->state.position) {
      INFO(trader.key.symbol << ": the risk book knows the open position");
      REQUIRE(trader.saved->risk.size() >= 1);
    }
  }
  std::sort(spans.begin(), spans.end(), [](const Span& a, const Span& b) { return a.from < b.from; });
  for (std::size_t i = 1; i < spans.size(); ++i) {
    INFO(spans[i].id << " opened at " << format_iso(spans[i].from) << " while " << spans[i - 1].id << " was open until "
                     << format_iso(spans[i - 1].to));
    CHECK(spans[i].from >= spans[i - 1].to);
  }
}

}  // namespace btk::test
