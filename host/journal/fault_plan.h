// Kills the process at a chosen write of the journal, so that tests can see what a crash there leaves.
#pragma once

namespace btk::host {

class FaultPlan {
 public:
  /// Never kills.
  FaultPlan() = default;
  /// SIGKILL at the `kill_at`-th point, counted from 1.
  explicit FaultPlan(long kill_at) : left_(kill_at) {}
  /// The environment variable BTK_FAULT=journal:N; without it the plan never kills. Throws UsageError for a
  /// value of another form.
  static FaultPlan from_environment();

  /// Called before the first write of a step, between its writes and after the last.
  void point() {
    if (left_ > 0 && --left_ == 0) die();
  }

 private:
  [[noreturn]] static void die();
  long left_ = 0;
};

}  // namespace btk::host
