#include "host/journal/journal.h"

#include <fmt/format.h>

#include <algorithm>
#include <exception>
#include <iterator>

#include "engine/error.h"

namespace btk::host {

Journal::Journal(std::unique_ptr<JournalBackend> backend) : backend_(std::move(backend)) {}

Journal::Started Journal::start_session(SessionInfo info) {
  const std::lock_guard lock(mutex_);
  std::vector<SessionInfo> known = backend_->sessions();
  const auto goes_on = [&info](const SessionInfo& s) { return s.mode == info.mode && s.traders == info.traders && s.params == info.params; };
  if (!known.empty() && goes_on(known.back())) {
    backend_->continue_session(known.back().id);
    return {std::move(known.back()), true};
  }
  info.id = session_id(info.started_at, info.mode);
  info.id = backend_->open_session(info);
  return {std::move(info), false};
}

std::optional<SavedTrader> Journal::load(const TraderKey& key) {
  const std::lock_guard lock(mutex_);
  return backend_->load(key);
}

void Journal::save(const StepRecord& record) {
  const std::lock_guard lock(mutex_);
  if (!failure_.empty()) throw Error(failure_);
  try {
    backend_->save(record);
  } catch (const std::exception& problem) {
    failure_ = fmt::format("cannot write state: {}", problem.what());
    throw Error(failure_);
  }
}

std::vector<SessionInfo> Journal::sessions() {
  const std::lock_guard lock(mutex_);
  return backend_->sessions();
}

std::optional<Heritage> Journal::heritage(const std::string& session, const TraderKey& key) {
  const std::lock_guard lock(mutex_);
  return backend_->heritage(session, key);
}

std::vector<std::string> Journal::symbols(const std::string& session, const TraderKey& key) {
  const std::lock_guard lock(mutex_);
  return backend_->symbols(session, key);
}

std::vector<Candle> Journal::candles(const std::string& session, const TraderKey& key,
                                     const std::string& symbol) {
  const std::lock_guard lock(mutex_);
  return backend_->candles(session, key, symbol);
}

std::vector<Timestamp> Journal::altered(const std::string& session, const TraderKey& key,
                                        const std::string& symbol) {
  const std::lock_guard lock(mutex_);
  return backend_->altered(session, key, symbol);
}

std::vector<lua::RunInput> Journal::inputs(const std::string& session, const TraderKey& key) {
  const std::lock_guard lock(mutex_);
  return backend_->inputs(session, key);
}

std::string Journal::decisions(const std::string& session, const TraderKey& key) {
  const std::lock_guard lock(mutex_);
  return backend_->decisions(session, key);
}

std::vector<FinishedSignal> Journal::finished(const std::string& session, const TraderKey& key) {
  const std::lock_guard lock(mutex_);
  return backend_->finished(session, key);
}

std::vector<FinishedSignal> Journal::earlier_finished(const std::string& session, const TraderKey& key, std::size_t most) {
  const std::lock_guard lock(mutex_);
  std::vector<SessionInfo> before = backend_->sessions();
  before.erase(std::ranges::find(before, session, &SessionInfo::id), before.end());
  std::vector<FinishedSignal> found;
  for (auto it = before.rbegin(); it != before.rend() && found.size() < most; ++it) {
    if (std::ranges::find(it->traders, key) == it->traders.end()) continue;
    std::vector<FinishedSignal> of_session = backend_->finished(it->id, key);
    found.insert(found.begin(), std::make_move_iterator(of_session.begin()), std::make_move_iterator(of_session.end()));
  }
  if (found.size() > most) found.erase(found.begin(), found.end() - static_cast<std::ptrdiff_t>(most));
  return found;
}

std::vector<Gap> Journal::gaps(const std::string& session, const TraderKey& key) {
  const std::lock_guard lock(mutex_);
  return backend_->gaps(session, key);
}

std::string session_id(Timestamp started_at, std::string_view mode) {
  std::string id;
  for (const char c : format_iso(align(started_at, 1000))) {
    if (c == '.') break;
    if (c != '-' && c != ':') id += c;
  }
  return fmt::format("{}Z-{}", id, mode);
}

}  // namespace btk::host
