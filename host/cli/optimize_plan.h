// What an optimization may cost, reckoned before anything is asked: the plan of
// --dry-run, and the limit for advisors.
#pragma once

#include <cstdint>
#include <nlohmann/json.hpp>
#include <string>

namespace btk::host {

struct AskingPlan {
  std::size_t controls = 0;      ///< shuffled markets
  bool eval_train = false;
  std::int64_t max_calls = 500;
};

/// What --dry-run prints of one symbol; `head` names optimizer and symbol, `plan` is what the script made of it.
std::string plan_text(const std::string& head, const std::string& symbol, const std::string& model, const nlohmann::json& plan,
                      const AskingPlan& how);

/// An advisor asks at every interval of the ranges that it is tried on (OPT-60): throws btk::Error when these may be more
/// questions than are left. `spent`: calls so far.
void refuse_what_costs_too_much(const nlohmann::json& manifest, const AskingPlan& how, std::int64_t spent);

}  // namespace btk::host
