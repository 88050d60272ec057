// The exchange's time. Virtual: it stands still while anybody works, and when
// every client waits it jumps to the first moment that one of them waits for, so
// that a week passes without races in as long as the work takes. Or linear: the
// wall clock, faster or slower. Times are simulated milliseconds UTC.
#pragma once

#include <chrono>
#include <condition_variable>
#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "engine/time.h"

namespace btk::exchange_server {

struct ClockSetup {
  Timestamp start = 0;
  std::optional<Timestamp> end;             ///< time does not pass it
  int clients = 0;                          ///< virtual time stands until so many have waited once
  std::chrono::milliseconds grace{10'000};  ///< of wall time; a client silent for longer is gone
  std::optional<double> speed;              ///< linear time: simulated per wall millisecond
};

class SimClock {
 public:
  explicit SimClock(ClockSetup setup);

  Timestamp now();
  /// Blocks until the moment has come and returns the time then. Nothing when the client is not `connected`
  /// any more or the server stops. The first wait of a name registers it.
  std::optional<Timestamp> wait(const std::string& client, Timestamp until,
                                const std::function<bool()>& connected);
  /// Some client works: those that do not wait are alive.
  void activity();
  void leave(const std::string& client);
  /// Time stands at `t` from now on, forwards only: an hour in which nobody saw anything.
  void jump_to(Timestamp t);
  /// Moves the end; nothing: there is none any more.
  void set_end(std::optional<Timestamp> end);
  void stop();

  struct State {
    Timestamp now = 0;
    int clients = 0, waiting = 0;
    bool ended = false;  ///< time stands at the end and somebody waits for more
  };
  State state();

 private:
  using Wall = std::chrono::steady_clock;
  struct Wait {
    Timestamp until = 0;
    const std::function<bool()>& connected;
  };
  struct Client {
    /// Under way. A client that broke one off and came back has several, in whatever order they were heard of; those whose
    /// connection is gone count for nothing.
    std::vector<const Wait*> waits{};
    Wall::time_point seen{};

    /// The first moment that it waits for; nothing: it works, or was killed.
    std::optional<Timestamp> until() const;
  };

  Timestamp read(Wall::time_point at) const;
  void forget_silent(Wall::time_point at);
  void move(Wall::time_point at);

  std::mutex mutex_;
  std::condition_variable changed_;
  ClockSetup setup_;
  Timestamp now_;  ///< virtual time; of linear time: the time at origin_
  Wall::time_point origin_;
  std::map<std::string, Client> clients_;
  std::set<std::string> known_;  ///< every name that ever waited
  bool stopped_ = false;
};

}  // namespace btk::exchange_server
