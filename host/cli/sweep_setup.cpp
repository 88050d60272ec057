#include "host/cli/sweep_setup.h"

#include <fmt/format.h>

#include "host/cli/outputs.h"
#include "host/cli/report_columns.h"

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

ResultWish result_wish(const SweepOptions& o, const std::string& symbol) {
  return {.json = o.json, .save = o.save, .output = o.output, .out = o.out, .kind = "sweep_" + symbol};
}

}  // namespace btk::host
