// The protections around a generated file, one switch each. All are on; only
// tests switch one off, to see that the attack which it holds back works then. No
// option, file or script reaches them.
#pragma once

namespace btk::optimizer {

struct Guards {
  // Of the script state (lua/generated.h).
  bool allow_list = true;
  bool text_only = true;
  bool bounded_library = true;
  bool bounded_answers = true;
  bool cpu_budget = true;
  bool memory_cap = true;
  bool output_limit = true;
  // Of the child process (optimizer/sandbox/confine.h).
  bool empty_environment = true;
  bool closed_descriptors = true;
  bool resource_limits = true;
  bool system_calls = true;
  bool wall_clock = true;
};

}  // namespace btk::optimizer
