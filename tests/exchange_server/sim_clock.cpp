#include "tests/exchange_server/sim_clock.h"

#include <algorithm>
#include <limits>

namespace btk::exchange_server {

SimClock::SimClock(ClockSetup setup) : setup_(setup), now_(setup.start), origin_(Wall::now()) {}

Timestamp SimClock::read(Wall::time_point at) const {
  if (!setup_.speed) return now_;
  const double passed = std::chrono::duration<double, std::milli>(at - origin_).count() * *setup_.speed;
  const Timestamp t = now_ + static_cast<Timestamp>(passed);
  return setup_.end ? std::min(t, std::max(now_, *setup_.end)) : t;
}

std::optional<Timestamp> SimClock::Client::until() const {
  std::optional<Timestamp> first;
  for (const Wait* wait : waits) {
    if (wait->connected()) first = std::min(first.value_or(wait->until), wait->until);
  }
  return first;
}

void SimClock::forget_silent(Wall::time_point at) {
  std::erase_if(clients_, [&](const auto& entry) {
    return entry.second.waits.empty() && at - entry.second.seen > setup_.grace;
  });
}

void SimClock::move(Wall::time_point at) {
  if (setup_.speed) return;
  forget_silent(at);
  if (clients_.empty() || known_.size() < static_cast<std::size_t>(std::max(setup_.clients, 0))) return;
  // One that was killed while it waited is not waiting: time stands until it is back, or its grace is over.
  Timestamp first = std::numeric_limits<Timestamp>::max();
  for (const auto& [name, client] : clients_) {
    const auto until = client.until();
    if (!until) return;
    first = std::min(first, *until);
  }
  if (setup_.end) first = std::min(first, *setup_.end);
  if (first > now_) {
    now_ = first;
    changed_.notify_all();
  }
}

Timestamp SimClock::now() {
  const std::lock_guard lock(mutex_);
  return read(Wall::now());
}

std::optional<Timestamp> SimClock::wait(const std::string& client, Timestamp until,
                                        const std::function<bool()>& connected) {
  std::unique_lock lock(mutex_);
  known_.insert(client);
  Client& entry = clients_[client];
  const Wait wait{until, connected};
  entry.waits.push_back(&wait);
  std::optional<Timestamp> answer;
  while (!stopped_) {
    const auto at = Wall::now();
    move(at);
    if (const Timestamp t = read(at); t >= until) {
      answer = t;
      break;
    }
    if (!connected()) break;
    // Others' silence and a lost connection make no noise: look again soon.
    changed_.wait_for(lock, std::chrono::milliseconds(setup_.speed ? 1 : 20));
  }
  // Waiting clients are never forgotten, so the entry is still there unless the client left meanwhile.
  if (const auto mine = clients_.find(client); mine != clients_.end()) {
    std::erase(mine->second.waits, &wait);
    mine->second.seen = Wall::now();
  }
  return answer;
}

void SimClock::activity() {
  const std::lock_guard lock(mutex_);
  const auto at = Wall::now();
  forget_silent(at);
  for (auto& [name, client] : clients_) client.seen = at;
}

void SimClock::leave(const std::string& client) {
  const std::lock_guard lock(mutex_);
  clients_.erase(client);
  changed_.notify_all();
}

void SimClock::jump_to(Timestamp t) {
  const std::lock_guard lock(mutex_);
  const auto at = Wall::now();
  now_ = std::max(read(at), t);
  origin_ = at;
  changed_.notify_all();
}

void SimClock::set_end(std::optional<Timestamp> end) {
  const std::lock_guard lock(mutex_);
  const auto at = Wall::now();
  now_ = read(at);
  origin_ = at;
  setup_.end = end;
  changed_.notify_all();
}

void SimClock::stop() {
  const std::lock_guard lock(mutex_);
  stopped_ = true;
  changed_.notify_all();
}

SimClock::State SimClock::state() {
  const std::lock_guard lock(mutex_);
  const auto at = Wall::now();
  forget_silent(at);
  State state{read(at), static_cast<int>(clients_.size()), 0, false};
  for (const auto& [name, client] : clients_) {
    if (client.until()) ++state.waiting;
  }
  state.ended = setup_.end && state.now >= *setup_.end && state.waiting == state.clients && state.clients > 0;
  return state;
}

}  // namespace btk::exchange_server
