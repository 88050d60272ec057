// btkhost exec and eval: a script with the whole library, for which the host starts nothing. Runs that the script makes in its
// main chunk (btk.backtest.run) are its own.
#include "host/cli/commands.h"
#include "host/cli/exit_code.h"
#include "host/cli/parser.h"
#include "host/cli/script_files.h"
#include "host/cli/script_host.h"
#include "host/cli/script_setup.h"
#include "host/cli/script_words.h"
#include "host/cli/usage_error.h"
#include "host/net/http_client.h"

namespace btk::host {
namespace {

struct ExecOptions : ScriptChoice {
  std::vector<std::string> code;
  std::filesystem::path out = "dump";
};

void add_words(ScriptWords& words, CLI::App& app, ExecOptions& o) {
  words.settings("engine setting CC_KEY=VALUE").seed("where random numbers start; default 1");
  app.add_option_function<std::string>("--out", [&o](const std::string& out) { o.out = out; },
                                       "folder of the reports that the script writes; default ./dump");
  words.log_level().unsafe().env_override();
}

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
  ScriptHost host(o, console);
  lua::ScriptOptions s = host.script_options(o);
  s.real_time = true;
  net::HttpClient http({.stopped = [&host] { return host.interrupt().requested(); }});
  s.http = [&http](const lua::HttpRequest& request) { return http.send(request); };
  for (const std::string& code : o.code) s.texts.push_back({"(eval)", eval_text(code)});
  s.print = [&console](std::string_view line) { console.print(std::string(line) + "\n"); };
  add_reports(s, console, o.out, o.files.empty() ? std::filesystem::path() : o.files.front());
  s.services.write = script_writer(console, o.out);

  lua::Script script(s, lua::Script::Role::main);
  const Interrupt::Watch watch(host.interrupt(), script.isolate());
  try {
    load_or_refuse(script);
  } catch (const lua::ScriptFailure&) {
    return kInterrupted;  // anything else is a UsageError by now
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
                "btkhost exec scripts/sma_cross.lua");
  ScriptWords script(parser.app(), o);
  script.files("exec", "Lua files, executed in order in one state");
  add_words(script, parser.app(), o);
  if (!parser.parse(words, console)) return 0;
  script.read();
  return execute(o, console);
}

int eval_command(const Words& words, Console& console) {
  ExecOptions o;
  Parser parser("eval", "Executes a line of Lua, in which `btk` is the library, and prints what it gives.",
                "btkhost eval -e 'btk.ta.sma({ 1, 2, 3, 4 }, 2)'");
  std::vector<std::string> plain, marked;
  parser.app().add_option("code", plain, "the same as -e");
  parser.app().add_option("-e,--execute", marked, "Lua text; an expression's value is printed; may be given again")->allow_extra_args(false);
  ScriptWords script(parser.app(), o);
  add_words(script, parser.app(), o);
  if (!parser.parse(words, console)) return 0;
  script.read();
  o.code = marked;
  o.code.insert(o.code.end(), plain.begin(), plain.end());
  if (o.code.empty()) throw UsageError("btkhost eval: give the code, for instance -e 'print(btk.date.parse(\"2024-01-01\"))'");
  return execute(o, console);
}

}  // namespace btk::host
