// Tells the main script of the runs that the host makes for it: how far they are,
// in steps of a tenth, while a pool makes them; then, in the order of the list,
// that they are over. What the script asks to stop on hearing that is stopped.
#pragma once

#include <vector>

#include "host/cli/console.h"
#include "host/cli/run_pool.h"
#include "lua/script.h"

namespace btk::host {

class RunTeller {
 public:
  /// All must outlive the object. Runs of walks are left to WalkTeller.
  RunTeller(lua::Script& script, const std::vector<lua::PlannedRun>& planned, Console& console, Interrupt& interrupt)
      : script_(script), planned_(planned), console_(console), interrupt_(interrupt), told_(planned.size()) {}

  /// For the pool's tick.
  void update(RunPool& pool);
  /// All runs are over. What listeners raised is added to the errors of their run.
  void finish(std::vector<RunOutcome>& outcomes);
  /// False when a listener failed.
  bool well() const { return well_; }

 private:
  struct Told {
    int tenths = -1;  ///< of the frame, announced last
    std::vector<lua::ReportedError> errors;
  };

  void tell_tenths(std::size_t run, int tenths, const lua::Script::FrameSpan& frame);
  template <class Tell>
  void tell(std::size_t run, const char* listener, Timestamp when, Tell tell);

  lua::Script& script_;
  const std::vector<lua::PlannedRun>& planned_;
  Console& console_;
  Interrupt& interrupt_;
  std::vector<Told> told_;
  bool well_ = true;
};

}  // namespace btk::host
