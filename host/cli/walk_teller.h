// Tells scripts of their walks while a pool makes the runs: strategies in the
// order of the list, each as soon as it and all before it are over. So what
// scripts hear, and what a stop leaves out, is the same on one thread and on many.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "host/cli/console.h"
#include "host/cli/run_pool.h"
#include "lua/script.h"

namespace btk::host {

class WalkTeller {
 public:
  struct Part {
    std::size_t run;    ///< index in the pool
    std::string label;  ///< the strategy's name in the comparison
  };
  struct Listener {
    lua::Script* script;
    std::size_t walk;  ///< index in its walks()
  };
  struct Job {
    std::shared_ptr<lua::Walk> walk;
    std::vector<Part> parts;
    std::vector<Listener> listeners;
    std::size_t told = 0;  ///< parts that are over and have been told of
    bool ended = false;
  };

  /// `console` and `interrupt` must outlive the object. After an interrupt scripts hear nothing more; what was
  /// finished is in the walk all the same.
  WalkTeller(Console& console, const Interrupt& interrupt) : console_(console), interrupt_(interrupt) {}

  void add(Job job) { jobs_.push_back(std::move(job)); }
  /// Tells what is new; for the pool's tick.
  void update(RunPool& pool);

  const std::vector<Job>& jobs() const { return jobs_; }
  /// The pool's outcomes without those of strategies that a stopped walk did not come to: whether they were made
  /// depends on the number of threads.
  std::vector<RunOutcome> without_skipped(std::vector<RunOutcome> outcomes) const;
  /// False when a callback or a listener failed.
  bool well() const { return well_; }

 private:
  void update(Job& job, RunPool& pool);
  bool goes_on(const Job& job) const;
  template <class Tell>
  void tell(const Job& job, Tell tell);

  Console& console_;
  const Interrupt& interrupt_;
  std::vector<Job> jobs_;
  bool well_ = true;
};

}  // namespace btk::host
