#include "host/cli/optimize_plan.h"

#include <fmt/format.h>

#include "engine/counted.h"
#include "engine/error.h"
#include "engine/time.h"
#include "optimizer/rules_writer.h"

namespace btk::host {
namespace {

using nlohmann::json;

// Questions at most. `train`: minutes of all training ranges together.
double forecast(double test, double train, std::size_t strategies, const std::string& name, const AskingPlan& how) {
  const auto interval = parse_interval(name);
  if (!interval) throw Error(fmt::format("options.strategy_interval: \"{}\" is no interval", name));
  const double minutes = test * static_cast<double>(strategies) * (1 + static_cast<double>(how.controls)) + (how.eval_train ? train : 0);
  return minutes / (static_cast<double>(length(*interval)) / kMinute);
}

}  // namespace

std::string plan_text(const std::string& head, const std::string& symbol, const std::string& model, const json& plan, const AskingPlan& how) {
  std::string text = fmt::format("{}: kind {}, model {}\n", head, plan["kind"].get<std::string>(), model);
  const auto interval = plan["strategy_interval"].get<std::string>();
  std::size_t bytes = 0;
  for (std::size_t i = 0; i < plan["ranges"].size(); ++i) {
    const json& range = plan["ranges"][i];
    const auto size = range["bytes"].get<std::size_t>();
    bytes += size + optimizer::RulesWriter::instructions_bytes(symbol, interval);
    text += fmt::format("  range {} ({}): {}, {} bytes, about {} tokens; rows {}\n", i + 1, range["name"].get<std::string>(),
                        counted(range["messages"].get<int>(), "message"), size, size / 4, range["rows"].dump());
  }
  const std::size_t ranges = plan["ranges"].size();
  if (plan["kind"] == "rules") {
    return text + fmt::format("LLM calls: the script's own in get_prompt, and {} to {} to write code, with instructions of {} bytes each: about {} to {} "
                              "tokens of prompt, since a repair sends everything again; strategy texts and answers come on top\n",
                              ranges, 3 * ranges, optimizer::RulesWriter::instructions_bytes(symbol, interval), bytes / 4, 3 * bytes / 4);
  }
  return text + fmt::format("LLM calls: the script's own in get_prompt, and at most {:.0f} to evaluate (limit {})\n",
                            forecast(plan["test_minutes"].get<double>(), plan["train_minutes"].get<double>(), ranges, interval, how), how.max_calls);
}

void refuse_what_costs_too_much(const json& manifest, const AskingPlan& how, std::int64_t spent) {
  const auto minutes = [](const json& range) { return static_cast<double>(range["end"].get<Timestamp>() - range["start"].get<Timestamp>()) / kMinute; };
  double train = 0;
  for (const json& range : manifest["train"]) train += minutes(range);
  const double calls = forecast(minutes(manifest["test"]), train, manifest["strategies"].size(), manifest["strategy_interval"].get<std::string>(), how);
  if (calls + static_cast<double>(spent) <= static_cast<double>(how.max_calls)) return;
  throw Error(fmt::format("the evaluation may take {:.0f} LLM calls, more than --max-llm-calls {}{}: use --kind rules, a shorter range_test, a larger "
                          "options.strategy_interval, {}--no-evaluate, or a higher limit",
                          calls, how.max_calls, spent > 0 ? fmt::format(" leaves ({} are spent)", spent) : "",
                          how.controls > 0 || how.eval_train ? "no --control or --eval-train, " : ""));
}

}  // namespace btk::host
