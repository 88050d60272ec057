// The clock that a paper or live session runs on (`--clock`, BTK_CLOCK). Minute
// boundaries, waiting for them, staleness and recorded times follow it; network
// time-outs and pauses between retries stay on the wall clock.
//
//   wall                        the machine's clock; the default
//   linear:WALL_MS,SIM_MS,SPEED now = SIM_MS + (wall - WALL_MS) * SPEED
//   http://ADDRESS              GET ADDRESS -> {"now": ms}; POST ADDRESS/wait {"until": ms, "client": "name"}
//                               is answered when that moment has come
//
// Several threads may read one clock and wait on it at the same time.
#pragma once

#include <memory>
#include <string>

#include "engine/time.h"
#include "host/clock/wake.h"

namespace btk::host {

class Clock {
 public:
  virtual ~Clock() = default;
  /// Unix ms. Throws btk::Error when a clock that is elsewhere does not answer for a while.
  virtual Timestamp now() = 0;
  /// Waits until `moment` has come: true; or until `wake` rings, which is used up then: false. `client` names
  /// the waiting thread to a clock that is elsewhere. Connections that break are made anew for as long as it
  /// takes; an address that answers with a refusal is a btk::Error.
  virtual bool wait_until(Timestamp moment, const std::string& client, Wake& wake) = 0;
  /// What --clock said, "wall" without it.
  virtual std::string name() const = 0;
};

/// The clock that the text names; empty: wall. Throws btk::Error for a text that names none.
std::unique_ptr<Clock> make_clock(const std::string& text);

}  // namespace btk::host
