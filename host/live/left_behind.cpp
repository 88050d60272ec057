#include "host/live/left_behind.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "engine/text.h"

namespace btk::host {
namespace {

// The model names no order.
bool broker_opened(const Signal& signal) {
  return std::ranges::any_of(signal.fills, [](const Fill& fill) { return !fill.order_id.empty(); });
}

std::set<TraderKey> all_traders(Journal& journal) {
  std::set<TraderKey> all;
  for (const SessionInfo& session : journal.sessions()) all.insert(session.traders.begin(), session.traders.end());
  return all;
}

}  // namespace

std::string held_by(const TraderState& s) {
  const auto row = [](const char* what, const Signal& signal) {
    return fmt::format("{} {} at {}", what, to_string(signal.position), shortest(signal.price_open));
  };
  if (s.position) return row("an open", *s.position);
  if (s.order) return row("a waiting", *s.order);
  if (s.question) return row("an unconfirmed", s.question->signal);
  return {};
}

std::vector<std::string> needs_broker(Journal& journal, const std::vector<TraderKey>& traders) {
  std::vector<std::string> lines;
  for (const TraderKey& key : traders) {
    const auto saved = journal.load(key);
    if (!saved) continue;
    const TraderState& s = saved->state;
    if (!(s.position && broker_opened(*s.position)) && !(s.order && broker_opened(*s.order))) continue;
    lines.push_back(fmt::format("{}: {} of strategy \"{}\" was made at the exchange by a broker", key.symbol, held_by(s), key.strategy_name));
  }
  return lines;
}

std::vector<std::string> left_behind(Journal& journal, const std::vector<TraderKey>& traders) {
  std::set<TraderKey> others = all_traders(journal);
  for (const TraderKey& key : traders) others.erase(key);
  std::vector<std::string> lines;
  for (const TraderKey& key : others) {
    const auto saved = journal.load(key);
    const std::string what = saved ? held_by(saved->state) : "";
    if (what.empty()) continue;
    lines.push_back(fmt::format(
        "{}: {} of strategy \"{}\" on \"{}\" is left from an earlier session and is not followed here: trade it with its strategy, "
        "too, or close it at the exchange",
        key.symbol, what, key.strategy_name, key.exchange_name));
  }
  return lines;
}

std::vector<std::string> unwatched(Journal& journal) {
  std::vector<std::string> lines;
  for (const TraderKey& key : all_traders(journal)) {
    const auto saved = journal.load(key);
    const std::string what = saved ? held_by(saved->state) : "";
    if (what.empty()) continue;
    lines.push_back(fmt::format("{}: {} of strategy \"{}\" on \"{}\" stays as it is, and nobody looks after it until this command starts",
                                key.symbol, what, key.strategy_name, key.exchange_name));
  }
  return lines;
}

}  // namespace btk::host
