#include "host/journal/memory_journal.h"

#include <fmt/format.h>

#include <algorithm>

#include "engine/error.h"

namespace btk::host {

std::string MemoryJournal::open_session(const SessionInfo& info) {
  SessionInfo session = info;
  const auto taken = [&](const SessionInfo& other) { return other.id == session.id; };
  for (int n = 2; std::any_of(sessions_.begin(), sessions_.end(), taken); ++n) {
    session.id = fmt::format("{}-{}", info.id, n);
  }
  for (const TraderKey& key : session.traders) {
    const auto state = states_.find(key);
    if (state != states_.end()) tracks_[{session.id, key}].heritage = state->second;
  }
  session_ = session.id;
  sessions_.push_back(std::move(session));
  return session_;
}

void MemoryJournal::continue_session(const std::string& id) {
  const auto same = [&](const SessionInfo& session) { return session.id == id; };
  if (std::none_of(sessions_.begin(), sessions_.end(), same))
    throw Error(fmt::format("there is no session {}", id));
  session_ = id;
}

std::optional<SavedTrader> MemoryJournal::load(const TraderKey& key) {
  const auto state = states_.find(key);
  if (state == states_.end()) return std::nullopt;
  const Track& seen = track(session_, key);
  return SavedTrader{state->second.state, state->second.risk, seen.decisions, seen.finished};
}

void MemoryJournal::save(const StepRecord& record) {
  states_[record.key] = {*record.state, {record.risk.begin(), record.risk.end()}};
  Track& track = tracks_[{session_, record.key}];
  for (const SeenCandles& seen : record.candles) {
    for (const Candle& candle : seen.candles)
      track.candles[seen.symbol].try_emplace(candle.timestamp, candle);
  }
  track.inputs.insert(track.inputs.end(), record.inputs.begin(), record.inputs.end());
  track.decisions += record.decisions;
  track.finished.insert(track.finished.end(), record.finished.begin(), record.finished.end());
  track.gaps.insert(track.gaps.end(), record.gaps.begin(), record.gaps.end());
}

const MemoryJournal::Track& MemoryJournal::track(const std::string& session, const TraderKey& key) const {
  static const Track kNothing;
  const auto found = tracks_.find({session, key});
  return found == tracks_.end() ? kNothing : found->second;
}

std::vector<SessionInfo> MemoryJournal::sessions() { return sessions_; }

std::optional<Heritage> MemoryJournal::heritage(const std::string& session, const TraderKey& key) {
  return track(session, key).heritage;
}

std::vector<std::string> MemoryJournal::symbols(const std::string& session, const TraderKey& key) {
  std::vector<std::string> names;
  for (const auto& [symbol, candles] : track(session, key).candles) names.push_back(symbol);
  return names;
}

std::vector<Candle> MemoryJournal::candles(const std::string& session, const TraderKey& key,
                                           const std::string& symbol) {
  std::vector<Candle> list;
  const auto& by_symbol = track(session, key).candles;
  const auto found = by_symbol.find(symbol);
  if (found == by_symbol.end()) return list;
  for (const auto& [time, candle] : found->second) list.push_back(candle);
  return list;
}

std::vector<lua::RunInput> MemoryJournal::inputs(const std::string& session, const TraderKey& key) {
  return track(session, key).inputs;
}

std::string MemoryJournal::decisions(const std::string& session, const TraderKey& key) {
  return track(session, key).decisions;
}

std::vector<FinishedSignal> MemoryJournal::finished(const std::string& session, const TraderKey& key) {
  return track(session, key).finished;
}

std::vector<Gap> MemoryJournal::gaps(const std::string& session, const TraderKey& key) {
  return track(session, key).gaps;
}

}  // namespace btk::host
