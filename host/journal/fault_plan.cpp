#include "host/journal/fault_plan.h"

#include <fmt/format.h>
#include <signal.h>
#include <unistd.h>

#include <charconv>
#include <cstdlib>
#include <string_view>

#include "host/cli/usage_error.h"

namespace btk::host {

FaultPlan FaultPlan::from_environment() {
  const char* const given = std::getenv("BTK_FAULT");
  if (given == nullptr || *given == '\0') return {};
  constexpr std::string_view kPrefix = "journal:";
  const std::string_view text = given;
  long count = 0;
  const char* const end = text.data() + text.size();
  if (text.starts_with(kPrefix)) {
    const auto [stop, problem] = std::from_chars(text.data() + kPrefix.size(), end, count);
    if (problem == std::errc() && stop == end && count > 0) return FaultPlan(count);
  }
  throw UsageError(fmt::format("BTK_FAULT=\"{}\" is not of the form journal:N with N from 1", text));
}

void FaultPlan::die() {
  ::kill(::getpid(), SIGKILL);
  ::_exit(137);
}

}  // namespace btk::host
