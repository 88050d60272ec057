// btkhost exec and eval: a script with the whole library, for which the host starts nothing. Runs that the script makes in its
// main chunk (btk.backtest.run) are its own.
#include "host/cli/commands.h"
#include "host/cli/env_file.h"
#include "host/cli/exchanges.h"
#include "host/cli/interrupt.h"
#include "host/cli/log.h"
#include "host/cli/parser.h"
#include "host/cli/script_files.h"
#include "host/cli/script_setup.h"
#include "host/cli/usage_error.h"

namespace btk::host {
namespace {

struct ExecOptions {
  std::vector<std::filesystem::path> files;
  std::vector<std::string> code;
  std::vector<std::pair<std::string, std::string>> settings;
  std::filesystem::path out = "dump";
  std::uint64_t seed = 1;
  std::string log_level = "info";
  bool unsafe = false, env_override = false;
};

/// The options that both commands have.
class ExecWords {
 public:
  ExecWords(CLI::App& app, ExecOptions& options) : options_(options) {
    app.add_option("--set", settings_, "engine setting CC_KEY=VALUE")->allow_extra_args(false);
    app.add_option("--seed", options.seed, "where random numbers start; default 1");
    app.add_option("--out", out_, "folder of the reports that the script writes; default ./dump");
    app.add_option("--log-level", options.log_level, "trace, debug, info, warn, error, off; default info");
    app.add_flag("--unsafe", options.unsafe, "scripts may use io, os.execute, ffi, debug");
    app.add_flag("--env-override", options.env_override, ".env files win over environment variables");
  }
  void read() {
    for (const std::string& setting : settings_) options_.settings.push_back(read_setting(setting));
    check_log_level(options_.log_level);
    options_.out = out_;
  }

 private:
  ExecOptions& options_;
  std::vector<std::string> settings_;
  std::string out_ = "dump";
};

/// A Lua text that means `text`, whatever is in it.
std::string long_bracket(const std::string& text) {
  std::string level;
  while (text.find("]" + level + "]") != std::string::npos || text.ends_with("]" + level)) level += '=';
  return "[" + level + "[\n" + text + "]" + level + "]";
}

/// Executes the code, as an expression if it is one, and prints what it gives: tables as JSON.
std::string eval_text(const std::string& code) {
  return "local btk = require 'btk'\n"
         "local code = " + long_bracket(code) + "\n"
         "local env = setmetatable({ btk = btk }, { __index = _G })\n"
         // Not a plain `return CODE`: that would be a tail call, and errors in it would have no line of the code.
         "local fn = load('local function keep(...) return ... end return keep(' .. code .. '\\n)', '=(eval)', 't', env)\n"
         "local problem\n"
         "if not fn then fn, problem = load(code, '=(eval)', 't', env) end\n"
         "if not fn then error(problem, 0) end\n"
         "local function shown(value)\n"
         "  if type(value) ~= 'table' then return tostring(value) end\n"
         "  return btk.json.encode(value, { indent = 2, lenient = true })\n"
         "end\n"
         "local function show(...)\n"
         "  local out = {}\n"
         "  for i = 1, select('#', ...) do out[i] = shown((select(i, ...))) end\n"
         "  if #out > 0 then print(table.concat(out, '\\t')) end\n"
         "end\n"
         "show(fn())\n";
}

int execute(const ExecOptions& o, Console& console) {
  load_environment(o.files, o.env_override, console);
  const auto logger = make_logger(console, o.log_level);
  Interrupt interrupt(console);
  OpenOptions opening;
  opening.log = [&logger](std::string_view level, std::string_view text) { log_line(*logger, level, text); };
  opening.stopped = [&interrupt] { return interrupt.requested(); };
  Exchanges exchanges(opening);
  lua::ScriptOptions s;
  s.files = o.files;
  for (const std::string& code : o.code) s.texts.push_back({"(eval)", eval_text(code)});
  s.seed = o.seed;
  s.settings = environment_settings();
  s.settings.insert(s.settings.end(), o.settings.begin(), o.settings.end());
  s.unsafe = o.unsafe;
  s.open_exchange = [&exchanges](const lua::ExchangeSchema& schema) { return exchanges.open(schema); };
  s.print = [&console](std::string_view line) { console.print(std::string(line) + "\n"); };
  s.log = [&logger](std::string_view level, std::string_view text) { log_line(*logger, level, text); };
  add_reports(s, console, o.out, o.files.empty() ? std::filesystem::path() : o.files.front());
  s.services.write = script_writer(console, o.out);

  lua::Script script(s, lua::Script::Role::main);
  const Interrupt::Watch watch(interrupt, script.isolate());
  try {
    load_or_refuse(script);
  } catch (const lua::ScriptFailure&) {
    return 130;  // anything else is a UsageError by now
  }
  bool well = true;
  for (const lua::RunReport& report : script.own_reports()) {
    well = well && report.errors.empty() && report.fatal.empty();
    for (const lua::ReportedError& e : report.errors) {
      console.note(fmt::format("{}: script error in {}: {}{}", report.symbol, e.where,
                               e.file.empty() ? "" : fmt::format("{}:{}: ", e.file, e.line), e.message));
    }
    if (!report.fatal.empty()) console.note(fmt::format("{}: {}", report.symbol, report.fatal));
  }
  if (script.in_charge() && !script.plan().empty()) {
    throw UsageError(fmt::format("btkhost exec: the script queued runs (background), which nobody makes here; use btkhost run {}",
                                 o.files.empty() ? "FILE" : o.files.front().string()));
  }
  return well ? 0 : 1;
}

}  // namespace

int exec_command(const Words& words, Console& console) {
  ExecOptions o;
  Parser parser("exec", "Executes a script with the btk library; the host starts no run. What it prints goes to stdout.",
                "btkhost exec tools/levels.lua");
  std::vector<std::string> files;
  parser.app().add_option("script", files, "Lua files, executed in order in one state");
  ExecWords more(parser.app(), o);
  if (!parser.parse(words, console)) return 0;
  more.read();
  o.files.assign(files.begin(), files.end());
  check_files(o.files, "exec");
  return execute(o, console);
}

int eval_command(const Words& words, Console& console) {
  ExecOptions o;
  Parser parser("eval", "Executes a line of Lua, in which `btk` is the library, and prints what it gives.",
                "btkhost eval -e 'btk.ta.sma({ 1, 2, 3, 4 }, 2)'");
  std::vector<std::string> plain, marked;
  parser.app().add_option("code", plain, "the same as -e");
  parser.app().add_option("-e,--execute", marked, "Lua text; an expression's value is printed; may be given again")->allow_extra_args(false);
  ExecWords more(parser.app(), o);
  if (!parser.parse(words, console)) return 0;
  more.read();
  o.code = marked;
  o.code.insert(o.code.end(), plain.begin(), plain.end());
  if (o.code.empty()) throw UsageError("btkhost eval: give the code, for instance -e 'print(btk.date.parse(\"2024-01-01\"))'");
  return execute(o, console);
}

}  // namespace btk::host
