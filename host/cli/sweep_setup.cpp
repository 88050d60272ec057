#include "host/cli/sweep_setup.h"

#include <fmt/format.h>

#include <chrono>

#include "host/cli/outputs.h"
#include "host/cli/report_columns.h"
#include "host/report/report_file.h"

namespace btk::host {

lua::ScriptOptions sweep_script_options(const SweepOptions& o, ScriptHost& host) {
  lua::ScriptOptions s = host.script_options(o);
  s.kind_report = [](const lua::KindReport& wish) { return markdown_report(wish, true); };
  s.walker_columns = walker_columns;
  s.usual_columns = [](const lua::KindReport& wish) { return usual_columns(wish, true); };
  // Trials write no files: a thousand of them would overwrite each other's.
  s.services.write = [](const std::vector<std::string>& path, const std::string&, lua::ServiceHost::Write) {
    return fmt::format("{}", fmt::join(path, "/"));
  };
  return s;
}

void show_sweep(const SweepOptions& o, const std::string& text, const std::string& symbol, Console& console) {
  if (o.save.empty()) {
    console.print(text + "\n");
    return;
  }
  const auto now = std::chrono::system_clock::now().time_since_epoch();
  const std::string name =
      !o.output.empty() ? o.output
                        : fmt::format("sweep_{}_{}", symbol, std::chrono::duration_cast<std::chrono::milliseconds>(now).count());
  const auto file = o.out / (safe_name(name) + "." + o.save);
  write_report_file(file, console.mask(text));
  console.note(fmt::format("Saved: {}", file.string()));
}

}  // namespace btk::host
