// btkhost replay: a recorded session once more, as a back-test; prints what was
// decided differently.
#include <fmt/format.h>

#include "host/cli/commands.h"
#include "host/cli/log.h"
#include "host/cli/parser.h"
#include "host/cli/usage_error.h"
#include "host/journal/open.h"
#include "host/live/replay.h"

namespace btk::host {
namespace {

constexpr int kDiffers = 1;

struct ReplayOptions {
  std::string session;
  std::vector<std::filesystem::path> files;
  std::filesystem::path out = "dump";
  std::string mode, journal = "sqlite", log_level = "warn";
  int most = 10;
};

std::optional<ReplayOptions> read_replay_options(Words words, Console& console) {
  ReplayOptions o;
  Parser parser("replay", "Runs a recorded paper or live session through a back-test and prints what was decided differently.",
                "btkhost replay --out dump");
  CLI::App& app = parser.app();
  std::string out = o.out.string();
  std::vector<std::string> files;
  app.add_option("session", o.session, "id of the session; default: the newest");
  app.add_option("--script", files, "Lua files instead of those that the session ran");
  app.add_option("--mode", o.mode, "paper or live; default: from the id, else paper");
  app.add_option("--out", out, "folder of the session's state; default ./dump");
  app.add_option("--journal", o.journal, "where the session was kept: sqlite (default) or json");
  app.add_option("--most", o.most, "differences shown per symbol; default 10");
  app.add_option("--log-level", o.log_level, "trace, debug, info, warn, error, off; default warn");
  if (!parser.parse(std::move(words), console)) return std::nullopt;
  o.files.assign(files.begin(), files.end());
  if (!o.files.empty()) check_files(o.files, "replay");
  o.out = out;
  if (o.mode.empty()) o.mode = o.session.ends_with("-live") ? "live" : "paper";
  if (o.mode != "paper" && o.mode != "live") throw UsageError(fmt::format("--mode {}: there are paper and live", o.mode));
  if (o.most < 1) throw UsageError("--most: give a number above zero");
  check_log_level(o.log_level);
  return o;
}

SessionInfo session_to_replay(const ReplayOptions& o, Journal& journal) {
  const auto sessions = journal.sessions();
  const std::string where = (o.out / "data").string();
  if (sessions.empty()) throw UsageError(fmt::format("btkhost replay: no {} session was recorded in {}", o.mode, where));
  if (o.session.empty()) return sessions.back();
  std::vector<std::string> ids;
  for (const SessionInfo& session : sessions) {
    if (session.id == o.session) return session;
    ids.push_back(session.id);
  }
  const std::vector<std::string_view> views(ids.begin(), ids.end());
  throw UsageError(fmt::format("btkhost replay: there is no session \"{}\" in {}{}; the newest is {}", o.session, where,
                               suggestion(o.session, views), ids.back()));
}

}  // namespace

int replay_command(const Words& words, Console& console) {
  const auto options = read_replay_options(words, console);
  if (!options) return 0;
  const ReplayOptions& o = *options;
  const auto logger = make_logger(console, o.log_level);
  if (!std::filesystem::is_directory(o.out / "data")) {
    throw UsageError(fmt::format("btkhost replay: no session was recorded in {}", (o.out / "data").string()));
  }
  Journal journal(open_journal(parse_journal_kind(o.journal), o.out / "data", o.mode, Database::Mode::existing));
  const SessionInfo session = session_to_replay(o, journal);

  lua::ScriptOptions script;
  script.files = o.files;
  if (o.files.empty()) script.files.assign(session.files.begin(), session.files.end());
  check_files(script.files, "replay");
  script.seed = session.seed;
  script.settings = session.settings;
  script.params = session.params;
  script.watchdog = std::make_shared<lua::Watchdog>();
  script.print = [](std::string_view) {};  // it was said when the session ran
  script.log = [&logger](std::string_view level, std::string_view text) { log_line(*logger, level, text); };

  const auto replays = replay_session(journal, session, script);
  const std::string diff = decision_diff(replays, static_cast<std::size_t>(o.most));
  console.print(diff);
  std::size_t decisions = 0;
  bool failed = false;
  for (const TraderReplay& replay : replays) {
    failed = failed || !replay.failure.empty();
    decisions += static_cast<std::size_t>(std::count(replay.recorded.begin(), replay.recorded.end(), '\n'));
  }
  console.note(fmt::format("session {}: {} {}, {} decision lines: {}", session.id, replays.size(),
                           replays.size() == 1 ? "trader" : "traders", decisions,
                           diff.empty() ? "the replay decides the same"
                           : failed     ? "not all of it could be replayed"
                                        : "the replay differs"));
  return diff.empty() ? 0 : kDiffers;
}

}  // namespace btk::host
