#include "host/cli/exit_code.h"

#include "engine/error.h"
#include "host/cli/interrupt.h"

namespace btk::host {

int tell_failure(const std::exception& failure, Console& console) {
  console.note(one_line(failure.what()));
  if (dynamic_cast<const InputError*>(&failure) != nullptr) return kWrongUsage;
  return was_interrupted() ? kInterrupted : kFailed;
}

}  // namespace btk::host
