#include "host/cli/result_output.h"

#include <fmt/format.h>

#include "host/clock/machine_clock.h"
#include "host/report/report_file.h"

namespace btk::host {

void show_result(const ResultWish& wish, const ResultTexts& texts, Console& console) {
  if (wish.json) {
    console.print(texts.json() + "\n");
  } else if (wish.save.empty()) {
    console.print(texts.markdown() + "\n");
  }
  if (wish.save.empty()) return;
  const std::string name = !wish.output.empty() ? wish.output : fmt::format("{}_{}", wish.kind, wall_now());
  auto file = wish.out / (safe_name(name) + "." + wish.save);
  if (wish.stopped) file = stopped_file(file);
  write_report_file(file, console.mask(wish.save == "json" ? texts.json() : texts.markdown()));
  console.note(fmt::format("Saved: {}", file.string()));
}

}  // namespace btk::host
