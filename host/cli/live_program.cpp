#include "host/cli/live_program.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "engine/sha256.h"
#include "engine/text.h"
#include "host/cli/live_caution.h"
#include "host/cli/symbols.h"
#include "host/cli/usage_error.h"
#include "host/journal/open.h"
#include "host/live/left_behind.h"

namespace btk::host {
namespace {

SessionInfo session_info(const LiveOptions& o, lua::Script& script,
                         const std::vector<lua::PlannedRun>& planned, Timestamp now) {
  SessionInfo info;
  info.mode = o.mode;
  info.started_at = now;
  std::string hashes;
  for (const lua::LoadedFile& file : script.isolate().files()) hashes += fmt::format("{:016x}\n", file.hash);
  info.script_hash = sha256_hex(hashes);
  for (const auto& file : o.files) info.files.push_back(std::filesystem::absolute(file).string());
  info.seed = o.seed;
  info.settings = script.options().settings;
  info.params = script.options().params;
  std::ranges::sort(info.params);  // given in another order, they are the same
  for (const lua::PlannedRun& run : planned)
    info.traders.push_back({run.symbol, run.strategy_name, run.exchange_name});
  return info;
}

// What a drain goes on with, for whoever asked for it.
std::vector<std::string> held_lines(const LiveStatus& status) {
  std::vector<std::string> lines;
  for (const SymbolStatus& s : status.symbols) {
    const bool unseen = (s.state == "starting" || s.state == "ended") && !s.side.empty();
    if (unseen) lines.push_back(fmt::format("{}: the {} at {} is not looked after now: its trader {}", s.symbol, s.side,
                                            s.price_open ? shortest(*s.price_open) : "-",
                                            s.state == "ended" ? "has ended" : "waits for candles"));
    if (s.state != "position") continue;
    lines.push_back(fmt::format("{}: the {} at {} is followed until it closes; ended before, it stays open and nobody watches its stop until the next start",
                                s.symbol, s.side, s.price_open ? shortest(*s.price_open) : "-"));
  }
  for (const SymbolStatus& s : status.symbols) {
    if (s.state != "entering") continue;
    lines.push_back(fmt::format("{}: the exchange has not said whether it took the entry; it is asked until it does", s.symbol));
  }
  if (lines.empty()) lines.push_back("No position is open.");
  return lines;
}

std::unique_ptr<JournalBackend> open_state(JournalKind kind, const LiveOptions& o) {
  try {
    return host::open_journal(kind, o.out / "data", o.mode, Database::Mode::create);
  } catch (const WriteError& e) {
    throw Error(fmt::format("cannot write state: {}", e.what()));
  }
}

}  // namespace

struct LiveProgram::Session {
  Journal::Started started;
  LiveSession live;

  Session(Journal::Started opened, LiveProgram& p)
      : started(std::move(opened)),
        live(p.options_, p.setup_, *p.script_, p.clock_, *p.journal_, started.session, p.console_, p.logger_) {}
};

LiveProgram::LiveProgram(LiveOptions& options, const lua::ScriptOptions& setup, Clock& clock, LiveSignals& signals,
                         Console& console, spdlog::logger& logger)
    : options_(options), setup_(setup), clock_(clock), signals_(signals), console_(console), logger_(logger) {}

LiveProgram::~LiveProgram() { unlisten(); }

void LiveProgram::open_journal() {
  if (journal_) return;
  LiveOptions& o = options_;
  if (o.journal.empty()) o.journal = script_->has_persist() ? "lua" : "sqlite";
  if (o.journal == "lua" && !script_->has_persist()) {
    throw UsageError(fmt::format("btkhost {}: --journal lua needs a script that calls btk.use_persist", o.mode));
  }
  if (o.flatten && o.journal == "sqlite" && !std::filesystem::exists(o.out / "data" / (o.mode + ".sqlite"))) {
    throw UsageError(fmt::format("btkhost {} --flatten: no session has left anything in {}; --out names the folder that it was started with",
                                 o.mode, o.out.string()));
  }
  lock_.emplace(o.out, "btkhost " + o.mode);
  const auto file = o.out / "data" / (o.mode + ".sqlite");
  std::error_code none;
  if (o.journal == "sqlite" && std::filesystem::file_size(file, none) == 0 && !none) {
    logger_.warn("{} is empty: nothing is known of what an earlier session left open", file.string());
  }
  // A store in Lua belongs to each trader's own isolate: LiveTrader opens it.
  const JournalKind kind = o.journal == "lua" ? JournalKind::dummy : parse_journal_kind(o.journal);
  journal_.emplace(open_state(kind, o));
}

// What a broker opened is closed by a broker only.
void LiveProgram::mind_broker(const std::vector<lua::PlannedRun>& planned) {
  if (options_.journal == "lua" || (options_.broker && script_->broker_enabled())) return;
  std::vector<TraderKey> traders;
  for (const lua::PlannedRun& run : planned) traders.push_back({run.symbol, run.strategy_name, run.exchange_name});
  const auto lines = needs_broker(*journal_, traders);
  if (lines.empty()) return;
  throw UsageError(fmt::format("btkhost {}: {}; this session has no broker and would close it in the books only: start it with the "
                               "broker{}, or give another folder with --out",
                               options_.mode, lines.front(), options_.mode == "paper" ? " (--broker)" : ""));
}

LiveSession& LiveProgram::open_session(const std::vector<lua::PlannedRun>& planned) {
  for (const lua::PlannedRun& run : planned) check_symbol(run.symbol, "the script");
  if (options_.mode == "live" && options_.broker && !script_->broker_enabled()) {
    throw UsageError(
        "btkhost live: no broker is enabled, so no order would reach an exchange; call btk.use_broker{...} and "
        "btk.broker.enable() in the script, or give --no-broker");
  }
  const bool wall_clock = clock_.name() == "wall";
  mind_prices(options_, *script_, planned, wall_clock, logger_);
  if (!std::exchange(minded_, true)) mind_money(options_, *script_, planned, wall_clock, console_, logger_);
  open_journal();
  mind_broker(planned);
  sessions_.push_back(
      std::make_unique<Session>(journal_->start_session(session_info(options_, *script_, planned, clock_.now())), *this));
  const Journal::Started& started = sessions_.back()->started;
  if (!options_.quiet) {
    console_.note(fmt::format("{} {}: session {}, state in {}", started.continued ? "continues" : "starts", options_.mode,
                              started.session.id, (options_.out / "data").string()));
  }
  for (const std::string& line : left_behind(*journal_, started.session.traders)) logger_.warn(line);
  return sessions_.back()->live;
}

void LiveProgram::listen(LiveSession& session) {
  signals_.on({.drain = [this, &session] {
                 for (const std::string& line : held_lines(session.status())) console_.note(line);
                 session.drain();
               },
               .detach = [&session] { session.detach(); },
               .reload = [&session] { session.reload(); },
               .status = [this, &session] { console_.note(status_text(session.status())); }});
  control_.emplace(control_socket_path(options_.out),
                   [this, &session](const nlohmann::ordered_json& question) { return session.answer(question, signals_); });
}

void LiveProgram::unlisten() {
  watcher_.reset();
  control_.reset();
  signals_.on({});
}

void LiveProgram::watch(LiveSession& session) {
  if (!options_.watch) return;
  if (options_.broker) logger_.warn("--watch: changed scripts take over while real orders are open");
  std::vector<std::filesystem::path> files;
  for (const lua::LoadedFile& file : script_->isolate().files()) files.push_back(file.path);
  try {
    watcher_.emplace(files, [&session](const std::vector<std::filesystem::path>& changed) { session.reload(changed); });
  } catch (const Error& e) {
    return logger_.warn("changed scripts are taken over at SIGHUP only: {}", e.what());
  }
  session.on_files([this](const std::vector<std::filesystem::path>& now) { watcher_->watch(now); });
}

// Traders with a position, a limit order or a question, as the journal has them. A store in Lua is the traders' own: what it
// has is not known here.
std::size_t LiveProgram::count_open(const std::vector<lua::PlannedRun>& planned) {
  std::size_t open = 0;
  for (const lua::PlannedRun& run : planned) {
    const auto saved = journal_->load({run.symbol, run.strategy_name, run.exchange_name});
    if (saved && !held_by(saved->state).empty()) ++open;
  }
  return open;
}

std::vector<RunOutcome> LiveProgram::trade(const std::vector<lua::PlannedRun>& planned) {
  LiveSession& session = open_session(planned);
  const std::size_t open = options_.flatten ? count_open(planned) : 0;
  session.start(planned);
  listen(session);
  watch(session);
  std::vector<RunOutcome> outcomes = session.wait();
  session.on_files({});
  unlisten();
  if (options_.flatten && options_.journal != "lua") {
    const std::size_t left = count_open(planned);  // counted anew: a trader that never began has closed nothing
    console_.note(open == 0 ? fmt::format("--flatten: nothing was open in {}", options_.out.string())
                            : fmt::format("--flatten: of {} open in {}, {} closed or cancelled{}", open, options_.out.string(),
                                          open - std::min(open, left), left > 0 ? fmt::format("; {} still open", left) : ""));
  }
  return outcomes;
}

std::vector<std::pair<std::string, Signal>> LiveProgram::left_open() const {
  return sessions_.empty() ? std::vector<std::pair<std::string, Signal>>() : sessions_.back()->live.left_open();
}

// Runs of the main chunk ------------------------------------------------------

void LiveProgram::begin(const lua::PlannedRun& planned) {
  LiveSession& session = open_session({planned});
  try {
    session.begin_here(planned, [&] { listen(session); });
  } catch (...) {
    unlisten();
    throw;
  }
  chunk_run_ = true;
}

bool LiveProgram::step() {
  if (!chunk_run_) return true;
  LiveSession& session = sessions_.back()->live;
  if (session.step_here()) return false;
  chunk_run_ = false;
  unlisten();
  for (RunOutcome& outcome : session.wait()) chunk_outcomes_.push_back(std::move(outcome));
  return true;
}

bool LiveProgram::leave_chunk_run(const std::string& why) {
  if (!chunk_run_) return false;
  sessions_.back()->live.detach();
  while (!step()) {
  }
  chunk_outcomes_.back().failure = why;
  return true;
}

void LiveProgram::tell_unwatched() {
  if (journal_ || options_.journal == "lua" || !data_lock_holder(options_.out).empty()) return;
  try {
    const JournalKind kind = options_.journal.empty() ? JournalKind::sqlite : parse_journal_kind(options_.journal);
    Journal journal(host::open_journal(kind, options_.out / "data", options_.mode, Database::Mode::existing));
    for (const std::string& line : unwatched(journal)) logger_.warn(line);
  } catch (const Error&) {
    return;  // no session has left anything, or the journal cannot be read; why the command ends is told by another error
  }
}

void LiveProgram::stop() {
  if (chunk_run_) sessions_.back()->live.drain();
}

}  // namespace btk::host
