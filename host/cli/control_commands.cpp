// btkhost status, stop, pause, resume, flatten: questions to a session that runs
// elsewhere, by way of its control socket. Exit codes: 0 done, 1 the session
// refused, 2 nothing runs there.
#include <unistd.h>

#include <filesystem>
#include <iostream>

#include "host/cli/commands.h"
#include "host/cli/exit_code.h"
#include "host/cli/parser.h"
#include "host/cli/run_json.h"
#include "host/cli/symbols.h"
#include "host/cli/usage_error.h"
#include "host/json.h"
#include "host/service/control_request.h"
#include "host/service/control_socket.h"
#include "host/service/live_status.h"

namespace btk::host {
namespace {

using Deed = ControlRequest::Command;

constexpr int kRefused = kFailed;  ///< by the session

struct Asked {
  std::filesystem::path out = "dump";
  ControlRequest request;
  bool json = false, yes = false;
};

// Nothing when help was asked for and printed.
std::optional<Asked> read_words(Deed command, const Words& words, Console& console, const std::string& what,
                                const std::string& example) {
  const std::string name(to_string(command));
  Asked asked;
  asked.request.command = command;
  Parser parser(name, what, example);
  CLI::App& app = parser.app();
  std::string out = asked.out.string(), symbol;
  app.add_option("--out", out, "folder that the session was started with; default ./dump");
  if (command != Deed::status) app.add_option("--symbol", symbol, "only this symbol; default: all");
  if (command == Deed::stop)
    app.add_flag("--detach", asked.request.detach, "ends now; open positions stay open");
  if (command == Deed::flatten) app.add_flag("--yes", asked.yes, "does not ask whether you are sure");
  app.add_flag("--json", asked.json, "the session's answer as one JSON document on stdout");
  if (!parser.parse(words, console)) return std::nullopt;
  asked.out = out;
  if (asked.request.detach && !symbol.empty()) {
    throw UsageError("btkhost stop: --detach ends the whole session, --symbol stops one symbol of it; give one of them");
  }
  if (!symbol.empty()) {
    const std::vector<std::string> symbols = read_symbols(symbol, "--symbol");
    if (symbols.size() != 1) throw UsageError("--symbol: give one symbol, or none for all");
    asked.request.symbol = symbols.front();
  }
  return asked;
}

Json ask(const Asked& asked, const ControlRequest& request) {
  try {
    return ask_control(control_socket_path(asked.out), to_json(request));
  } catch (const NothingRuns&) {
    throw UsageError(
        fmt::format("nothing runs with --out {}{}", asked.out.string(),
                    asked.request.command == Deed::flatten
                        ? "; \"btkhost live --flatten\" with its script closes what a session left open"
                        : "; start a session with \"btkhost paper\" or \"btkhost live\""));
  }
}

int show_answer(const Asked& asked, const Json& answer, Console& console) {
  const bool ok = answer.value("ok", false);
  if (asked.json) {
    console.print(json_text(answer) + "\n");
  } else if (!ok) {
    console.note(
        fmt::format("btkhost {}: {}", to_string(asked.request.command), answer.value("error", "refused")));
  } else if (asked.request.command == Deed::status) {
    console.print(status_text(read_live_status(answer.value("status", Json::object()))));
  } else {
    console.print(answer.value("message", "done") + "\n");
  }
  return ok ? kDone : kRefused;
}

// What a flatten would close, from the session itself.
std::string holdings(const LiveStatus& status, const std::string& symbol) {
  std::string text;
  const auto add = [&text](const std::string& part) { text += (text.empty() ? "" : ", ") + part; };
  for (const SymbolStatus& s : status.symbols) {
    if (!symbol.empty() && s.symbol != symbol) continue;
    if (s.state == "position" || s.state == "order") add(fmt::format("{} {} {}", s.symbol, s.side, s.state));
    if (s.state == "starting") add(s.symbol + " is starting" + (s.side.empty() ? "" : ", with something open"));
    if (s.state == "ended" && !s.side.empty()) add(fmt::format("{} has ended with something open", s.symbol));
    if (s.state == "entering") add(fmt::format("the exchange has not said whether it took {} {}", s.symbol, s.side));
  }
  return text.empty() ? "nothing is open" : text;
}

void confirm_flatten(const Asked& asked, Console& console) {
  const Json answer = ask(asked, ControlRequest{});
  if (::isatty(STDIN_FILENO) == 0) {
    throw UsageError(
        "btkhost flatten closes everything at the market's price; add --yes where nobody can be asked");
  }
  const LiveStatus status = read_live_status(answer.value("status", Json::object()));
  console.note(fmt::format("{} session, pid {}: {}.\nClose at the market's price? Type yes:", status.mode,
                           status.pid, holdings(status, asked.request.symbol)));
  std::string word;
  std::getline(std::cin, word);
  if (word != "yes") throw UsageError("btkhost flatten: nothing was closed");
}

int plain(Deed command, const Words& words, Console& console, const std::string& what,
          const std::string& example) {
  const auto asked = read_words(command, words, console, what, example);
  return asked ? show_answer(*asked, ask(*asked, asked->request), console) : kDone;
}

}  // namespace

int status_command(const Words& words, Console& console) {
  return plain(Deed::status, words, console, "Shows what a running paper or live session does.",
               "btkhost status --out dump");
}

int stop_command(const Words& words, Console& console) {
  return plain(Deed::stop, words, console,
               "Asks a running session, or one symbol of it, to end: no new entries, limit orders cancelled, open "
               "positions looked after until they close.",
               "btkhost stop --symbol BTCUSDT");
}

int pause_command(const Words& words, Console& console) {
  return plain(Deed::pause, words, console,
               "Keeps a running session from entering; what is open is looked after. Holds across restarts.",
               "btkhost pause --symbol BTCUSDT");
}

int resume_command(const Words& words, Console& console) {
  return plain(Deed::resume, words, console, "Ends a pause.", "btkhost resume --symbol BTCUSDT");
}

int flatten_command(const Words& words, Console& console) {
  const auto asked =
      read_words(Deed::flatten, words, console,
                 "Cancels the limit orders of a running session and closes its positions at once, at the "
                 "market's price. No new entries until \"btkhost resume\".",
                 "btkhost flatten --symbol BTCUSDT --yes");
  if (!asked) return kDone;
  if (!asked->yes) confirm_flatten(*asked, console);
  return show_answer(*asked, ask(*asked, asked->request), console);
}

}  // namespace btk::host
